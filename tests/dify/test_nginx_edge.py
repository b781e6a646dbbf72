"""What users and strangers meet before any service does: names, TLS, headers, the size of a body and the log."""

import json
import ssl
import warnings
from collections.abc import Generator
from contextlib import closing
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler

import pytest

from dify.answers import HSTS_SECONDS
from tests.dify.nginx_proxies import Stand, standing
from tests.servers.nginx import receive, send
from tests.servers.upstream import Asked, answer

ONE = "127.0.5.1"


@pytest.fixture(scope="module")
def stand() -> Generator[Stand]:
    with standing(body_limit_mib=2, public_port=8443) as started:
        yield started


def test_http_only_leads_to_https(stand: Stand) -> None:
    for call in ("GET /apps?page=2", "POST /v1/chat-messages", "GET /", "GET /health"):
        redirect = stand.nginx.ask_plainly(call)
        assert (redirect.status, redirect.headers["location"]) == (308, f"https://localhost:8443{call.split(' ')[1]}")


def test_the_redirect_of_the_port_of_https_names_no_port() -> None:
    with standing() as plain:
        assert plain.nginx.ask_plainly("GET /apps").headers["location"] == "https://localhost/apps"


@pytest.mark.parametrize("host", ["other.example.com", "127.0.0.1", "localhost.example.com", "_"])
def test_another_name_is_closed_without_a_word(stand: Stand, host: str) -> None:
    with pytest.raises((ConnectionError, HTTPException)):
        stand.nginx.ask_plainly("GET /", host=host)


@pytest.mark.parametrize("name", ["other.example.com", None])
def test_another_name_gets_no_certificate(stand: Stand, name: str | None) -> None:
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ssl.SSLError, match=r"UNRECOGNIZED_NAME|unrecognized name"):
        stand.nginx.connect(name=name, tls=careless)


def test_another_name_over_a_connection_of_the_right_one_is_misdirected(stand: Stand) -> None:
    refused = stand.nginx.ask("GET /", host="other.example.com")
    assert refused.status == 421
    assert b"service" not in refused.body


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken(stand: Stand, version: ssl.TLSVersion) -> None:
    with closing(stand.nginx.connect(tls=_client(stand, version))) as connection:
        send(connection, "GET /", {})
        assert receive(connection).status == 200
        assert connection.version() == version.name.replace("_", ".")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_tls_of_yesterday_is_refused(stand: Stand, version: ssl.TLSVersion) -> None:
    client = _client(stand, version)
    client.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match=r"PROTOCOL_VERSION|protocol version"):
        stand.nginx.connect(tls=client)


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"])
def test_ciphers_without_authentication_of_the_text_are_refused(stand: Stand, cipher: str) -> None:
    client = _client(stand, ssl.TLSVersion.TLSv1_2)
    client.set_ciphers(cipher)
    with pytest.raises(ssl.SSLError, match=r"HANDSHAKE_FAILURE|handshake failure"):
        stand.nginx.connect(tls=client)


def test_http_2_is_offered(stand: Stand) -> None:
    client = _client(stand, ssl.TLSVersion.TLSv1_3)
    client.set_alpn_protocols(["h2", "http/1.1"])
    with closing(stand.nginx.connect(tls=client)) as connection:
        assert connection.selected_alpn_protocol() == "h2"


def test_browsers_are_told_what_the_load_balancer_tells_them(stand: Stand) -> None:
    for call, status in (("GET /apps", 200), ("GET /inner/api", 403)):
        said = stand.nginx.ask(call)
        assert said.status == status
        assert said.headers["strict-transport-security"] == f"max-age={HSTS_SECONDS}"
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["server"] == "nginx"


def test_who_may_frame_a_page_is_for_dify_to_say() -> None:
    def frames(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, 200, {}, Content_Security_Policy="frame-ancestors 'self'", X_Powered_By="Next.js")

    with standing(responds={"web": frames}) as page:
        said = page.nginx.ask("GET /chat/abc")
        assert said.headers["content-security-policy"] == "frame-ancestors 'self'"
        assert {"x-frame-options", "x-powered-by"}.isdisjoint(said.headers)
        assert "x-frame-options" not in page.nginx.ask("GET /v1/info").headers


def test_a_services_own_word_about_https_is_not_said_twice() -> None:
    def says_it_too(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, 200, {}, Strict_Transport_Security="max-age=1", X_Content_Type_Options="none", X_Request_Id="1")

    with standing(responds={"api": says_it_too}) as stand:
        with closing(stand.nginx.connect()) as connection:
            send(connection, "GET /v1/info", {"Connection": "close"})
            text = connection.makefile("rb").read().lower()
        for name in (b"strict-transport-security:", b"x-content-type-options:", b"x-request-id:"):
            assert text.count(name) == 1
        assert b"max-age=1\r" not in text


SPOOFED = {
    "X-Forwarded-For": "10.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example.com",
    "X-Forwarded-Port": "80",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "10.0.0.1",
    "X-Original-Host": "evil.example.com",
    "X-Original-URL": "/inner/api",
    "X-Rewrite-URL": "/inner/api",
    "X-Request-Id": "chosen",
    "Forwarded": "for=10.0.0.1",
    "Dify-Hook-Url": "https://evil.example.com/e/x",
    "Dify_Hook_Url": "https://evil.example.com/e/x",
    "Proxy": "http://evil.example.com",
}


@pytest.mark.parametrize("path", ["/apps", "/v1/info", "/e/hook/x?y=1", "/socket.io/"])
def test_services_hear_from_nginx_who_asks_and_never_from_the_client(stand: Stand, path: str) -> None:
    heard = stand.nginx.ask(f"GET {path}", SPOOFED, source=ONE).content["headers"]
    assert heard["host"] == heard["x-forwarded-host"] == "localhost:8443"
    assert heard["x-forwarded-for"] == heard["x-real-ip"] == ONE
    assert (heard["x-forwarded-proto"], heard["x-forwarded-port"]) == ("https", "8443")
    assert len(heard["x-request-id"]) == 32
    hook = {"dify-hook-url": f"https://localhost:8443{path}"} if path.startswith("/e/") else {}
    assert {name: value for name, value in heard.items() if "hook" in name} == hook
    assert "evil" not in json.dumps(heard)
    assert {"forwarded", "proxy", "x-original-url", "x-rewrite-url", "connection", "upgrade"}.isdisjoint(heard)


def test_other_headers_pass(stand: Stand) -> None:
    sent = {"Authorization": "Bearer app-1", "Cookie": "a=b", "traceparent": "00-1-2-01", "X-App-Code": "abc"}
    heard = stand.nginx.ask("GET /v1/info", sent).content["headers"]
    assert {name.lower(): value for name, value in sent.items()}.items() <= heard.items()


def test_a_body_of_the_limit_passes_and_a_larger_one_is_refused_before_a_service_sees_it(stand: Stand) -> None:
    asked = stand.upstreams["api"][0].asked
    assert stand.nginx.ask("POST /files/upload", body=b"x" * 2**21).status == 200
    assert len(asked[-1].body) == 2**21
    before = len(asked)
    refused = stand.nginx.ask("POST /files/upload", {"Content-Length": str(2**21 + 1)})
    assert (refused.status, refused.content["code"]) == (413, "request_entity_too_large")
    assert len(asked) == before


def test_a_line_of_the_log_is_json_that_says_who_asked_what_of_whom(stand: Stand) -> None:
    said = stand.nginx.ask("GET /v1/info?token=secret", {"User-Agent": 'a"b\\', "Referer": "/?code=secret"}, source=ONE)
    logged = stand.nginx.logged(said)
    assert logged["request_id"] == said.headers["x-request-id"] == said.content["headers"]["x-request-id"]
    assert (logged["client"], logged["method"], logged["path"], logged["status"]) == (ONE, "GET", "/v1/info", 200)
    assert (logged["service"], logged["class"]) == ("api", "serviceApi")
    assert (logged["upstream"], logged["upstream_status"]) == (stand.upstreams["api"][0].address, "200")
    assert logged["user_agent"] == 'a"b\\'
    assert float(logged["upstream_seconds"]) >= 0
    assert logged["seconds"] >= 0
    assert logged["tls"].startswith("TLSv1.")


def test_no_query_is_written_anywhere_also_where_all_fails() -> None:
    def breaks(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.close_connection = True

    with standing(responds={"api": breaks}, body_limit_mib=1) as broken:
        answers = [
            broken.nginx.ask("GET /v1/info?token=secret", {"Referer": "https://localhost/?code=secret"}),
            broken.nginx.ask("POST /v1/upload?token=secret", {"Content-Length": str(2**21)}),
            broken.nginx.ask("GET /inner/api?token=secret"),
        ]
        assert [one.status for one in answers] == [502, 413, 403]
        assert {broken.nginx.logged(one)["status"] for one in answers} == {502, 413, 403}
        assert "secret" not in broken.nginx.log.read_text()


def test_every_line_of_the_log_is_json_whatever_was_sent(stand: Stand) -> None:
    for call in ("GET /%22%0a%5c", "G@T /", "GET /\xe4", "PRI *"):
        with closing(stand.nginx.connect()) as connection:
            send(connection, call, {"User-Agent": '"\t\x7f', "Connection": "close"})
            connection.makefile("rb").read()
    stand.nginx.logged(stand.nginx.ask("GET /"))
    lines = [line for line in stand.nginx.log.read_text().splitlines() if "[warn]" not in line]
    assert all(json.loads(line)["status"] for line in lines)


def _client(stand: Stand, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks one version only."""
    client = ssl.create_default_context(cafile=str(stand.nginx.certificate.ca_file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = client.maximum_version = version
    return client
