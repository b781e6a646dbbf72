# shellcheck shell=bash disable=SC2154
# Part of backup.sh: what is too old to be kept.

keep_hourly=$((2 * 86400)) # older days keep their last snapshot

# Whether the clock has not jumped for a day (backup_schedule.sh).
clock_is_steady() {
    local jumped
    jumped=$(stat -c %Y "$state/clock-jumped" 2>/dev/null) || return 0
    [ $(($(date +%s) - jumped)) -ge 86400 ]
}

# oldest_kept FOLDER: the newest that is old enough to begin the time that can be restored.
oldest_kept() {
    local name kept='' cutoff=$(($(date +%s) - BACKUP_RETENTION_DAYS * 86400))
    for name in $(whole "$1"); do
        [ -z "$kept" ] || [ "$(seconds "$name")" -le "$cutoff" ] || break
        kept=$name
    done
    echo "$kept"
}

expire() {
    local name next='' kept now start
    clock_is_steady || return 0
    now=$(date +%s) kept=$(oldest_kept "$base")
    for name in $(whole "$base"); do
        [[ $name > $kept || $name = "$kept" ]] || rm -rf "${base:?}/$name"
    done
    if [ -n "$kept" ]; then
        # By its place in the log, which starts with its ninth digit: names may be of a clock that was wrong.
        start=$(cat "$base"/*Z/start-wal | sort -k 1.9 | head -n 1)
        pg_archivecleanup -x .gz "$wal" "$start"
        pg_archivecleanup -x .gz "$wal/earlier" "$start"
    fi
    kept=$(oldest_kept "$files")
    for name in $(whole "$files" | sort -r); do
        if [[ $name < $kept ]] || { [ "${name%T*}" = "${next%T*}" ] && [ "$(seconds "$name")" -lt $((now - keep_hourly)) ]; }; then
            remove "${files:?}/$name"
        else
            next=$name
        fi
    done
}
