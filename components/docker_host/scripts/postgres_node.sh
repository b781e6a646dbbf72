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
set -euo pipefail
umask 077

: "${NODE:=}" "${PEER_HOST:=}" "${PEER_PORT:=5432}" "${POSTGRES_SETTINGS:=}" "${POSTGRES_SYNCHRONOUS:=off}"
: "${POSTGRES_EXTENSIONS=vector}" "${WATCH_SECONDS:=10}" "${ROLE_DIR:=/var/lib/dify/role}"
export PGDATA=${PGDATA:-/var/lib/postgresql/data/pgdata} PGPORT=${PGPORT:-5432}
export SECRETS_DIR=${SECRETS_DIR:-/run/secrets/dify} SOCKET_DIR=${SOCKET_DIR:-/var/run/postgresql}

passfile=$SOCKET_DIR/replication.pgpass
ready=$SOCKET_DIR/ready
stuck_looks=6 # without a byte of progress, until this node is built anew
mode='' server='' child='' stopping='' progress='' stuck=0

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

# keep FILE TEXT: whole or not at all.
keep() {
    printf '%s\n' "$2" >"$ROLE_DIR/.$1.$NODE"
    sync "$ROLE_DIR/.$1.$NODE"
    mv "$ROLE_DIR/.$1.$NODE" "$ROLE_DIR/$1"
}

# Which node is primary; nothing where no node was named yet.
named() {
    local name=''
    [ -e "$ROLE_DIR/primary" ] || return 0
    read -r name <"$ROLE_DIR/primary" || true
    case $name in
        a | b) echo "$name" ;;
        *) fail "$ROLE_DIR/primary says '$name': write the node that is primary into it, a or b" ;;
    esac
}

control() {
    pg_controldata -D "$PGDATA" 2>/dev/null | sed -n "s/^$1: *//p"
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

# No two servers on one folder, not even from two containers; the server keeps the lock when this script is killed.
lock() {
    exec 9>"$PGDATA.lock"
    flock -w 5 9 || fail "$PGDATA is in use by another server: stop that one first"
    rm -f "$PGDATA/postmaster.pid" "$SOCKET_DIR"/.s.PGSQL.* "$ready"
    [ -e "$PGDATA" ] || [ ! -e "$PGDATA.old" ] || mv "$PGDATA.old" "$PGDATA"
    rm -rf "$PGDATA.new" "$PGDATA.old"
}

wait_for_name() {
    local told='' name
    while name=$(named) && [ -z "$name" ]; do
        [ ! -e "$PGDATA" ] && [ ! -e "$ROLE_DIR/system-identifier" ] ||
            fail "$ROLE_DIR/primary is gone, and there are data: write the node that was primary last into it, a or b"
        if [ "$NODE" = a ]; then
            keep primary a
        else
            [ -n "$told" ] || say "waiting for node $peer to become the first primary"
            told=yes
            pause 1
        fi
    done
    [ -n "$name" ] || exit 1
}

check_version() {
    local data image
    data=$(cat "$PGDATA/PG_VERSION") image=$(postgres --version | sed 's/.* \([0-9]*\).*/\1/')
    [ "$data" = "$image" ] || fail "the data are PostgreSQL $data's, the image brings $image: use an image of $data"
}

write_settings() {
    cat >"$PGDATA/postgresql.conf" <<SETTINGS
# Written by postgres_node.sh at each start; POSTGRES_SETTINGS is the place for changes.
max_connections = 200
wal_compression = on
# What was written since the last common checkpoint is what pg_rewind needs of a former primary.
wal_keep_size = 1GB
# A follower that stays away costs this much space and then a base backup, not the disk.
max_slot_wal_keep_size = 8GB
log_timezone = UTC
timezone = UTC
$POSTGRES_SETTINGS
listen_addresses = '*'
port = $PGPORT
unix_socket_directories = '$SOCKET_DIR'
unix_socket_permissions = 0700
password_encryption = scram-sha-256
wal_level = replica
hot_standby = on
max_wal_senders = 10
max_replication_slots = 10
cluster_name = 'node_$NODE'
primary_conninfo = 'host=$PEER_HOST port=$PEER_PORT user=replication application_name=node_$NODE passfile=$passfile connect_timeout=10'
primary_slot_name = 'node_$NODE'
recovery_target_timeline = latest
synchronous_standby_names = '$([ "$POSTGRES_SYNCHRONOUS" = off ] || echo "node_$peer")'
SETTINGS
    cat >"$PGDATA/pg_hba.conf" <<RULES
local all         postgres    peer map=node
host  dify        dify        all scram-sha-256
host  dify_plugin dify_plugin all scram-sha-256
host  postgres    replication all scram-sha-256
host  replication replication all scram-sha-256
RULES
    echo "node $(id -un) postgres" >"$PGDATA/pg_ident.conf"
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

start() {
    check_version
    write_settings
    postgres -D "$PGDATA" &
    server=$!
}

# Safe to repeat: also what an interrupted first start, a changed password or a restored backup needs.
own_roles() {
    psql -Xq -v ON_ERROR_STOP=1 -v peer_slot="node_$peer" -h "$SOCKET_DIR" -U postgres -d postgres >/dev/null <<'ROLES' || return 1
SET synchronous_commit = local;
SET client_min_messages = warning;
-- Passwords stay out of the log, also where a statement fails.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track_utility = off;
\set superuser_password `cat "$SECRETS_DIR/superuser-password"`
\set replication_password `cat "$SECRETS_DIR/replication-password"`
\set dify_password `cat "$SECRETS_DIR/dify-password"`
\set plugin_password `cat "$SECRETS_DIR/plugin-password"`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['dify', 'dify_plugin', 'replication']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE postgres PASSWORD :'superuser_password';
ALTER ROLE replication LOGIN REPLICATION PASSWORD :'replication_password';
ALTER ROLE dify LOGIN PASSWORD :'dify_password';
ALTER ROLE dify_plugin LOGIN PASSWORD :'plugin_password';
-- What pg_rewind asks of its source (PostgreSQL manual, pg_rewind, notes).
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO replication;
-- The backup sees by it how far it is behind.
GRANT pg_read_all_stats TO replication;
SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM unnest(ARRAY['dify', 'dify_plugin']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE ALL ON DATABASE dify, dify_plugin FROM PUBLIC;
SELECT pg_create_physical_replication_slot(name, true) FROM unnest(ARRAY['backup', :'peer_slot']) AS name
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name);
ROLES
    local extension
    for extension in $POSTGRES_EXTENSIONS; do
        PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -U postgres -d dify \
            -c "CREATE EXTENSION IF NOT EXISTS \"$extension\"" || return 1
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

# What the standby must have received before it may take over.
record_position() {
    local position
    position=$(sql 'SELECT pg_current_wal_flush_lsn()' 2>/dev/null) || return 0
    keep position "$position $(date -u +%FT%TZ)"
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

note_following() {
    # A slot of its time as primary would keep what nobody fetches.
    sql 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active' >/dev/null 2>&1 || return 0
    touch "$ready"
    say "node $NODE follows node $peer"
}

# Streaming, or where it has come to; before it takes clients only the title of its process says so.
standing() {
    sql "SELECT coalesce((SELECT status FROM pg_stat_wal_receiver), 'none'), pg_last_wal_replay_lsn()" 2>/dev/null ||
        grep -aho "node_$NODE: startup [a-z]* [0-9A-F]*" /proc/[0-9]*/cmdline 2>/dev/null | sort -u || true
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

supervise() {
    local code=0 second=0
    while kill -0 "$server" 2>/dev/null; do
        sleep 1 9>&- &
        wait -n || true
        [ -n "$stopping" ] || watch
    done
    wait "$server" || code=$?
    if [ "$mode" = primary ] && [ "$(named)" = "$NODE" ] && [ "$(control 'Database cluster state')" = 'shut down' ]; then
        keep position "$(control 'Latest checkpoint location') $(date -u +%FT%TZ)"
    fi
    rm -f "$ready"
    say "PostgreSQL has ended with $code"
    exit "$code"
}

trap on_signal TERM INT
trap on_exit EXIT
check_environment
lock
wait_for_name
if [ "$(named)" = "$NODE" ]; then start_primary; else start_standby; fi
supervise
