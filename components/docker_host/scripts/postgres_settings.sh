# shellcheck shell=bash disable=SC2154
# Part of postgres_node.sh: how the server is set, and who may connect to it from where.

# Afresh at each start; POSTGRES_SETTINGS cannot change what comes after them.
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
