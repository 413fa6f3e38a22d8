"""Somebody else's client of WeCom's long connection talks to the fake of it: what it cannot read, the fake does wrong.

usage: wecom_bot_peer.py WS_URL BOT_ID SECRET
Prints what it understands, a line each. A text is answered with Markdown, with a card, and with the same card again; a
press with a change of the card; an opened chat with a welcome.
"""

import asyncio
import json
import sys

try:
    import aibot.ws
    from aibot import WSClient, WSClientOptions
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")

# The fake speaks without TLS, on this machine.
aibot.ws._SSL_CONTEXT = None


class Quiet:
    def debug(self, message, *args):
        pass

    info = warn = error = debug


def say(*words):
    print(*words, flush=True)


def card(title, key):
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "task_id": "peer-card-1",
        "button_list": [{"text": "完成", "style": 1, "key": key}],
    }


async def tried(what, call):
    try:
        say(what, (await call)["errcode"])
    except Exception as refused:
        say(what, "refused", str(refused)[:80])


async def main():
    url, bot, secret = sys.argv[1:]
    options = WSClientOptions(bot_id=bot, secret=secret, ws_url=url, heartbeat_interval=300, logger=Quiet())
    client = WSClient(options)
    client.on("authenticated", lambda: say("in"))
    client.on("error", lambda error: say("error", str(error)[:200]))

    @client.on("message.text")
    async def text(frame):
        body = frame["body"]
        said = {name: body[name] for name in ("msgid", "chattype", "msgtype")}
        said.update(user=body["from"]["userid"], text=body["text"]["content"])
        say("said", json.dumps(said, ensure_ascii=False, sort_keys=True))
        user = body["from"]["userid"]
        await tried("markdown", client.send_message(user, {"msgtype": "markdown", "markdown": {"content": "**好**"}}))
        sent = {"msgtype": "template_card", "template_card": card("请完成", "k1")}
        await tried("card", client.send_message(user, sent))
        await tried("again", client.send_message(user, sent))
        await tried("nobody", client.send_message("nobody", sent))

    @client.on("event.template_card_event")
    async def press(frame):
        pressed = frame["body"]["event"]["template_card_event"]
        say("pressed", pressed["event_key"], pressed["task_id"])
        await tried("changed", client.update_template_card(frame, card("已记录", "k2")))
        await tried("twice", client.update_template_card(frame, card("已记录", "k2")))

    @client.on("event.enter_chat")
    async def opened(frame):
        await tried("welcome", client.reply_welcome(frame, {"msgtype": "text", "text": {"content": "您好"}}))

    client.on("event.disconnected_event", lambda frame: say("thrown out"))
    await client.connect()
    await asyncio.Event().wait()


asyncio.run(main())
