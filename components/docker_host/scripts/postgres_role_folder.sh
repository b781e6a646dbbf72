# shellcheck shell=bash disable=SC2154
# Part of postgres_node.sh and postgres_promote.sh: ROLE_DIR, the folder that both nodes share.
#
#   primary            the node that is primary: a or b
#   system-identifier  of the pair's database, once there is one
#   position           what the primary has written, and when that was looked at

# keep FILE TEXT: whole or not at all.
keep() {
    printf '%s\n' "$2" >"$ROLE_DIR/.$1.$NODE" &&
        sync "$ROLE_DIR/.$1.$NODE" &&
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

# Node a becomes the first primary where neither has data.
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

# What the standby must have received before it may take over. A primary outlives a disk that is full, but not an old
# position with it, by which rows would be lost unseen.
record_position() {
    local position
    position=$(sql 'SELECT pg_current_wal_flush_lsn()' 2>/dev/null) || return 0
    keep position "$position $(date -u +%FT%TZ)" || rm -f "$ROLE_DIR/position" || true
}

# The same of a server that was shut down as primary.
record_last_position() {
    [ "$(control 'Database cluster state')" = 'shut down' ] || return 0
    keep position "$(control 'Latest checkpoint location') $(date -u +%FT%TZ)" || rm -f "$ROLE_DIR/position" || true
}
