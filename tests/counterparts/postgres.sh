#!/usr/bin/env bash
# A PostgreSQL of its own in a folder: `postgres.sh start FOLDER PORT [SETTING=VALUE …]`, `postgres.sh stop FOLDER`.
# Needs Debian's package postgresql (./test.sh --install-only). Listens on 127.0.0.1, user postgres, no password.
set -euo pipefail
what=$1 folder=$2
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
# PostgreSQL does not run as root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
case $what in
start)
    port=$3
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    if [ ! -e "$folder/data" ]; then
        as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"/dev/null"
    fi
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200"
    for setting in "${@:4}"; do options+=" -c $setting"; done
    as "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "$options" start
    ;;
stop) as "$bin/pg_ctl" -D "$folder/data" -s -m "${3:-fast}" stop ;;
*) echo "start or stop?" >&2 && exit 2 ;;
esac
