#!/usr/bin/env bash
# Installs one peer from its package registry when it is missing: `install.sh postgres|node|python|apalis|alertmanager`.
# Debian; run as root or with sudo. Nothing lands outside target/ and benches/peers/node_modules but Debian's packages.
set -euo pipefail
cd "$(dirname "$0")"
target="$(cd ../.. && pwd)/target/peers"
mkdir -p "$target"

debian() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    $sudo apt-get update -q >&2
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >&2
}

case $1 in
postgres) ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 || debian postgresql postgresql-contrib ;;
alertmanager) command -v prometheus-alertmanager >/dev/null || debian prometheus-alertmanager ;;
node)
    command -v npm >/dev/null || debian nodejs npm
    # The Node.js that runs the peers is itself a package: they need a newer one than Debian's.
    [ -x node_modules/node/bin/node ] || npm ci --silent --no-audit --no-fund >&2
    ;;
python)
    if ! "$target/venv/bin/python" -c 'import procrastinate, aiohttp' 2>/dev/null; then
        python3 -c 'import venv, ensurepip' 2>/dev/null || debian python3-venv
        python3 -m venv "$target/venv"
        "$target/venv/bin/pip" install -q -r requirements.txt >&2
    fi
    ;;
apalis) cargo build --release --locked --quiet --manifest-path apalis/Cargo.toml --target-dir "$target/apalis" >&2 ;;
*) echo "what is $1?" >&2 && exit 2 ;;
esac
