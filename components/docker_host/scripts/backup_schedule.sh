# shellcheck shell=bash disable=SC2154
# Part of backup.sh: what is taken when, for ever.

retry_seconds=600
declare -A next=([full]=0 [files]=0) # when each may be tried again, in seconds since 1970
job=''

# due KIND: the last one is from before the last full hour, or the last BACKUP_HOUR.
due() {
    local now since when
    now=$(date +%s) when=$(last "$1")
    since=$((now - now % 3600))
    if [ "$1" = full ]; then
        [ ! -e "$state/gap" ] || return 0
        since=$((now - now % 86400 + 10#$BACKUP_HOUR * 3600))
        [ "$since" -le "$now" ] || since=$((since - 86400))
    fi
    [ -z "$when" ] || [ "$when" -lt "$since" ]
}

# What is old is told by the clock, so nothing is removed for a day after it jumped; a host that was off looks the same.
watch_clock() {
    local now before
    now=$(date +%s) before=$(stat -c %Y "$state/clock" 2>/dev/null || date +%s)
    ((now - before > -60 && now - before < 86400)) || touch "$state/clock-jumped"
    touch "$state/clock"
}

schedule() {
    local kind
    exec 8>"$state/scheduler"
    flock -n 8 || fail "the scheduler runs already"
    trap '[ -z "$receiver$job" ] || kill $receiver $job 2>/dev/null || true; wait; exit 0' TERM INT
    say "started"
    while :; do
        watch_clock
        tend_receiver
        for kind in full files; do
            [ -z "$job" ] || ! kill -0 "$job" 2>/dev/null || continue
            if [ "$(date +%s)" -ge "${next[$kind]}" ] && due "$kind"; then
                next[$kind]=$(($(date +%s) + retry_seconds))
                "$BASH" "$0" "${kind/full/now}" 8>&- &
                job=$!
            fi
        done
        compress || true
        write_status || true
        sleep "$WATCH_SECONDS" 8>&- &
        wait $! || true
    done
}
