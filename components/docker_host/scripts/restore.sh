#!/bin/bash
# Brings back what backup.sh has kept. Nothing is overwritten: each goes into an empty folder, and is whole or not there.
#
#   restore.sh list                  what there is
#   restore.sh database [--to TIME]  the pair's database into PGDATA, as the user of the server
#   restore.sh files [--to TIME]     files and plugins, as root; they get the owner of their volume
#
# TIME is a moment with its zone, such as "2026-01-01 12:00:00+00"; without it everything comes back. The node is started
# afterwards as primary; the other one copies it by itself.
#
#   BACKUPS_DIR             where backup.sh keeps them
#   PGDATA                  the node's data; recovery runs here, reachable by nobody
#   FILES_DIR, PLUGINS_DIR  empty volumes
#   NODE, ROLE_DIR          where the role folder is given, this node is named primary in it
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
umask 077

export TZ=UTC BACKUPS_DIR="${BACKUPS_DIR:-/var/lib/dify/backups}"
: "${PGDATA:=/var/lib/postgresql/data/pgdata}" "${FILES_DIR:=/var/lib/dify/files}" "${PLUGINS_DIR:=/var/lib/dify/plugins}"
: "${NODE:=}" "${ROLE_DIR:=/var/lib/dify/role}"
scratch=''

. "$(dirname "${BASH_SOURCE[0]}")/backup_folder.sh"

say() {
    echo "restore: $1"
}

fail() {
    echo "restore: $1" >&2
    exit 1
}

# The newest in a folder that is not younger than $to.
newest() {
    local limit=99999999T999999Z
    [ -z "$to" ] || limit=$(date -d "$to" +%Y%m%dT%H%M%SZ)
    past "$1" | awk -v limit="$limit" '$1 <= limit' | tail -n 1
}

parse() {
    to=''
    [ $# = 0 ] || { [ "$1" = --to ] && [ $# = 2 ]; } || fail "unknown arguments $*: there is only --to TIME"
    [ $# = 2 ] || return 0
    [[ $2 =~ (Z|[+-][0-9]{2}(:?[0-9]{2})?)$ ]] || fail "--to: '$2' has no zone: write it as 2026-01-01 12:00:00+00"
    to=$(date -d "$2" +'%F %T.%6N+00' 2>/dev/null) || fail "--to: '$2' is not a time: write it as 2026-01-01 12:00:00+00"
    [[ $to < $(date +'%F %T.%6N+00') ]] || fail "--to: '$2' is in the future"
}

list() {
    local name
    for name in $(whole "$base"); do say "database from $name on"; done
    for name in $(whole "$files"); do say "files of $name"; done
}

check_empty() {
    [ -d "$1" ] && [ -w "$1" ] || fail "$1 is not there or closed to $(id -un)"
    [ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)" ] || fail "$1 is not empty: move away what is there"
}

# fetch SEGMENT TARGET: PostgreSQL's restore_command; the last segment of all is still being received.
fetch() {
    local folder
    for folder in "$wal" "$wal/earlier"; do
        [ ! -e "$folder/$1" ] || { cp "$folder/$1" "$2" && return; }
        [ ! -e "$folder/$1.gz" ] || { gzip -dc "$folder/$1.gz" >"$2" && return; }
    done
    for folder in "$wal" "$wal/earlier"; do
        [ ! -e "$folder/$1.partial" ] || { cp "$folder/$1.partial" "$2" && return; }
    done
    return 1
}

# The place of the last whole segment in the archive, without its timeline.
last_segment() {
    find "$wal" -type f -printf '%f\n' | sed -En 's/^[0-9A-F]{8}([0-9A-F]{16})(\.gz)?$/\1/p' | sort | tail -n 1
}

# recover SETTING...: until the server takes clients, which only this script can be.
recover() {
    local setting options=()
    for setting in "$@" "listen_addresses=" "port=5432" "unix_socket_directories=$scratch" "hba_file=$scratch/hba" \
        "ident_file=$scratch/ident" hot_standby=off archive_mode=off synchronous_standby_names= primary_conninfo= \
        "restore_command=bash '$(realpath "$0")' fetch %f %p" recovery_target_timeline=latest logging_collector=off; do
        options+=(-c "$setting")
    done
    postgres -D "$PGDATA.restoring" "${options[@]}" >>"$scratch/log" 2>&1 &
    server=$!
    until sql 'SELECT 1' >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.2
    done
}

sql() {
    PGHOST=$scratch PGPORT=5432 psql -XqAtw -v ON_ERROR_STOP=1 -U postgres -d postgres -c "$1"
}

database() {
    local name reached last
    [ "$(id -u)" != 0 ] || fail "root cannot run PostgreSQL: be the user of the server"
    [ ! -e "$PGDATA" ] || [ -z "$(ls -A "$PGDATA")" ] || fail "$PGDATA is not empty: move away what is there"
    name=$(newest "$base")
    [ -n "$name" ] || fail "there is no whole backup${to:+ that is not younger than $to}: restore.sh list says what there is"
    (cd "$base/$name" && sha256sum --check --status --strict SHA256SUMS 2>/dev/null) ||
        fail "the backup of $name is damaged: take an older one, --to a moment before it"
    scratch=$(mktemp -d)
    rm -rf "$PGDATA.restoring"
    mkdir "$PGDATA.restoring"
    tar -C "$PGDATA.restoring" -xzpf "$base/$name/base.tar.gz" || fail "the backup of $name could not be unpacked"
    rm -f "$PGDATA.restoring/standby.signal" "$PGDATA.restoring/postmaster.pid"
    touch "$PGDATA.restoring/recovery.signal"
    echo 'local all postgres peer map=restore' >"$scratch/hba"
    echo "restore $(id -un) postgres" >"$scratch/ident"
    say "replaying what was written since $name"
    if ! recover ${to:+"recovery_target_time=$to"} recovery_target_action=promote; then
        # Nothing was committed between the last row and the moment asked for.
        grep -q 'recovery ended before configured recovery target was reached' "$scratch/log" || fail_recovery
        recover || fail_recovery
    fi
    reached=$(sql "SELECT substr(pg_walfile_name('$(awk 'NF {place = $2} END {print place}' "$(newest_history)")'), 9)")
    last=$(last_segment)
    if ! grep -q 'recovery stopping before commit' "$scratch/log" && [[ -n $last && $last > $reached ]]; then
        fail "the archive is damaged or has a gap after segment $reached, and goes on to $last: what is older than $(last_commit) can be restored with --to"
    fi
    kill -INT "$server"
    wait "$server" || fail_recovery
    server=''
    [ ! -d "$PGDATA" ] || rmdir "$PGDATA"
    mv "$PGDATA.restoring" "$PGDATA"
    if [ -n "$NODE" ] && [ -w "$ROLE_DIR" ]; then
        echo "$NODE" >"$ROLE_DIR/.primary.$NODE"
        mv "$ROLE_DIR/.primary.$NODE" "$ROLE_DIR/primary"
    fi
    say "database restored; its last commit is of $(last_commit)"
}

newest_history() {
    find "$PGDATA.restoring/pg_wal" -name '*.history' | sort | tail -n 1
}

last_commit() {
    local commit
    commit=$(sed -n 's/.*last completed transaction was at log time //p' "$scratch/log" | tail -n 1)
    echo "${commit:-before the backup}"
}

fail_recovery() {
    fail "PostgreSQL could not recover: $(grep -E 'FATAL|PANIC' "$scratch/log" | tail -n 1 | sed 's/.*\(FATAL\|PANIC\): *//')"
}

restore_files() {
    local name folder live
    check_empty "$FILES_DIR"
    check_empty "$PLUGINS_DIR"
    name=$(newest "$files")
    [ -n "$name" ] || fail "there is no snapshot of the files${to:+ that is not younger than $to}: restore.sh list says what there is"
    for folder in "files $FILES_DIR" "plugins $PLUGINS_DIR"; do
        live=${folder#* }
        tar -C "$files/$name/${folder%% *}" -cf - . | tar -C "$live" --no-same-owner --no-overwrite-dir -xpf - || {
            find "$FILES_DIR" "$PLUGINS_DIR" -mindepth 1 ! -name lost+found -delete
            fail "$live could not be filled from the snapshot of $name, and is empty again"
        }
        [ "$(id -u)" != 0 ] || chown -R --no-dereference --reference="$live" "$live"
    done
    say "files restored as of $name"
}

server=''
trap '[ -z "$server" ] || { kill -INT "$server" 2>/dev/null && wait "$server" || true; }
    [ -z "$scratch" ] || rm -rf "$scratch" "$PGDATA.restoring"' EXIT
trap 'exit 1' TERM INT
command=${1:-}
[ $# = 0 ] || shift
[ -d "$base" ] && [ -d "$files" ] || fail "$BACKUPS_DIR holds no backups"
case $command in
    list) list ;;
    fetch) fetch "$@" ;;
    database)
        parse "$@"
        database
        ;;
    files)
        parse "$@"
        restore_files
        ;;
    *) fail "say what: list, database or files" ;;
esac
