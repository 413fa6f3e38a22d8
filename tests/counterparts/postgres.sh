#!/usr/bin/env bash
# A PostgreSQL of its own in a folder:
#   postgres.sh start FOLDER PORT [SETTING=VALUE …]      a new one, or the one that was stopped
#   postgres.sh standby FOLDER PORT PRIMARY [SETTING=VALUE …]   a copy that follows the one on port PRIMARY as `standby`
#   postgres.sh promote FOLDER                           the copy becomes a primary
#   postgres.sh signal FOLDER NAME                       STOP or CONT to all of its processes
#   postgres.sh stop FOLDER [fast|immediate]
# Needs Debian's package postgresql (./test.sh --install-only). Listens on 127.0.0.1, user postgres, no password.
set -euo pipefail
what=$1 folder=$2
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
# PostgreSQL does not run as root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
run() {
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200"
    for setting in "$@"; do options+=" -c $setting"; done
    as "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "$options" start
}
case $what in
start)
    port=$3
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    if [ ! -e "$folder/data" ]; then
        as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"/dev/null"
    fi
    run "${@:4}"
    ;;
standby)
    port=$3
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    as "$bin/pg_basebackup" -D "$folder/data" -R -X stream -c fast \
        -d "host=127.0.0.1 port=$4 user=postgres application_name=standby"
    run "${@:5}"
    ;;
promote) as "$bin/pg_ctl" -D "$folder/data" -s -w promote ;;
signal)
    postmaster=$(head -1 "$folder/data/postmaster.pid")
    kill "-$3" "$postmaster" $(ps -o pid= --ppid "$postmaster")
    ;;
stop) [ ! -e "$folder/data/postmaster.pid" ] || as "$bin/pg_ctl" -D "$folder/data" -s -m "${3:-fast}" stop ;;
*) echo "start, standby, promote, signal or stop?" >&2 && exit 2 ;;
esac
