"""The platform's own library hears the fake platform over a long connection.

usage: lark_connection.py BASE_URL APP_ID APP_SECRET
Prints what it understood, one JSON object a line; runs until it is ended.
"""

import json
import os
import sys

os.environ["NO_PROXY"] = "*"
try:
    import lark_oapi as lark
    from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")

base, app, secret = sys.argv[1:]


def message(event) -> None:
    said = event.event.message
    text = json.loads(said.content)["text"]
    print(json.dumps({"who": event.event.sender.sender_id.open_id, "text": text}, ensure_ascii=False), flush=True)


def press(event) -> P2CardActionTriggerResponse:
    pressed = event.event
    told = {"who": pressed.operator.open_id, "action": pressed.action.value["action"]}
    print(json.dumps(told, ensure_ascii=False), flush=True)
    return P2CardActionTriggerResponse({})


dispatcher = (
    lark.EventDispatcherHandler.builder("", "", lark.LogLevel.CRITICAL)
    .register_p2_im_message_receive_v1(message)
    .register_p2_card_action_trigger(press)
    .build()
)
lark.ws.Client(app, secret, event_handler=dispatcher, domain=base, log_level=lark.LogLevel.CRITICAL).start()
