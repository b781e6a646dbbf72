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
#   BACKUPS_DIR                  where they are kept (backup_folder.sh)
#   FILES_DIR, PLUGINS_DIR       what is taken a snapshot of
#   BACKUP_HOUR                  hour (UTC) of the daily whole backup; 3
#   BACKUP_RETENTION_DAYS        any moment of that many days can be restored; 30
#   WATCH_SECONDS                between two looks at what is due; 10
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
umask 077

export PGHOST="${PGHOST:?both nodes, with a comma}" PGPORT="${PGPORT:-5432}" PGPASSFILE="${PGPASSFILE:-/run/secrets/dify/pgpass}"
# What programs say is read here: in English, and whole letters where it is cut.
export LC_ALL=C.UTF-8
export PGUSER=replication PGDATABASE=postgres PGTARGETSESSIONATTRS=read-write PGCONNECT_TIMEOUT=10 TZ=UTC
: "${BACKUPS_DIR:=/var/lib/dify/backups}" "${FILES_DIR:=/var/lib/dify/files}" "${PLUGINS_DIR:=/var/lib/dify/plugins}"
: "${BACKUP_HOUR:=3}" "${BACKUP_RETENTION_DAYS:=30}" "${WATCH_SECONDS:=10}"

scripts=$(dirname "${BASH_SOURCE[0]}")
. "$scripts/backup_folder.sh"
. "$scripts/backup_taking.sh"
. "$scripts/backup_expiry.sh"
. "$scripts/backup_wal.sh"
. "$scripts/backup_status.sh"
. "$scripts/backup_schedule.sh"

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
    local text
    text=$(tr -s '\n\t' '  ' <"$1" | sed 's/ $//')
    echo "${text:0:400}"
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
