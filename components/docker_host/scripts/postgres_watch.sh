# shellcheck shell=bash disable=SC2154
# Part of postgres_node.sh: what it does while the server runs.

stuck_looks=6 # without a byte of progress, until this node is built anew
progress='' stuck=0

# To the end of the server, and of this node with it.
supervise() {
    local code=0 second=0
    while kill -0 "$server" 2>/dev/null; do
        sleep 1 9>&- &
        wait -n || true
        [ -n "$stopping" ] || watch
    done
    wait "$server" || code=$?
    if [ "$mode" = primary ] && [ "$(named)" = "$NODE" ]; then
        record_last_position
    fi
    rm -f "$ready"
    say "PostgreSQL has ended with $code"
    exit "$code"
}

# Every second: whether it may still be primary. Now and then: how it stands.
watch() {
    local name
    name=$(named 2>/dev/null) || return 0
    if [ "$mode" = primary ] && [ "$name" = "$peer" ]; then
        say "$ROLE_DIR/primary names node $peer: node $NODE stops being primary"
        stopping=yes
        kill -INT "$server"
    elif [ "$mode" = standby ] && [ ! -e "$ready" ]; then
        note_following
    fi
    if ((++second % WATCH_SECONDS == 0)) && [ -z "$stopping" ]; then
        if [ "$mode" = primary ]; then record_position; else watch_standby; fi
    fi
}

note_following() {
    # A slot of its time as primary would keep what nobody fetches.
    sql 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active' >/dev/null 2>&1 || return 0
    touch "$ready"
    say "node $NODE follows node $peer"
}

watch_standby() {
    local now
    if [ "$(named)" = "$NODE" ]; then
        [ "$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null)" != f ] || become_primary
        return 0
    fi
    now=$(standing)
    if [[ $now == streaming* ]] || [ "$now" != "$progress" ] || ! peer_is_primary; then
        progress=$now stuck=0
        return 0
    fi
    ((++stuck < stuck_looks)) && return 0
    say "node $NODE cannot follow node $peer any more: it is copied anew"
    touch "$PGDATA.unfinished"
    stopping=yes
    kill -INT "$server"
}

# Streaming, or where it has come to; before it takes clients only the title of its process says so.
standing() {
    sql "SELECT coalesce((SELECT status FROM pg_stat_wal_receiver), 'none'), pg_last_wal_replay_lsn()" 2>/dev/null ||
        grep -aho "node_$NODE: startup [a-z]* [0-9A-F]*" /proc/[0-9]*/cmdline 2>/dev/null | sort -u || true
}
