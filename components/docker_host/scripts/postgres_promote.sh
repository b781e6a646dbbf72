#!/bin/bash
# Makes the node it runs in the primary. Whoever calls it has stopped the other node before and starts it afterwards.
# Safe to repeat after any interruption. Variables as in postgres_node.sh.
#
#   --accept-loss   also where this node lacks what the primary had written last
#
# Exit code: 0 this node is primary, 1 it is not and nothing has changed, 2 named primary and not promoted yet: repeat.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

: "${NODE:?}" "${PEER_HOST:?}" "${PEER_PORT:=5432}" "${PGPORT:=5432}"
: "${ROLE_DIR:=/var/lib/dify/role}" "${SOCKET_DIR:=/var/run/postgresql}"
peer=$([ "$NODE" = a ] && echo b || echo a)
. "$(dirname "${BASH_SOURCE[0]}")/postgres_role_folder.sh"

say() {
    echo "postgres_promote: $1"
}

fail() {
    echo "postgres_promote: $1" >&2
    exit "${2:-1}"
}

sql() {
    PGCONNECT_TIMEOUT=5 psql -XqAt -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -p "$PGPORT" -U postgres -d postgres -c "$1"
}

peer_recovering() {
    PGPASSFILE=$SOCKET_DIR/replication.pgpass PGCONNECT_TIMEOUT=3 psql -XqAtw -h "$PEER_HOST" -p "$PEER_PORT" \
        -U replication -d postgres -c 'SELECT pg_is_in_recovery()' 2>/dev/null
}

# Waits for the end of what was received, then says whether it is all that the primary wrote.
check_received() {
    local written='' at='' received tries=0
    until [ "$(sql "SELECT coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), true)")" = t ]; do
        ((++tries < 3000)) || fail "node $NODE does not replay what it has received"
        sleep 0.2
    done
    received=$(sql 'SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())')
    read -r written at <"$ROLE_DIR/position" || true
    [ -n "$written" ] || fail "$ROLE_DIR/position is missing: what node $peer had written is not known; --accept-loss promotes anyway"
    [ "$(sql "SELECT '$written'::pg_lsn <= '$received'")" = t ] ||
        fail "node $NODE has received up to $received, node $peer had written up to $written at $at: start node $peer again, or lose the difference with --accept-loss"
}

case ${1:-} in '' | --accept-loss) ;; *) fail "unknown argument $1: there is only --accept-loss" ;; esac
exec 8>"$ROLE_DIR/.promotion"
flock -w 60 8 || fail "another promotion is running"

named=$(cat "$ROLE_DIR/primary" 2>/dev/null) || fail "no node is named primary yet"
recovering=$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null) || fail "node $NODE takes no clients: start it first"
if [ "$recovering" = f ]; then
    [ "$named" = "$NODE" ] || fail "node $NODE runs as primary and node $named is named: stop node $NODE"
    say "node $NODE is primary"
    exit 0
fi
if [ "$named" != "$NODE" ]; then
    [ "$(peer_recovering)" != f ] || fail "node $peer still runs as primary: stop it first"
    [ "${1:-}" = --accept-loss ] || check_received
    keep primary "$NODE"
fi
[ "$(sql 'SELECT pg_promote(true, 600)')" = t ] || fail "node $NODE is named primary and not promoted yet: repeat this" 2
# Keeps from now on what the other node needs to come back, and what the backup has not fetched.
sql "SELECT pg_create_physical_replication_slot(name, true) FROM unnest(ARRAY['backup', 'node_$peer']) AS name
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name)" >/dev/null
# pg_rewind reads the new timeline from the last checkpoint.
sql CHECKPOINT
say "node $NODE is primary"
