"""An SMTP server for the mail channel's tests, built on aiosmtpd.

    smtp_server.py --cert CERT --key KEY --out FOLDER --user USER --password PASSWORD

Listens on 127.0.0.1 at free ports and prints one line of JSON with them:
  starttls   STARTTLS and AUTH required
  tls        TLS from the first byte, AUTH required
  bare       no STARTTLS offered, no AUTH asked
  injecting  adds the answers of a whole accepted mail, in the clear, behind the one to STARTTLS
Every accepted mail is stored as N.eml with a N.json beside it: envelope, session, headers, and the
text as Python's email package reads it. The local part of the recipient orders a behaviour, see
RCPT and DATA. Ends when its standard input is closed, so it never outlives its test.
"""

import argparse
import asyncio
import email
import email.policy
import itertools
import json
import pathlib
import ssl
import sys

try:
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
except ImportError:
    sys.exit("Python module aiosmtpd is missing: pip install aiosmtpd==1.4.6")

RCPT = {
    "nobody": "550 5.1.1 no such user here",
    "moved": "551 user not local",
    "busy": "450 4.2.0 greylisted, try again later",
    "full": "552 5.2.2 mailbox full",
    "relay": "550 5.7.1 relaying denied",
    "closing": "421 4.3.2 closing down",
}
DATA = {
    "policy": "554 5.7.1 content refused by policy",
    "big": "552 5.3.4 message too big",
    "late": "550 5.1.1 no such user after all",
    "later": "451 4.3.0 try again later",
}


class Handler:
    def __init__(self, out):
        self.out = out
        self.numbers = itertools.count(1)

    async def handle_MAIL(self, server, session, envelope, address, options):
        # Of "strict@" it takes the address, and none with a tag behind it.
        if address.startswith(("stranger@", "strict+")):
            return "553 5.7.1 sender address not owned by you"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.partition("@")[0]
        if local in RCPT:
            return RCPT[local]
        if local == "stuck":
            await asyncio.sleep(30)
        if local == "vanish":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].partition("@")[0]
        if local in DATA:
            return DATA[local]
        self.store(session, envelope)
        if local == "cut":
            server.transport.abort()
        if local == "slow":
            await asyncio.sleep(30)
        return "250 2.0.0 stored"

    def store(self, session, envelope):
        raw = envelope.original_content
        mail = email.message_from_bytes(raw, policy=email.policy.default)

        def part(kind):
            found = mail.get_body(preferencelist=(kind,))
            return found.get_content() if found else None

        number = next(self.numbers)
        facts = {
            "mail_from": envelope.mail_from,
            "rcpt_tos": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "user": session.auth_data,
            "hello": session.host_name,
            "connection": "%s:%s" % session.peer[:2],
            "headers": [[name, str(value)] for name, value in mail.items()],
            "content_type": mail.get_content_type(),
            "plain": part("plain"),
            "html": part("html"),
            "defects": [repr(defect) for defect in mail.defects],
        }
        (self.out / f"{number}.eml").write_bytes(raw)
        (self.out / f"{number}.json").write_text(json.dumps(facts), "utf-8")


class Injecting(SMTP):
    """Somebody on the line who writes before TLS begins (CVE-2011-0411 and its kin)."""

    async def push(self, status):
        if str(status).startswith("220 Ready to start TLS"):
            status += "\r\n250 ok" * 3 + "\r\n354 go\r\n250 stored"
        await super().push(status)


async def main():
    parser = argparse.ArgumentParser()
    for name in ("cert", "key", "out", "user", "password"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.cert, args.key)
    handler = Handler(pathlib.Path(args.out))

    def authenticate(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and data == LoginPassword(
            args.user.encode(), args.password.encode()
        )
        return AuthResult(success=right, handled=False, auth_data=args.user)

    login = {"auth_required": True, "authenticator": authenticate}
    start = {"tls_context": context, "require_starttls": True}
    kinds = {
        "starttls": (SMTP, {**start, **login}, None),
        "tls": (SMTP, {**login, "auth_require_tls": False}, context),
        "bare": (SMTP, {}, None),
        "injecting": (Injecting, start, None),
    }
    loop = asyncio.get_running_loop()
    ports = {}
    for name, (kind, options, wrapped) in kinds.items():
        options = {"hostname": "mail.test", "loop": loop, **options}
        listener = await loop.create_server(
            lambda kind=kind, options=options: kind(handler, **options), "127.0.0.1", 0, ssl=wrapped
        )
        ports[name] = listener.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
