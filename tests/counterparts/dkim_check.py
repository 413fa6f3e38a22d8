"""Says whether the DKIM signature of the mail on standard input holds, by PyPI dkimpy.

    dkim_check.py PUBLIC_KEY_PEM NAME < MAIL

NAME is where the key stands in DNS, such as "bell._domainkey.duty.test."; no name server is asked.
"""

import sys

try:
    import dkim
except ImportError:
    sys.exit("Python module dkim is missing: pip install dkimpy==1.1.8")

pem = open(sys.argv[1], encoding="ascii").read()
key = "".join(line for line in pem.splitlines() if not line.startswith("-"))
record = b"v=DKIM1; k=rsa; p=" + key.encode()


def lookup(name, timeout=5):
    return record if name == sys.argv[2].encode() else None


mail = sys.stdin.buffer.read()
print("holds" if dkim.verify(mail, dnsfunc=lookup) else "broken")
