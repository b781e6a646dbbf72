#!/bin/sh
# Fills the template in from the environment and becomes squid, with the arguments it gets itself. Writes no file: squid
# reads the result from a pipe, and needs of all folders only /dev/shm to be writable.
#
#   SSRF_PROXY_LISTEN                 port, or address:port; 3128
#   SSRF_PROXY_HTTP_PORTS             ports of plain HTTP; 80,443. Dify's own proxy also takes 1025-65535
#   SSRF_PROXY_CONNECT_PORTS          ports of CONNECT; 443
#   SSRF_PROXY_ALLOW_PRIVATE_IPS      private networks that may be reached by address, such as 10.1.2.0/24,10.1.3.4. Not
#                                     by name: whoever owns a name could let it mean a second, forbidden address as well
#   SSRF_PROXY_ALLOW_PRIVATE_DOMAINS  names that may resolve to private addresses; .example.com means all names below it
#   SSRF_PROXY_AGENT_HOSTS            for the agent's sandbox, host:port/path/ that plain HTTP may reach, such as
#                                     agent_backend:5050/agent-stub/,api:5001/files/
#   SSRF_PROXY_SHUTDOWN_SECONDS       1 to 99: what was begun may take so long when it is told to end; 20. Fewer where
#                                     the next one can only start when this one has ended
#   SSRF_PROXY_TEMPLATE               the template itself, where the image does not bring it
set -eufC

fail() {
    echo "ssrf_proxy: $1" >&2
    exit 1
}

# matches TEXT PATTERN: the pattern describes the whole of TEXT, which is one line.
matches() {
    printf '%s\n' "$1" | grep -Eqix -- "$2"
}

port='([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
octet='(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])'
label='[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?'
# The last label starts with a letter: an address in any notation is not a name.
name="($label\\.)*[a-z_]([a-z0-9_-]*[a-z0-9_])?"

# as_number a.b.c.d
as_number() (
    IFS=.
    set -- $1
    echo $((($1 << 24) + ($2 << 16) + ($3 << 8) + $4))
)

# private NETWORK: lies wholly in a range that only routers of one's own carry. Link-local is not among them.
private() {
    address=${1%/*} length=${1#*/}
    if matches "$1" "f[cd][0-9a-f]{2}:[0-9a-f:]+/(4[89]|[5-9][0-9]|1[01][0-9]|12[0-8])"; then
        ! matches "$1" 'fd00:0?ec2:.*'
        return
    fi
    matches "$1" "($octet\\.){3}$octet/([0-9]|[12][0-9]|3[0-2])" || return 1
    number=$(as_number "$address")
    for range in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8; do
        bits=$((32 - ${range#*/}))
        [ "$length" -ge "${range#*/}" ] || continue
        [ $((number >> bits)) -ne $(($(as_number "${range%/*}") >> bits)) ] || return 0
    done
    return 1
}

# fill NAME VALUE: puts VALUE in the place of ${NAME} in $configuration.
fill() {
    case $configuration in
        *"\${$1}"*) configuration=${configuration%%"\${$1}"*}$2${configuration#*"\${$1}"} ;;
        *) fail "the template lacks \${$1}" ;;
    esac
}

newline='
'
configuration=${SSRF_PROXY_TEMPLATE:-$(cat /etc/squid/ssrf_proxy.conf)}
listen=$(echo ${SSRF_PROXY_LISTEN:-3128})
matches "$listen" "(($octet\\.){3}$octet:)?$port" || fail "SSRF_PROXY_LISTEN: $listen is not a port or address:port"
fill LISTEN "$listen"

IFS=" ,$newline"
for list in HTTP_PORTS:80,443 CONNECT_PORTS:443; do
    variable=SSRF_PROXY_${list%%:*}
    eval "ports=\${$variable:-${list#*:}}"
    for item in $ports; do
        matches "$item" "$port(-$port)?" && [ "${item%-*}" -le "${item#*-}" ] ||
            fail "$variable: $item is not a port or a range of ports"
    done
    fill "${list%%:*}" "$(echo $ports)"
done

allowed=
for item in ${SSRF_PROXY_ALLOW_PRIVATE_IPS:-}; do
    case $item in
        */*) network=$item ;;
        *:*) network=$item/128 ;;
        *) network=$item/32 ;;
    esac
    private "$network" ||
        fail "SSRF_PROXY_ALLOW_PRIVATE_IPS: $item is not a private network (10/8, 172.16/12, 192.168/16, 100.64/10, 127/8, or a /48 or smaller in fc00::/7); link-local and credential addresses are never allowed"
    allowed="${allowed}acl allowed_addresses dst $network${newline}"
done
[ -z "$allowed" ] || allowed="${allowed}http_access allow literal allowed_addresses${newline}"
domains=
for item in ${SSRF_PROXY_ALLOW_PRIVATE_DOMAINS:-}; do
    matches "$item" "\\.?$name" ||
        fail "SSRF_PROXY_ALLOW_PRIVATE_DOMAINS: $item is not a domain name; addresses belong into SSRF_PROXY_ALLOW_PRIVATE_IPS"
    domains="${domains}acl allowed_domains dstdomain -n $item${newline}"
done
[ -z "$domains" ] || domains="${domains}http_access allow allowed_domains${newline}"
fill ALLOWED "$allowed$domains"

agent=
count=0
for item in ${SSRF_PROXY_AGENT_HOSTS:-}; do
    matches "$item" "$name:$port/[a-z0-9_/-]*/" ||
        fail "SSRF_PROXY_AGENT_HOSTS: $item is not host:port/path/"
    count=$((count + 1))
    host=${item%%:*} rest=${item#*:}
    agent="${agent}acl agent_host_$count dstdomain -n $host
acl agent_port_$count port ${rest%%/*}
acl agent_path_$count urlpath_regex ^/${rest#*/}
http_access allow agent_host_$count agent_port_$count agent_path_$count !climbing${newline}"
done
fill AGENT "$agent"

seconds=${SSRF_PROXY_SHUTDOWN_SECONDS:-20}
matches "$seconds" '[1-9][0-9]?' || fail "SSRF_PROXY_SHUTDOWN_SECONDS: $seconds is not a number from 1 to 99"
fill SHUTDOWN_SECONDS "$seconds"

exec squid -N "$@" -f /dev/fd/3 3<<CONFIGURATION
$configuration
CONFIGURATION
