#!/bin/sh
# One instance of a service of which nginx asks those that are ready: READY is the file that says so.
#
#   instance.sh run READY DRAIN_SECONDS STOP_SECONDS COMMAND...
#       runs the service. Told to end, it takes the file away first, goes on for so long as nginx may still send what it
#       had begun to, and only then tells the service. It ends as the service does.
#   instance.sh check READY SECONDS COMMAND...
#       asks the service how it is. A good answer makes it ready. Three bad ones in a row take it out of service, and
#       eighteen make it start again by Docker's restart policy: with a check every ten seconds half a minute and three
#       minutes, so that one that is only busy has time to become free, and one that hangs does not stay.
set -u

LEAVING=/tmp/instance-leaves
FAILURES=/tmp/instance-failures
OUT=3
RESTART=18

leave() {
    trap '' TERM INT
    : >"$LEAVING"
    rm -f "$READY"
    sleep "$drain"
    kill -TERM "$service" 2>/dev/null
    { sleep "$stop" && kill -KILL "$service" 2>/dev/null; } &
}

run() {
    drain=$1 stop=$2
    shift 2
    rm -f "$READY" "$LEAVING" "$FAILURES"
    "$@" &
    service=$!
    trap leave TERM INT
    # A signal ends `wait` before the service has ended.
    while
        wait "$service"
        ended=$?
        kill -0 "$service" 2>/dev/null
    do :; done
    rm -f "$READY"
    exit "$ended"
}

check() {
    seconds=$1
    shift
    if timeout "$seconds" "$@"; then
        rm -f "$FAILURES"
        : >"$READY"
        # Whoever wrote first, what leaves is not ready.
        if [ -e "$LEAVING" ]; then rm -f "$READY"; fi
        exit 0
    fi
    # Until its first good answer it is starting, which may take long.
    if [ -e "$READY" ] || [ -e "$FAILURES" ]; then
        echo >>"$FAILURES"
        failures=$(wc -l <"$FAILURES")
        if [ "$failures" -ge "$OUT" ]; then rm -f "$READY"; fi
        if [ "$failures" -ge "$RESTART" ]; then kill -TERM 1; fi
    fi
    exit 1
}

task=$1 READY=$2
shift 2
"$task" "$@"
