"""Somebody else's client talks to the fake of DingTalk: what it cannot read, the fake does wrong.

usage: DINGTALK_OPENAPI_ENDPOINT=BASE_URL dingtalk_peer.py CLIENT_ID CLIENT_SECRET
Fetches an access token, connects, prints what is written to the robot, and acknowledges it. "card" is answered with a
card of the template TEMPLATE; a press of it is printed, and changes it.

usage for cards: the same with TEMPLATE
"""

import asyncio
import json
import sys

try:
    import dingtalk_stream
    from dingtalk_stream import AckMessage, CardCallbackMessage, ChatbotMessage
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")


class Ear(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = ChatbotMessage.from_dict(callback.data)
        said = {
            "text": message.text.content,
            "staff": message.sender_staff_id,
            "id": message.message_id,
            "kind": message.conversation_type,
            "robot": message.robot_code,
            "topic": callback.headers.topic,
        }
        print("said", json.dumps(said, ensure_ascii=False, sort_keys=True), flush=True)
        if said["text"] == "card":
            replier = dingtalk_stream.CardReplier(self.dingtalk_client, message)
            data = {"title": "督办", "text": "请完成", "buttons": json.dumps([button("完成", "k1")])}
            print("card", replier.create_and_deliver_card(sys.argv[3], data), flush=True)
        return AckMessage.STATUS_OK, "OK"


class Presses(dingtalk_stream.CallbackHandler):
    async def process(self, callback):
        pressed = CardCallbackMessage.from_dict(callback.data)
        params = pressed.content["cardPrivateData"]["params"]
        print("pressed", pressed.user_id, pressed.corp_id, pressed.card_instance_id, params["action"], flush=True)
        replier = dingtalk_stream.CardReplier(self.dingtalk_client, ChatbotMessage())
        replier.put_card_data(pressed.card_instance_id, {"title": "督办", "text": "已记录", "buttons": "[]"})
        print("changed", flush=True)
        return AckMessage.STATUS_OK, {}


def button(label, action):
    params = {"actionId": action, "params": {"action": action}}
    return {"text": label, "color": "blue", "status": "normal", "event": {"type": "sendCardRequest", "params": params}}


client = dingtalk_stream.DingTalkStreamClient(dingtalk_stream.Credential(sys.argv[1], sys.argv[2]))
client.register_callback_handler(ChatbotMessage.TOPIC, Ear())
client.register_callback_handler(dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK, Presses())
print("token", client.get_access_token(), flush=True)
asyncio.run(client.start())
