#!/usr/bin/env bash
# Installs what the tests need (a browser, PostgreSQL, MariaDB, haproxy, libfaketime, LibreOffice, Python and Node
# packages, a Matrix homeserver) and runs all of them.
# Debian with the Rust toolchain; run as root or with sudo.
set -euo pipefail
cd "$(dirname "$0")"

sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
missing=()
for tool in chromium:chromium openssl:openssl python3:python3 node:nodejs npm:npm soffice:libreoffice-calc-nogui; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
[ -x /usr/sbin/haproxy ] || missing+=(haproxy)
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ "${#missing[@]}" -gt 0 ]; then
    $sudo apt-get update -q
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

venv="target/test-venv"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install -q -r tests/counterparts/requirements.txt
# A Matrix homeserver with its many packages, apart from the others; installed once.
synapse="target/synapse-venv"
[ -x "$synapse/bin/python" ] || python3 -m venv "$synapse"
"$synapse/bin/python" -m pip install -q -r tests/counterparts/synapse.txt
(cd tests/counterparts && npm install --silent --no-audit --no-fund)
export PYTHON="$PWD/$venv/bin/python"
[ "${1:-}" = "--install-only" ] && exit 0

# The same random cases in every run, as with the simulation's lives; another number draws others.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"

cargo test --locked "$@"
[ "$#" -eq 0 ] || exit 0

# The same stories once more on PostgreSQL: one server, a schema for each story.
server="$(mktemp -d)"
chmod 755 "$server"
port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
trap 'tests/counterparts/postgres.sh stop "$server/cluster" immediate; rm -rf "$server"' EXIT
tests/counterparts/postgres.sh start "$server/cluster" "$port" fsync=off
export DUTYBELL_TEST_DATABASE="postgres://postgres@127.0.0.1:$port/postgres"
cargo test --locked --test stories
cargo test --locked --test platforms matrix_channel::
unset DUTYBELL_TEST_DATABASE

# And each deliberate fault is found by the simulation.
cargo test --locked -p dutybell --features mutants --test simulation each -- --nocapture
