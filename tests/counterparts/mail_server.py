"""A mail server for the stories of answers by mail: PyPI mail-devel, SMTP and IMAP with a mailbox for everybody.

    mail_server.py --cert CERT --key KEY --user USER --password PASSWORD

Listens on 127.0.0.1 at free ports and prints one line of JSON with them: smtp (STARTTLS offered), imap (STARTTLS
offered). Every address has a mailbox with the same password; USER's also takes everything behind a "+".

mail-devel only stores. What an office's server does besides is added here: Return-Path and Delivered-To, and a
verdict on the writer under the id "mx.duty.test": who has signed in is believed to be the author's domain, nobody
else; verdicts that letters bring along under that id are taken out (RFC 8601 section 5). Ends with its standard input.
"""

import argparse
import asyncio
import email.parser
import email.utils
import json
import re
import socket
import sys

try:
    import mail_devel.service as service
except ImportError:
    sys.exit("Python module mail_devel is missing: pip install mail-devel==0.18.1")

OUR_ID = b"mx.duty.test"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def delivered(session, envelope):
    """The letter as the server hands it to a mailbox."""
    content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
    head, gap, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    forged = rb"(?im)^authentication-results:\s*" + re.escape(OUR_ID) + rb"\b.*(?:\n[ \t].*)*\n?"
    head = re.sub(forged, b"", head + b"\n").rstrip(b"\n")
    parsed = email.parser.BytesHeaderParser().parsebytes(head)
    author = email.utils.parseaddr(parsed.get("From", ""))[1]
    verdict = b"pass" if session.authenticated else b"fail"
    lines = [
        b"Return-Path: <%s>" % (envelope.mail_from or "").strip("<>").encode(),
        b"Delivered-To: %s" % envelope.rcpt_tos[0].encode(),
        b"Authentication-Results: %s; dmarc=%s header.from=%s" % (OUR_ID, verdict, author.rpartition("@")[2].encode()),
        b"Received: from client (127.0.0.1) by %s with ESMTP; Sun, 25 Sep 2022 09:00:00 +0800" % OUR_ID,
        head,
    ]
    return (b"\n".join(lines) + gap + body).replace(b"\n", b"\r\n")


async def run(args):
    ports = {"smtp": free_port(), "imap": free_port(), "smtps": free_port()}
    sys.argv = ["mail_devel", "--host", "127.0.0.1", "--no-http", "--multi-user"]
    sys.argv += ["--user", args.user, "--password", args.password]
    local, _, domain = args.user.partition("@")
    sys.argv += ["--alias", f"{local}+*@{domain}:{args.user}"]
    sys.argv += ["--imap-port", str(ports["imap"]), "--smtp-port", str(ports["smtp"])]
    sys.argv += ["--smtps-port", str(ports["smtps"]), "--cert", args.cert, "--key", args.key]

    plain = service.imap_context

    async def with_starttls(arguments):
        context = await plain(arguments)
        # mail-devel never offers it, though its IMAP library can.
        context.tls = True
        return context

    service.imap_context = with_starttls
    server = await service.Service.init(service.Service.parse())
    store = server.handler.handle_DATA

    async def handle_data(smtp, session, envelope):
        envelope.content = delivered(session, envelope)
        return await store(smtp, session, envelope)

    server.handler.handle_DATA = handle_data
    async with server.start():
        print(json.dumps(ports), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


parser = argparse.ArgumentParser()
for name in ("cert", "key", "user", "password"):
    parser.add_argument(f"--{name}", required=True)
asyncio.run(run(parser.parse_args()))
