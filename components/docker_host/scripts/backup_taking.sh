# shellcheck shell=bash disable=SC2154
# Part of backup.sh: a copy of the database and a snapshot of the files, each whole or not there.

spare=$((1 << 30)) # bytes that a backup leaves to others

# check_room BYTES: a database on the same disk ends where it is full, for which no backup is worth it.
check_room() {
    local free
    free=$(df --output=avail -B1 "$BACKUPS_DIR" | tail -n 1)
    [ "$free" -ge $(($1 + spare)) ] ||
        fail "the disk of $BACKUPS_DIR has $((free >> 20)) MiB free and must have $((($1 + spare) >> 20)): free some, or keep backups for fewer days"
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
    remove "$base"/*.part* "$files"/*.part*
    set +e # a condition would switch it off inside as well
    (
        set -e
        "$kind"
    ) 2>"$errors"
    code=$?
    set -e
    reason=$(one_line "$errors")
    ! grep -q 'No space left on device' "$errors" || reason="the disk of $BACKUPS_DIR is full"
    remove "$base"/*.part* "$files"/*.part* "$errors"
    if [ "$code" = 0 ]; then rm -f "$state/$kind.failure"; else echo "${reason:-ended with $code}" >"$state/$kind.failure"; fi
    write_status
    [ "$code" = 0 ] || fail "$kind: ${reason#backup: }; what was there before is kept"
}

full() {
    local part=$base/new.part gap='' size
    check_same_database
    size=$(sql 'SELECT sum(pg_database_size(oid)) FROM pg_database')
    check_room $((2 * size)) # the copy, and the archive of it
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

# only_gone CODE TOLD: whether a tar has ended with CODE only because files were changed or removed after they were listed.
only_gone() {
    [ "$1" != 1 ] || return 0
    ! grep -v -e ': Cannot \(stat\|open\): No such file or directory$' -e '^tar: Exiting with failure status' "$2" >&2
}

# snapshot LIVE PART BEFORE: a file that has not changed is one with the snapshot before; nobody writes into a snapshot.
# Who writes into LIVE goes on meanwhile: what is changed or removed is as it was or not there, and new next time.
snapshot() {
    local live=$1 part=$2 before=$3 told='%m %s %T@ %P\0'
    mkdir "$part"
    (cd "$live" && find . -ignore_readdir_race -mindepth 1 -type f -printf "$told" | sort -z) >"$part.live"
    : >"$part.before"
    [ ! -d "$before" ] || (cd "$before" && find . -mindepth 1 -type f -printf "$told" | sort -z) >"$part.before"
    comm -z -12 "$part.live" "$part.before" | cut -z -d' ' -f4- | sort -z >"$part.same"
    # Folders stay open until the archive below brings their modes.
    [ ! -d "$before" ] || (cd "$before" && xargs -0 -r cp -l --parents --no-preserve=mode -t "$part" --) <"$part.same"
    (cd "$live" && find . -ignore_readdir_race -mindepth 1 -printf '%P\0' | sort -z) | comm -z -23 - "$part.same" >"$part.new"
    # posix: with the fractions of a second.
    {
        tar -C "$live" --format=posix --null --no-recursion --verbatim-files-from -T "$part.new" -cf - 2>"$part.told" ||
            only_gone $? "$part.told"
    } | tar -C "$part" --no-same-owner -xpf -
    rm "$part".*
}

files() {
    local part=$files/new.part before folder
    check_room 0
    before=$files/$(whole "$files" | tail -n 1)
    mkdir "$part"
    for folder in "files $FILES_DIR" "plugins $PLUGINS_DIR"; do
        snapshot "${folder#* }" "$part/${folder%% *}" "$before/${folder%% *}"
    done
    publish "$part" "$files"
    expire
    say "files: $published"
}
