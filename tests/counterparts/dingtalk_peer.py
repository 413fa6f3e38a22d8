"""Somebody else's client talks to the fake of DingTalk: what it cannot read, the fake does wrong.

usage: DINGTALK_OPENAPI_ENDPOINT=BASE_URL dingtalk_peer.py CLIENT_ID CLIENT_SECRET
Fetches an access token, connects, prints what is written to the robot, and acknowledges it.
"""

import asyncio
import json
import sys

try:
    import dingtalk_stream
    from dingtalk_stream import AckMessage, ChatbotMessage
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
        return AckMessage.STATUS_OK, "OK"


client = dingtalk_stream.DingTalkStreamClient(dingtalk_stream.Credential(sys.argv[1], sys.argv[2]))
client.register_callback_handler(ChatbotMessage.TOPIC, Ear())
print("token", client.get_access_token(), flush=True)
asyncio.run(client.start())
