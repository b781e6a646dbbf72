# shellcheck shell=bash disable=SC2154
# Part of backup.sh: when the last of each kind was made (full, files, wal), and whether that is too long ago.

declare -A oldest=([full]=$((26 * 3600)) [files]=$((2 * 3600)) [wal]=300) # seconds that `check` accepts

# last KIND: when the last one was made, in seconds; nothing where there is none, or where only a wrong clock says so.
last() {
    local name
    case $1 in
        wal) find "$state" -name streaming ! -newermt '1 hour' -printf '%Ts\n' ;;
        *)
            name=$(past "$BACKUPS_DIR/${1/full/base}" | tail -n 1)
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

check() {
    local kind when age name code=0
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
    for name in $(future "$base") $(future "$files"); do
        echo "backup: $name is of the future, made while the clock was wrong: it does not count"
    done
    return "$code"
}
