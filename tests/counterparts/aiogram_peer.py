"""Somebody else's Telegram library talks to the fake Bot API server: what it cannot read, the fake does wrong.

usage: aiogram_peer.py BASE_URL TOKEN
Waits for a message, answers it with a button, waits for the press, ends its waiting state, edits the message.
"""

import asyncio
import sys

try:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")


async def main(base: str, token: str) -> None:
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
    async with bot:
        me = await bot.get_me()
        assert me.is_bot and me.username == "example_duty_bot", me
        info = await bot.get_webhook_info()
        assert info.url == "", info
        updates = await bot.get_updates(timeout=10)
        message = updates[0].message
        assert message.text == "完成" and message.chat.type == "private", message
        after = updates[-1].update_id + 1
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="撤销", callback_data="1:1:undo")]])
        sent = await bot.send_message(message.chat.id, "<b>已记录</b> &lt;1&gt;", parse_mode="HTML", reply_markup=keyboard)
        assert sent.text == "已记录 <1>", sent
        print("sent", sent.message_id, flush=True)
        updates = await bot.get_updates(offset=after, timeout=10)
        query = updates[0].callback_query
        assert query.data == "1:1:undo" and query.message.message_id == sent.message_id, query
        assert await bot.answer_callback_query(query.id, text="好的")
        edited = await bot.edit_message_text("已撤销", chat_id=sent.chat.id, message_id=sent.message_id)
        assert edited.text == "已撤销" and edited.reply_markup is None, edited
        for expected, text in [(TelegramBadRequest, "x" * 4097), (TelegramBadRequest, "<nope>x</nope>")]:
            try:
                await bot.send_message(message.chat.id, text, parse_mode="HTML")
                raise SystemExit(f"{text[:10]} was taken")
            except expected:
                pass
        for expected in (TelegramForbiddenError, TelegramRetryAfter):
            try:
                await bot.send_message(message.chat.id, "fault")
                raise SystemExit("no fault came")
            except expected as error:
                if expected is TelegramRetryAfter:
                    assert error.retry_after == 7, error
        print("all well", flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2]))
