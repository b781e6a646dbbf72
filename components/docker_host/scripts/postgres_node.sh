#!/bin/bash
# One node of the PostgreSQL pair. The file `primary` in the role folder names the node that is primary, and nothing else
# does: a node that is not named follows the other one, whatever it was before.
#
#   NODE                  a or b: this node
#   PEER_HOST, PEER_PORT  where the other node listens; 5432
#   PGDATA, PGPORT        this node's data and port; the folder of PGDATA must take a second copy while a node is rebuilt
#   POSTGRES_SETTINGS     lines of postgresql.conf, no secret among them
#   POSTGRES_SYNCHRONOUS  on: a commit waits for the other node, and for ever where there is none; off
#   POSTGRES_EXTENSIONS   made in the database dify; vector
#   WATCH_SECONDS         between two looks at the own and the other node; 10
#   SECRETS_DIR           superuser-password, replication-password, dify-password, plugin-password
#   ROLE_DIR, SOCKET_DIR  shared with the other node; of this node alone
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
umask 077

: "${NODE:=}" "${PEER_HOST:=}" "${PEER_PORT:=5432}" "${POSTGRES_SETTINGS:=}" "${POSTGRES_SYNCHRONOUS:=off}"
: "${POSTGRES_EXTENSIONS=vector}" "${WATCH_SECONDS:=10}" "${ROLE_DIR:=/var/lib/dify/role}"
export PGDATA=${PGDATA:-/var/lib/postgresql/data/pgdata} PGPORT=${PGPORT:-5432}
export SECRETS_DIR=${SECRETS_DIR:-/run/secrets/dify} SOCKET_DIR=${SOCKET_DIR:-/var/run/postgresql}

passfile=$SOCKET_DIR/replication.pgpass
ready=$SOCKET_DIR/ready
mode='' server='' child='' stopping=''

scripts=$(dirname "${BASH_SOURCE[0]}")
. "$scripts/postgres_role_folder.sh"
. "$scripts/postgres_data.sh"
. "$scripts/postgres_settings.sh"
. "$scripts/postgres_watch.sh"
# Read now: another release may have replaced it when this node becomes primary.
roles=$(<"$scripts/postgres_roles.sql")

say() {
    echo "postgres_node: $1"
}

fail() {
    echo "postgres_node: $1" >&2
    exit 1
}

# shellcheck disable=SC2329  # a trap calls it
on_signal() {
    stopping=yes
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    [ -n "$server" ] || exit 0
    # SIGTERM would wait until every client has left.
    kill -INT "$server" 2>/dev/null || true
}

# No server outlives a node that gives up.
# shellcheck disable=SC2329  # a trap calls it
on_exit() {
    local code=$?
    if [ -n "$server" ] && kill -INT "$server" 2>/dev/null; then
        wait "$server" || true
    fi
    exit "$code"
}

# run COMMAND...: to its end, or to the signal that ends this node.
run() {
    local code=0
    "$@" &
    child=$!
    wait "$child" || code=$?
    child=''
    return "$code"
}

pause() {
    run sleep "$1" 9>&- || true
}

sql() {
    psql -XqAt -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -U postgres -d postgres -c "$1"
}

peer_sql() {
    PGPASSFILE=$passfile PGCONNECT_TIMEOUT=3 \
        psql -XqAtw -v ON_ERROR_STOP=1 -h "$PEER_HOST" -p "$PEER_PORT" -U replication -d postgres -c "$1"
}

peer_is_primary() {
    [ "$(peer_sql 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]
}

check_environment() {
    local line password
    case $NODE in a | b) ;; *) fail "NODE: '$NODE' is not a or b" ;; esac
    peer=$([ "$NODE" = a ] && echo b || echo a)
    [[ $PEER_HOST =~ ^[A-Za-z0-9._-]+$ ]] || fail "PEER_HOST: '$PEER_HOST' is not a host name"
    case $POSTGRES_SYNCHRONOUS in on | off) ;; *) fail "POSTGRES_SYNCHRONOUS: '$POSTGRES_SYNCHRONOUS' is not on or off" ;; esac
    while read -r line; do
        [[ -z $line || $line =~ ^[a-z_.]+\ *=\ *[^\ ] ]] || fail "POSTGRES_SETTINGS: '$line' is not name = value"
    done <<<"$POSTGRES_SETTINGS"
    for password in superuser replication dify plugin; do
        [ -s "$SECRETS_DIR/$password-password" ] ||
            fail "$SECRETS_DIR/$password-password is missing, empty or closed to $(id -un): run secret-keeper first"
    done
    [ -w "$ROLE_DIR" ] || fail "$ROLE_DIR cannot be written by $(id -un)"
    sed -n '1{s/[:\\]/\\&/g;s/^/*:*:*:replication:/p}' "$SECRETS_DIR/replication-password" >"$passfile"
}

start() {
    check_version
    write_settings
    postgres -D "$PGDATA" &
    server=$!
}

# Safe to repeat: also what an interrupted first start, a changed password or a restored backup needs. It waits for no
# standby: the first one starts when this node is ready.
own_roles() {
    local -x PGOPTIONS='-c synchronous_commit=local -c client_min_messages=warning'
    local extension to=(psql -Xq -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -U postgres)
    "${to[@]}" -d postgres -v peer_slot="node_$peer" <<<"$roles" >/dev/null || return 1
    for extension in $POSTGRES_EXTENSIONS; do
        "${to[@]}" -d dify -c "CREATE EXTENSION IF NOT EXISTS \"$extension\"" || return 1
    done
}

become_primary() {
    mode=primary
    own_roles || fail "roles and databases could not be made"
    keep system-identifier "$(control 'Database system identifier')"
    record_position
    touch "$ready"
    say "node $NODE is primary"
}

start_primary() {
    local recovering
    if [ ! -e "$PGDATA" ]; then
        [ ! -e "$ROLE_DIR/system-identifier" ] ||
            fail "the primary's data are gone: promote node $peer, or restore a backup; or remove $ROLE_DIR/system-identifier for an empty database"
        create
    fi
    [ ! -e "$PGDATA.unfinished" ] ||
        fail "node $NODE has no whole data, an interrupted rejoin left them so: promote node $peer, or restore a backup"
    start
    until recovering=$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null); do
        kill -0 "$server" 2>/dev/null || return 0
        pause 0.2
    done
    if [ "$recovering" = t ]; then
        say "ending an interrupted promotion"
        sql 'SELECT pg_promote(true, 600)' >/dev/null || fail "the promotion could not be ended"
        # pg_rewind reads the new timeline from the last checkpoint.
        sql CHECKPOINT
    fi
    become_primary
}

start_standby() {
    mode=standby
    [ -e "$PGDATA/standby.signal" ] && [ ! -e "$PGDATA.unfinished" ] || rejoin
    start
}

trap on_signal TERM INT
trap on_exit EXIT
check_environment
lock
wait_for_name
if [ "$(named)" = "$NODE" ]; then start_primary; else start_standby; fi
supervise
