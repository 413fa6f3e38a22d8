"""A real Matrix homeserver (Synapse, SQLite) on this machine, in a folder of its own; ends with its standard input.

Prints `{"port": …, "admin": "access token"}` when it answers. Everybody may register."""

import hashlib
import hmac
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from signedjson import key

scratch = tempfile.TemporaryDirectory(prefix="homeserver")
folder = pathlib.Path(scratch.name)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
fast = {"per_second": 1000, "burst_count": 1000}
config = {
    "server_name": "duty.test",
    "report_stats": False,
    "pid_file": str(folder / "pid"),
    "signing_key_path": str(folder / "signing.key"),
    "media_store_path": str(folder / "media"),
    "macaroon_secret_key": "test-only",
    "form_secret": "test-only",
    "registration_shared_secret": "test-only",
    "bcrypt_rounds": 4,
    "enable_registration": True,
    "enable_registration_without_verification": True,
    "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
    "log_config": str(folder / "log.yaml"),
    "trusted_key_servers": [],
    # Nothing leaves this machine.
    "federation_domain_whitelist": [],
    "listeners": [
        {
            "bind_addresses": ["127.0.0.1"],
            "port": port,
            "type": "http",
            "tls": False,
            "resources": [{"names": ["client"], "compress": False}],
        }
    ],
    # The same question a moment later is a new question.
    "caches": {"sync_response_cache_duration": "0s"},
    "rc_message": fast,
    "rc_joins": {"local": fast, "remote": fast},
    "rc_invites": {"per_room": fast, "per_user": fast, "per_issuer": fast},
    "rc_room_creation": fast,
    "rc_registration": fast,
    "rc_login": {"address": fast, "account": fast, "failed_attempts": fast},
}
log = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": str(folder / "log"), "encoding": "utf8"}},
    "root": {"level": "WARNING", "handlers": ["file"]},
    "disable_existing_loggers": False,
}
# JSON is YAML as well.
(folder / "log.yaml").write_text(json.dumps(log))
(folder / "homeserver.yaml").write_text(json.dumps(config))
command = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(folder / "homeserver.yaml")]
with open(folder / "signing.key", "w") as file:
    key.write_signing_keys(file, [key.generate_signing_key("a_test")])
with open(folder / "output", "w") as output:
    server = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)


def ask(path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body and json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def administrator():
    """An account that may set limits (Synapse, "Register by shared secret")."""
    path = "/_synapse/admin/v1/register"
    parts = [ask(path)["nonce"], "root", "test-only", "admin"]
    mac = hmac.new(b"test-only", "\0".join(parts).encode(), hashlib.sha1).hexdigest()
    body = {"nonce": parts[0], "username": "root", "password": "test-only", "admin": True, "mac": mac}
    return ask(path, body)["access_token"]


try:
    for _ in range(600):
        if server.poll() is not None:
            sys.exit((folder / "output").read_text())
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    print(json.dumps({"port": port, "admin": administrator()}), flush=True)
    sys.stdin.read()
finally:
    server.send_signal(signal.SIGKILL)
    server.wait()
