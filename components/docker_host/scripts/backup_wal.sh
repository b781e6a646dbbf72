# shellcheck shell=bash disable=SC2034,SC2154
# Part of backup.sh: the archive of every change of the database.

slot=backup
receiver=''

# Starts pg_receivewal where it is not running; after a promotion it goes on with the new primary.
tend_receiver() {
    if [ -n "$receiver" ] && kill -0 "$receiver" 2>/dev/null; then
        [ -z "$(sql "SELECT 1 FROM pg_replication_slots JOIN pg_stat_replication ON pid = active_pid
                     WHERE slot_name = '$slot' AND state = 'streaming'" 2>/dev/null)" ] || {
            touch "$state/streaming"
            rm -f "$state/wal.failure"
        }
        return 0
    fi
    if [ -s "$state/receiver.errors" ]; then
        one_line "$state/receiver.errors" | tee "$state/wal.failure" | sed 's/^/backup: wal: /' >&2
        # An error without words: the last timeline ended with a segment, which pg_receivewal cannot go on from.
        if grep -Eq "already been removed|not in this server's history|ahead of the WAL flush position|_REPLICATION\": *$" \
            "$state/receiver.errors"; then
            say "wal: the archive cannot be continued: it begins anew, with a whole backup"
            find "$wal" -maxdepth 1 -type f ! -name '*.history' -exec mv -ft "$wal/earlier" {} +
            touch "$state/gap"
            next[full]=0 # also where it has just failed
        fi
        : >"$state/receiver.errors"
    fi
    (check_same_database) 2>"$state/receiver.errors" || return 0
    sql "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot' AND wal_status = 'lost'
         " >/dev/null 2>&1 || return 0
    sql "SELECT pg_create_physical_replication_slot('$slot', true)
         WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" >/dev/null 2>&1 || return 0
    pg_receivewal -D "$wal" --slot="$slot" --status-interval=1 --no-loop --no-password 2>"$state/receiver.errors" 8>&- &
    receiver=$!
}

compress() {
    local segment
    for segment in "$wal"/????????????????????????; do
        [ -e "$segment" ] || continue
        gzip -3 -c "$segment" >"$segment.part" && sync "$segment.part" && mv "$segment.part" "$segment.gz" && rm "$segment"
    done
}
