"""Somebody else's WeCom library talks to the fake server and reads and writes sealed calls.

usage: wecom_peer.py BASE_URL CORP AGENT SECRET TOKEN AES_KEY
Sends a text, prints its id; opens the sealed call given on a line of standard input (query, tab, body) and prints
what it says; seals a message of its own and prints query, tab, body.
"""

import json
import sys
from urllib.parse import parse_qs

try:
    import requests
    from wechatpy.enterprise import WeChatClient
    from wechatpy.enterprise.crypto import WeChatCrypto
    from wechatpy.enterprise.parser import parse_message
    from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
except ImportError as missing:
    sys.exit(f"{missing}: run ./test.sh --install-only")

base, corp, agent, secret, token, aes_key = sys.argv[1:]


class Here(requests.adapters.HTTPAdapter):
    """What is meant for WeCom's own server goes to the fake one."""

    def send(self, request, **rest):
        request.url = request.url.replace("https://qyapi.weixin.qq.com", base)
        rest["verify"] = False
        return requests.adapters.HTTPAdapter().send(request, **rest)


client = WeChatClient(corp, secret)
client._http.mount("https://qyapi.weixin.qq.com", Here())
sent = client.message.send_text(int(agent), ["zhangsan", "nobody"], "完成")
assert sent["invaliduser"] == "nobody", sent
print("sent", sent["msgid"], flush=True)
try:
    client.message.send_text(int(agent), ["nobody"], "完成")
    sys.exit("a message to nobody was taken")
except WeChatClientException as refused:
    assert refused.errcode == 81013, refused

crypto = WeChatCrypto(token, aes_key, corp)
query, body = sys.stdin.readline().rstrip("\n").split("\t")
said = {name: values[0] for name, values in parse_qs(query).items()}
opened = crypto.decrypt_message(body, said["msg_signature"], said["timestamp"], said["nonce"])
message = parse_message(opened)
print("heard", message.source, message.content, flush=True)
try:
    crypto.decrypt_message(body, said["msg_signature"][::-1], said["timestamp"], said["nonce"])
    sys.exit("a wrong signature was taken")
except InvalidSignatureException:
    pass

words = (
    f"<xml><ToUserName>{corp}</ToUserName><FromUserName>LiSi</FromUserName><CreateTime>1663808400</CreateTime>"
    f"<MsgType>text</MsgType><Content>+3d</Content><MsgId>42</MsgId><AgentID>{agent}</AgentID></xml>"
)
sealed = crypto.encrypt_message(words, "nonce", "1663808400")
import xmltodict  # noqa: E402  (comes with the library)

parts = xmltodict.parse(sealed)["xml"]
query = f"msg_signature={parts['MsgSignature']}&timestamp={parts['TimeStamp']}&nonce={parts['Nonce']}"
body = f"<xml><ToUserName>{corp}</ToUserName><Encrypt>{parts['Encrypt']}</Encrypt></xml>"
print(json.dumps([query, body]), flush=True)
