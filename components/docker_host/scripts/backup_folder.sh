# shellcheck shell=bash disable=SC2034
# Part of backup.sh and restore.sh: BACKUPS_DIR, and how what is in it is found.
#
#   base/TIME    the whole database: base.tar.gz, start-wal (the first segment it needs), SHA256SUMS
#   files/TIME   a snapshot: files, plugins
#   wal          segments of every change of the database; those in `earlier` are followed by a gap
#   state        what backup.sh knows from one run to the next
#   status.json  when the last of each was made, and why the one after it failed

base=$BACKUPS_DIR/base files=$BACKUPS_DIR/files wal=$BACKUPS_DIR/wal state=$BACKUPS_DIR/state

# The names in a folder that are whole, oldest first.
whole() {
    find "$1" -mindepth 1 -maxdepth 1 -name '????????T??????Z' -printf '%f\n' | sort
}

# past FOLDER, future FOLDER: those of a clock that was right, and the others. A name of the future says nothing of when
# it was made, and would be the newest for as long as the clock was wrong.
past() {
    whole "$1" | awk -v now="$(date -u -d '1 hour' +%Y%m%dT%H%M%SZ)" '$1 <= now'
}

future() {
    whole "$1" | awk -v now="$(date -u -d '1 hour' +%Y%m%dT%H%M%SZ)" '$1 > now'
}

# remove PATH...: also folders that are closed to writing, as caches of packages are.
remove() {
    local path
    for path in "$@"; do
        [ ! -e "$path" ] || find "$path" -type d ! -perm -u=rwx -exec chmod u+rwx {} \;
        rm -rf "$path"
    done
}

stamp() {
    date -u +%Y%m%dT%H%M%SZ
}

# seconds STAMP: since 1970.
seconds() {
    date -u -d "$(sed -E 's/(....)(..)(..)T(..)(..)(..)Z/\1-\2-\3 \4:\5:\6/' <<<"$1")" +%s
}
