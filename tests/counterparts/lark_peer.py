"""The platform's own library talks to the fake platform, and judges its calls: what it cannot read, the fake does wrong.

usage: lark_peer.py BASE_URL APP_ID APP_SECRET ENCRYPT_KEY VERIFICATION_TOKEN TO GONE
Sends a card, the same again, an answer, a change. Then reads calls, one JSON object a line: {"headers": …, "body": …},
and prints for each the status, the library's answer and what it understood.
"""

import json
import os
import sys

os.environ["NO_PROXY"] = "*"
try:
    import lark_oapi as lark
    from lark_oapi.api.im.v1 import (
        CreateMessageRequest,
        CreateMessageRequestBody,
        PatchMessageRequest,
        PatchMessageRequestBody,
        ReplyMessageRequest,
        ReplyMessageRequestBody,
    )
    from lark_oapi.core.model import RawRequest
    from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")

base, app, secret, key, token, to, gone = sys.argv[1:]


def card(text: str, buttons: bool = True, shared: bool = True) -> str:
    elements = [{"tag": "div", "text": {"tag": "plain_text", "content": text}}]
    if buttons:
        button = {"tag": "button", "text": {"tag": "plain_text", "content": "完成"}, "value": {"action": "v1:1:1:done"}}
        elements.append({"tag": "action", "actions": [button]})
    return json.dumps({"config": {"update_multi": shared}, "elements": elements}, ensure_ascii=False)


client = lark.Client.builder().app_id(app).app_secret(secret).domain(base).log_level(lark.LogLevel.ERROR).build()


def create(to: str, content: str, uuid: str, kind: str = "open_id"):
    body = CreateMessageRequestBody.builder().receive_id(to).msg_type("interactive").content(content).uuid(uuid).build()
    request = CreateMessageRequest.builder().receive_id_type(kind).request_body(body).build()
    return client.im.v1.message.create(request)


first = create(to, card("请完成"), "u1")
assert first.success() and first.data.message_id.startswith("om_"), (first.code, first.msg)
assert first.data.msg_type == "interactive" and first.data.sender.sender_type == "app", first.data
assert json.loads(first.data.body.content)["elements"][0]["text"]["content"] == "请完成"
again = create(to, card("请完成，还有2天"), "u1")
assert again.success() and again.data.message_id == first.data.message_id, "one uuid is one message"
by_mail = create("zhang.wei@example.org", card("也请"), "u2", "email")
assert by_mail.success() and by_mail.data.message_id != first.data.message_id, (by_mail.code, by_mail.msg)

body = ReplyMessageRequestBody.builder().msg_type("interactive").content(card("已记录", False)).uuid("u3").build()
request = ReplyMessageRequest.builder().message_id(first.data.message_id).request_body(body).build()
answer = client.im.v1.message.reply(request)
assert answer.success() and answer.data.parent_id == first.data.message_id, (answer.code, answer.msg)

body = PatchMessageRequestBody.builder().content(card("已完成", False)).build()
request = PatchMessageRequest.builder().message_id(first.data.message_id).request_body(body).build()
changed = client.im.v1.message.patch(request)
assert changed.success(), (changed.code, changed.msg)
body = PatchMessageRequestBody.builder().content(card("已完成", False, shared=False)).build()
request = PatchMessageRequest.builder().message_id(first.data.message_id).request_body(body).build()
assert not client.im.v1.message.patch(request).success(), "a card that is not shared was changed"

for target, content, code in [(gone, card("在吗"), 230013), ("ou_nobody", card("在吗"), 230001), (to, "在吗", 230099)]:
    refused = create(target, content, "")
    assert not refused.success() and refused.code == code, (target, refused.code, refused.msg)
    assert refused.error["log_id"], "a refusal carries a number for the platform's helpers"
print("sent", first.data.message_id, flush=True)
sys.stdin.readline()
limited = create(to, card("在吗"), "")
assert limited.code == 99991400 and limited.raw.status_code == 429, (limited.code, limited.raw.status_code)
assert limited.raw.headers["x-ogw-ratelimit-reset"] == "7", limited.raw.headers
print("limited", flush=True)

understood: list = []


def message(event) -> None:
    said, sender = event.event.message, event.event.sender
    understood.append(
        {
            "who": sender.sender_id.open_id,
            "text": json.loads(said.content)["text"],
            "quoted": said.parent_id,
            "chat": said.chat_type,
        }
    )


def press(event) -> P2CardActionTriggerResponse:
    pressed = event.event
    understood.append(
        {"who": pressed.operator.open_id, "action": pressed.action.value["action"], "on": pressed.context.open_message_id}
    )
    return P2CardActionTriggerResponse({})


dispatcher = (
    lark.EventDispatcherHandler.builder(key, token, lark.LogLevel.CRITICAL)
    .register_p2_im_message_receive_v1(message)
    .register_p2_card_action_trigger(press)
    .build()
)
names = {"x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature"}
for line in sys.stdin:
    call = json.loads(line)
    request = RawRequest()
    request.uri = "/hook/feishu"
    request.body = call["body"].encode()
    # The library asks for headers in the platform's own capitals.
    request.headers = {"-".join(w.capitalize() for w in n.split("-")): v for n, v in call["headers"].items()}
    assert names <= set(call["headers"]), call["headers"]
    understood.clear()
    response = dispatcher.do(request)
    told = {"status": response.status_code, "answer": response.content.decode(), "understood": understood}
    print(json.dumps(told, ensure_ascii=False), flush=True)
