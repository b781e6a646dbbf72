# shellcheck shell=bash disable=SC2154
# Part of postgres_node.sh: the folder of data, made empty or as a copy of the primary's.
#
#   PGDATA             what a server runs on; whole, unless PGDATA.unfinished is there
#   PGDATA.new         the next one, being made
#   PGDATA.old         the one before, while the next takes its place
#   PGDATA.unfinished  says that PGDATA is no whole copy: it is copied anew
#   PGDATA.lock        held by the server that runs

# No two servers on one folder, not even from two containers; the server keeps the lock when this script is killed.
lock() {
    exec 9>"$PGDATA.lock"
    flock -w 5 9 || fail "$PGDATA is in use by another server: stop that one first"
    rm -f "$PGDATA/postmaster.pid" "$SOCKET_DIR"/.s.PGSQL.* "$ready"
    [ -e "$PGDATA" ] || [ ! -e "$PGDATA.old" ] || mv "$PGDATA.old" "$PGDATA"
    rm -rf "$PGDATA.new" "$PGDATA.old"
}

control() {
    pg_controldata -D "$PGDATA" 2>/dev/null | sed -n "s/^$1: *//p"
}

check_version() {
    local data image
    data=$(cat "$PGDATA/PG_VERSION") image=$(postgres --version | sed 's/.* \([0-9]*\).*/\1/')
    [ "$data" = "$image" ] || fail "the data are PostgreSQL $data's, the image brings $image: use an image of $data"
}

create() {
    say "making an empty database"
    # Collations of C do not change with the image's C library, so indexes outlive its updates.
    run initdb -D "$PGDATA.new" -U postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
        --auth=scram-sha-256 --pwfile="$SECRETS_DIR/superuser-password" >/dev/null || fail "initdb failed"
    mv "$PGDATA.new" "$PGDATA"
}

# Anything of another database is somebody's data, and not for this script to remove.
check_same_database() {
    local here there
    here=$(control 'Database system identifier') there=$(peer_sql 'SELECT system_identifier FROM pg_control_system()')
    [ "$here" = "$there" ] ||
        fail "$PGDATA holds another database (system identifier ${here:-unreadable}) than node $peer ($there): move it away"
}

base_backup() {
    local slot="node_$NODE"
    say "copying node $peer"
    if ! {
        peer_sql "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                  WHERE slot_name = '$slot' AND wal_status = 'lost'" &&
            peer_sql "SELECT pg_create_physical_replication_slot('$slot', true)
                      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" &&
            PGPASSFILE=$passfile run pg_basebackup -D "$PGDATA.new" -h "$PEER_HOST" -p "$PEER_PORT" -U replication \
                --no-password --wal-method=stream --slot="$slot" --checkpoint=fast
    } >/dev/null; then
        fail "node $peer could not be copied; what is here stays as it is"
    fi
    touch "$PGDATA.new/standby.signal"
    sync "$PGDATA.new/standby.signal"
    [ ! -e "$PGDATA" ] || mv "$PGDATA" "$PGDATA.old"
    mv "$PGDATA.new" "$PGDATA"
    rm -rf "$PGDATA.old" "$PGDATA.unfinished"
}

# Makes the data a copy of the primary's again; what only this node has was never replicated and goes.
rejoin() {
    local told=''
    until peer_is_primary; do
        [ "$(named)" = "$peer" ] || fail "$ROLE_DIR/primary has changed: starting again"
        [ -n "$told" ] || say "waiting for node $peer to answer as primary"
        told=yes
        pause 2
    done
    [ ! -e "$PGDATA" ] || check_same_database
    if [ -e "$PGDATA" ] && [ ! -e "$PGDATA.unfinished" ]; then
        say "rewinding what was primary to where node $peer took over"
        touch "$PGDATA.unfinished"
        write_settings
        if run pg_rewind --target-pgdata="$PGDATA" --source-server="host=$PEER_HOST port=$PEER_PORT user=replication \
            dbname=postgres passfile=$passfile"; then
            touch "$PGDATA/standby.signal"
            sync "$PGDATA/standby.signal"
            rm "$PGDATA.unfinished"
            return
        fi
    fi
    base_backup
}
