"""The text of nginx.conf."""

from collections.abc import Iterator

from dify.answers import HSTS_SECONDS, error
from dify.nginx.decisions import decisions, request_limits
from dify.nginx.directives import block, quoted
from dify.nginx.instances import CONNECT_SECONDS, UPSTREAM, readiness, upstreams
from dify.nginx.reverse_proxy import (
    CERTIFICATE_FILE,
    HEALTH_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    KEY_FILE,
    SCRATCH,
    ReverseProxy,
)

_CIPHERS = ":".join(
    f"ECDHE-{signature}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for signature in ("ECDSA", "RSA")
)
"""Forward secrecy and authenticated encryption only (RFC 9325, 4.2), for TLS 1.2; TLS 1.3 has no others."""

_SPOOFED = (
    *("Forwarded", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl"),
    *("X-Original-Host", "X-Original-URL", "X-Rewrite-URL", "Proxy"),
)
"""Headers that a service may take for a proxy's word, and that this one does not send."""

_LOG = {
    "time": "$time_iso8601",
    "request_id": "$request_id",
    "client": "$remote_addr",
    "method": "$request_method",
    "path": "$uri",
    "protocol": "$server_protocol",
    "tls": "$ssl_protocol",
    "status": "$status",
    "seconds": "$request_time",
    "request_bytes": "$request_length",
    "response_bytes": "$bytes_sent",
    "service": "$dify_service",
    "class": "$dify_class",
    "limited": "$limit_req_status",
    "upstream": "$upstream_addr",
    "upstream_status": "$upstream_status",
    "upstream_connect_seconds": "$upstream_connect_time",
    "upstream_header_seconds": "$upstream_header_time",
    "upstream_seconds": "$upstream_response_time",
    "user_agent": "$http_user_agent",
}
"""A line of the access log. Neither query nor referrer, which hold signatures of files and codes of sign-ins. The
upstream's fields are lists where more than one instance was asked."""

_NUMBERS = {"status", "seconds", "request_bytes", "response_bytes"}


def configuration(proxy: ReverseProxy) -> str:
    """nginx.conf for nginx 1.22 to 1.28, which runs it as any user, under a read-only root.

    What nginx would say about single requests on its error log holds their queries, so only what stops nginx is said
    there; the access log has which instance was asked and what it answered.
    """
    lines = [
        f"worker_processes {proxy.processes or 'auto'};",
        f"worker_rlimit_nofile {2 * proxy.connections};",
        f"pid {SCRATCH}/nginx.pid;",
        "error_log stderr crit;",
        "",
        *block("events", [f"worker_connections {proxy.connections};"]),
        "",
        *block("http", _separated(_http(proxy))),
    ]
    return "\n".join([*lines, ""])


def _separated(parts: Iterator[list[str]]) -> Iterator[str]:
    for place, part in enumerate(parts):
        yield from ["", *part] if place else part


def _http(proxy: ReverseProxy) -> Iterator[list[str]]:
    yield _log()
    yield [f"{kind}_temp_path {SCRATCH}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    yield _protocols(proxy)
    yield _tls()
    yield from decisions(proxy)
    yield from upstreams(proxy)
    yield _health()
    yield from _strangers()
    yield _redirect(proxy)
    yield _dify(proxy)


def _log() -> list[str]:
    fields = (f'"{name}":{value}' if name in _NUMBERS else f'"{name}":"{value}"' for name, value in _LOG.items())
    return [f"log_format requests escape=json '{{{','.join(fields)}}}';", "access_log /dev/stdout requests;"]


def _protocols(proxy: ReverseProxy) -> list[str]:
    return [
        "server_tokens off;",
        "default_type application/json;",
        "merge_slashes off;",
        # Longest cookies and sign-in callbacks; a line of 16 KiB is what a load balancer of AWS takes.
        "large_client_header_buffers 4 16k;",
        "client_header_timeout 15s;",
        "client_body_timeout 60s;",
        "keepalive_timeout 65s;",
        f"send_timeout {proxy.idle_timeout_seconds}s;",
        "reset_timedout_connection on;",
        "tcp_nodelay on;",
        "limit_req_status 429;",
        "limit_req_log_level info;",
        *(f"set_real_ip_from {cidr};" for cidr in proxy.trusted_proxies),
        *(["real_ip_header X-Forwarded-For;", "real_ip_recursive on;"] if proxy.trusted_proxies else []),
    ]


def _tls() -> list[str]:
    return [
        "ssl_protocols TLSv1.2 TLSv1.3;",
        f"ssl_ciphers {_CIPHERS};",
        "ssl_prefer_server_ciphers off;",
        "ssl_session_cache shared:tls:10m;",
        "ssl_session_timeout 1d;",
        # The key of tickets would live as long as nginx, and with it what any past connection said.
        "ssl_session_tickets off;",
    ]


def _health() -> list[str]:
    return block("server", [f"listen 127.0.0.1:{HEALTH_PORT};", "access_log off;", "return 200;"])


def _strangers() -> Iterator[list[str]]:
    """Whoever asks for another name learns nothing. 421 makes a browser that reused a connection open its own."""
    yield block("server", [f"listen {HTTP_PORT} default_server;", "return 444;"])
    yield block("server", [f"listen {HTTPS_PORT} ssl http2 default_server;", "ssl_reject_handshake on;", "return 421;"])


def _redirect(proxy: ReverseProxy) -> list[str]:
    """308 keeps the method: what was posted is posted again."""
    lines = [f"listen {HTTP_PORT};", f"server_name {proxy.domain};", f"return 308 {proxy.origin}$request_uri;"]
    return block("server", lines)


def _dify(proxy: ReverseProxy) -> list[str]:
    return block(
        "server",
        [
            f"listen {HTTPS_PORT} ssl http2;",
            f"server_name {proxy.domain};",
            f"ssl_certificate {CERTIFICATE_FILE};",
            f"ssl_certificate_key {KEY_FILE};",
            f"client_max_body_size {proxy.body_limit_mib}m;",
            "",
            f'add_header Strict-Transport-Security "max-age={HSTS_SECONDS}" always;',
            "add_header X-Content-Type-Options nosniff always;",
            "add_header X-Request-Id $request_id always;",
            "add_header Retry-After $dify_retry_after always;",
            "",
            f"if ($dify_refused) {{ return 403 {quoted(error(403))}; }}",
            *readiness(proxy),
            *request_limits(proxy),
            "error_page 413 @413;",
            "error_page 429 @429;",
            "",
            *block("location /", _pass(proxy)),
            *_own_answer(413),
            *_own_answer(429),
        ],
    )


def _own_answer(status: int) -> list[str]:
    return block(f"location @{status}", [f"return {status} {quoted(error(status))};"])


def _pass(proxy: ReverseProxy) -> list[str]:
    """Requests and answers go on as they come: no stream waits until it fills a buffer, and no upload is kept in the
    scratch folder, which is memory."""
    headers = {
        "Host": proxy.authority,
        "X-Real-IP": "$remote_addr",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": proxy.authority,
        "X-Forwarded-Port": str(proxy.public_port),
        "X-Request-Id": "$request_id",
        "Dify-Hook-Url": "$dify_hook_url",
        "Upgrade": "$dify_upgrade",
        "Connection": "$dify_connection",
        **dict.fromkeys(_SPOOFED, '""'),
    }
    return [
        f"proxy_pass http://{UPSTREAM};",
        "proxy_http_version 1.1;",
        *(f"proxy_set_header {name} {value};" for name, value in headers.items()),
        *(f"proxy_hide_header {name};" for name in ("Strict-Transport-Security", "X-Content-Type-Options")),
        *(f"proxy_hide_header {name};" for name in ("X-Request-Id", "X-Powered-By")),
        "proxy_request_buffering off;",
        "proxy_buffering off;",
        "proxy_buffer_size 16k;",
        "proxy_buffers 8 16k;",
        # A plugin's endpoint would choose the address that is asked next.
        "proxy_ignore_headers X-Accel-Redirect;",
        "proxy_redirect off;",
        f"proxy_connect_timeout {CONNECT_SECONDS}s;",
        f"proxy_send_timeout {proxy.idle_timeout_seconds}s;",
        f"proxy_read_timeout {proxy.idle_timeout_seconds}s;",
        # What was sent is not sent again unless its method allows that; over a refused connection nothing was sent.
        "proxy_next_upstream error timeout http_502 http_503;",
        "proxy_next_upstream_tries 2;",
        "proxy_next_upstream_timeout 30s;",
    ]
