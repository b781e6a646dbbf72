#!/bin/bash
# Healthy: PostgreSQL takes clients and plays the role that the role folder gives this node; a node that follows is also
# streaming or catching up. Variables as in postgres_node.sh.
set -euo pipefail

: "${NODE:?}" "${PGPORT:=5432}" "${ROLE_DIR:=/var/lib/dify/role}" "${SOCKET_DIR:=/var/run/postgresql}"

fail() {
    echo "postgres_health: $1" >&2
    exit 1
}

sql() {
    PGCONNECT_TIMEOUT=5 psql -XqAt -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -p "$PGPORT" -U postgres -d postgres -c "$1" 2>/dev/null
}

named=$(cat "$ROLE_DIR/primary" 2>/dev/null) || fail "no node is named primary yet"
[ -e "$SOCKET_DIR/ready" ] || fail "node $NODE is not ready"
recovering=$(sql 'SELECT pg_is_in_recovery()') || fail "node $NODE takes no clients"
case $named$recovering in
    "$NODE"f) echo "postgres_health: node $NODE is primary" && exit 0 ;;
    "$NODE"t) fail "node $NODE is named primary and still follows" ;;
    ?f) fail "node $NODE runs as primary and node $named is named" ;;
esac
[ -z "$(sql "SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'")" ] ||
    { echo "postgres_health: node $NODE is streaming" && exit 0; }
before=$(sql 'SELECT pg_last_wal_replay_lsn()') || fail "node $NODE takes no clients"
sleep 1
after=$(sql 'SELECT pg_last_wal_replay_lsn()') || fail "node $NODE takes no clients"
[ "$before" != "$after" ] || fail "node $NODE does not receive anything from node $named"
echo "postgres_health: node $NODE is catching up"
