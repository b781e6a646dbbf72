#!/bin/bash
# Backups of the database pair and of the files: every change of the database at once, files every hour, and a whole and
# verified copy of the database every day.
#
#   backup.sh         goes on for ever
#   backup.sh now     a whole backup at once
#   backup.sh files   a snapshot of the files at once
#   backup.sh check   how old the last of each is; exit code 1 where one is older than it may be
#
#   PGHOST, PGPORT, PGPASSFILE   both nodes, as libpq lists them; the one that takes writes is asked
#   BACKUPS_DIR                  base/TIME, files/TIME, wal, status.json
#   FILES_DIR, PLUGINS_DIR       what is taken a snapshot of
#   BACKUP_HOUR                  hour (UTC) of the daily whole backup; 3
#   BACKUP_RETENTION_DAYS        any moment of that many days can be restored; 30
#   WATCH_SECONDS                between two looks at what is due; 10
set -euo pipefail
umask 077

export PGHOST="${PGHOST:?both nodes, with a comma}" PGPORT="${PGPORT:-5432}" PGPASSFILE="${PGPASSFILE:-/run/secrets/dify/pgpass}"
export PGUSER=replication PGDATABASE=postgres PGTARGETSESSIONATTRS=read-write PGCONNECT_TIMEOUT=10 TZ=UTC
: "${BACKUPS_DIR:=/var/lib/dify/backups}" "${FILES_DIR:=/var/lib/dify/files}" "${PLUGINS_DIR:=/var/lib/dify/plugins}"
: "${BACKUP_HOUR:=3}" "${BACKUP_RETENTION_DAYS:=30}" "${WATCH_SECONDS:=10}"

declare -A oldest=([full]=$((26 * 3600)) [files]=$((2 * 3600)) [wal]=300) # seconds that `check` accepts
keep_hourly=$((2 * 86400))                                                 # older days keep their last snapshot
retry_seconds=600
slot=backup
receiver='' job=''
base=$BACKUPS_DIR/base files=$BACKUPS_DIR/files wal=$BACKUPS_DIR/wal state=$BACKUPS_DIR/state

say() {
    echo "backup: $1"
}

fail() {
    echo "backup: $1" >&2
    exit 1
}

sql() {
    psql -XqAtw -v ON_ERROR_STOP=1 -c "$1"
}

stamp() {
    date -u +%Y%m%dT%H%M%SZ
}

# seconds STAMP: since 1970.
seconds() {
    date -u -d "$(sed -E 's/(....)(..)(..)T(..)(..)(..)Z/\1-\2-\3 \4:\5:\6/' <<<"$1")" +%s
}

# The names in a folder that are whole, oldest first.
whole() {
    find "$1" -mindepth 1 -maxdepth 1 -name '????????T??????Z' -printf '%f\n' | sort
}

# last KIND: when the last one was made, in seconds; nothing where there is none.
last() {
    local name
    case $1 in
        wal) [ ! -e "$state/streaming" ] || stat -c %Y "$state/streaming" ;;
        *)
            name=$(whole "$BACKUPS_DIR/${1/full/base}" | tail -n 1)
            [ -z "$name" ] || seconds "$name"
            ;;
    esac
}

write_status() {
    local kind when failure text=''
    for kind in full files wal; do
        when=$(last "$kind") failure=null
        if [ -z "$when" ]; then when=null; else when=$(date -u -d "@$when" +'"%FT%TZ"'); fi
        [ ! -s "$state/$kind.failure" ] || failure="\"$(tr -d '\n' <"$state/$kind.failure" | sed 's/[\\"]/\\&/g')\""
        text+="${text:+, }\"$kind\": {\"last\": $when, \"failure\": $failure}"
    done
    echo "{$text}" >"$state/status.$BASHPID" && mv "$state/status.$BASHPID" "$BACKUPS_DIR/status.json"
}

# The files of another database in one archive could not be told apart.
check_same_database() {
    local here there
    there=$(sql 'SELECT system_identifier FROM pg_control_system()') || fail "no node takes writes"
    [ -e "$state/system-identifier" ] || echo "$there" >"$state/system-identifier"
    here=$(cat "$state/system-identifier")
    [ "$here" = "$there" ] || fail "$BACKUPS_DIR holds another database (system identifier $here) than runs ($there): restore it, or move it away"
}

# one_line FILE: what a program said; of a list of hosts each is a line.
one_line() {
    tr -s '\n\t' '  ' <"$1" | sed 's/ $//' | cut -c1-400
}

# publish PART FOLDER: under the time of now, which no other has.
publish() {
    while :; do
        published=$(stamp)
        [ -e "$2/$published" ] || break
        sleep 0.2
    done
    mv "$1" "$2/$published"
}

# attempt KIND: keeps why it failed until it succeeds. One at a time, and nothing half to be seen.
attempt() {
    local kind=$1 errors code reason
    exec 9>"$state/lock"
    flock -n 9 || fail "another backup is running"
    errors=$(mktemp)
    rm -rf "$base"/*.part* "$files"/*.part*
    set +e # a condition would switch it off inside as well
    (
        set -e
        "$kind"
    ) 2>"$errors"
    code=$?
    set -e
    reason=$(one_line "$errors")
    ! grep -q 'No space left on device' "$errors" || reason="the disk of $BACKUPS_DIR is full"
    rm -rf "$base"/*.part* "$files"/*.part* "$errors"
    if [ "$code" = 0 ]; then rm -f "$state/$kind.failure"; else echo "${reason:-ended with $code}" >"$state/$kind.failure"; fi
    write_status
    [ "$code" = 0 ] || fail "$kind: ${reason#backup: }; what was there before is kept"
}

full() {
    local part=$base/new.part gap=''
    check_same_database
    [ ! -e "$state/gap" ] || gap=yes
    mkdir "$part"
    # pg_verifybackup reads no archive before version 18: verified as files, kept as an archive.
    pg_basebackup -D "$part/data" --no-password --wal-method=stream --checkpoint=fast --label=backup
    pg_verifybackup --quiet "$part/data" >&2
    sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\)).*/\1/p' "$part/data/backup_label" >"$part/start-wal"
    tar -C "$part/data" -cf - . | gzip -3 >"$part/base.tar.gz"
    rm -rf "$part/data"
    (cd "$part" && sha256sum base.tar.gz start-wal >SHA256SUMS)
    sync "$part"/*
    publish "$part" "$base"
    [ -z "$gap" ] || rm -f "$state/gap"
    expire
    say "full: $published"
}

# snapshot LIVE PART BEFORE: a file that has not changed is one with the snapshot before; nobody writes into a snapshot.
snapshot() {
    local live=$1 part=$2 before=$3 told='%m %s %T@ %P\0'
    mkdir "$part"
    (cd "$live" && find . -mindepth 1 -type f -printf "$told" | sort -z) >"$part.live"
    : >"$part.before"
    [ ! -d "$before" ] || (cd "$before" && find . -mindepth 1 -type f -printf "$told" | sort -z) >"$part.before"
    comm -z -12 "$part.live" "$part.before" | cut -z -d' ' -f4- | sort -z >"$part.same"
    [ ! -d "$before" ] || (cd "$before" && xargs -0 -r cp -l --parents -t "$part" --) <"$part.same"
    (cd "$live" && find . -mindepth 1 -printf '%P\0' | sort -z) | comm -z -23 - "$part.same" >"$part.new"
    # posix: with the fractions of a second. 1: a file has changed while it was read; it is new again next time.
    { tar -C "$live" --format=posix --null --no-recursion --verbatim-files-from -T "$part.new" -cf - || [ $? = 1 ]; } |
        tar -C "$part" --no-same-owner -xpf -
    rm "$part".*
}

files() {
    local part=$files/new.part before folder
    before=$files/$(whole "$files" | tail -n 1)
    mkdir "$part"
    for folder in "files $FILES_DIR" "plugins $PLUGINS_DIR"; do
        snapshot "${folder#* }" "$part/${folder%% *}" "$before/${folder%% *}"
    done
    publish "$part" "$files"
    expire
    say "files: $published"
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
            next[full]=0
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

schedule() {
    local kind
    local -A next=([full]=0 [files]=0)
    exec 8>"$state/scheduler"
    flock -n 8 || fail "the scheduler runs already"
    trap '[ -z "$receiver$job" ] || kill $receiver $job 2>/dev/null || true; wait; exit 0' TERM INT
    say "started"
    while :; do
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

check() {
    local kind when age code=0
    for kind in full files wal; do
        when=$(last "$kind")
        if [ -z "$when" ]; then
            echo "backup: $kind: none yet$(sed 's/^/; /' "$state/$kind.failure" 2>/dev/null)"
            code=1
            continue
        fi
        age=$(($(date +%s) - when))
        if [ "$age" -gt "${oldest[$kind]}" ]; then
            code=1
            echo "backup: $kind: $age s old, more than ${oldest[$kind]} s$(sed 's/^/; /' "$state/$kind.failure" 2>/dev/null)"
        else
            echo "backup: $kind: $age s old"
        fi
    done
    return "$code"
}

[[ $BACKUP_HOUR =~ ^([01]?[0-9]|2[0-3])$ ]] || fail "BACKUP_HOUR: '$BACKUP_HOUR' is not an hour, 0 to 23"
[[ $BACKUP_RETENTION_DAYS =~ ^[1-9][0-9]{0,3}$ ]] || fail "BACKUP_RETENTION_DAYS: '$BACKUP_RETENTION_DAYS' is not a number of days"
mkdir -p "$base" "$files" "$wal/earlier" "$state" || fail "$BACKUPS_DIR cannot be written by $(id -un)"
case ${1:-} in
    '') schedule ;;
    now) attempt full ;;
    files) attempt files ;;
    check) check ;;
    *) fail "unknown argument $1: there are now, files and check" ;;
esac
