# shellcheck shell=bash disable=SC2154
# Part of backup.sh: what is too old to be kept.

keep_hourly=$((2 * 86400)) # older days keep their last snapshot

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
    local name next='' kept now
    now=$(date +%s) kept=$(oldest_kept "$base")
    for name in $(whole "$base"); do
        [[ $name > $kept || $name = "$kept" ]] || rm -rf "${base:?}/$name"
    done
    if [ -n "$kept" ]; then
        pg_archivecleanup -x .gz "$wal" "$(cat "$base/$kept/start-wal")"
        pg_archivecleanup -x .gz "$wal/earlier" "$(cat "$base/$kept/start-wal")"
    fi
    kept=$(oldest_kept "$files")
    for name in $(whole "$files" | sort -r); do
        if [[ $name < $kept ]] || { [ "${name%T*}" = "${next%T*}" ] && [ "$(seconds "$name")" -lt $((now - keep_hourly)) ]; }; then
            chmod -R u+rwX "${files:?}/$name" && rm -rf "${files:?}/$name"
        else
            next=$name
        fi
    done
}
