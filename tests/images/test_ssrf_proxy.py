"""The SSRF proxy as it is shipped, under the real squid: what it refuses never leaves, what it allows arrives.

Everything stays on the loopback. Another range is proven by squid's refusal, which it makes before it connects.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.images.ssrf_proxy_world import EVERY_LOOPBACK_SPELLING, Origin, Start
from tests.servers.process import LOOPBACK
from tests.servers.squid import TEMPLATE, Squid


def shipped_but(*changes: tuple[str, str]) -> str:
    """The shipped template with these places changed."""
    template = TEMPLATE
    for old, new in changes:
        assert template.count(old) == 1
        template = template.replace(old, new)
    return template


WOULD_BE_ALLOWED = shipped_but(
    (
        "http_access allow all",
        "acl everybody src all\ndeny_info 307:http://allowed.invalid/ everybody\nhttp_access deny everybody",
    )
)
"""The shipped rules, answered with 307 where they end in an allowed request: nothing is ever connected to."""

LOOPBACK_IS_PUBLIC = shipped_but(("dst 0.0.0.0/8 ", "dst "), (" 127.0.0.0/8 172", " 172"))
"""The shipped rules without the two ranges that hold the loopback: what they alone keep out arrives."""


@pytest.mark.parametrize("host", [*EVERY_LOOPBACK_SPELLING, "[::1]", "[::127.0.0.1]", "[::]", "127.255.255.254"])
def test_no_spelling_of_the_loopback_is_reached(start: Start, origin: Origin, host: str) -> None:
    assert start().get(f"http://{host}:{origin.port}/").refused
    assert origin.connections == 0


@pytest.mark.parametrize("host", EVERY_LOOPBACK_SPELLING)
def test_without_the_refused_ranges_each_of_these_spellings_arrives(start: Start, origin: Origin, host: str) -> None:
    answer = start(LOOPBACK_IS_PUBLIC).get(f"http://{host}:{origin.port}/")
    assert (answer.status, answer.body, origin.requests) == (200, b"inside", ["/"])


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "169.254.170.2",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[4000::1]",
        "[64:ff9b:1::1]",
        "[100::1]",
        "[2001::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "metadata.example",
        "task-role.example",
        "nitro.example",
        "office.example",
    ],
)
def test_private_link_local_and_credential_addresses_are_refused_before_a_connection(start: Start, host: str) -> None:
    squid = start()
    assert squid.get(f"http://{host}/latest/meta-data/").refused
    assert squid.connect(f"{host}:443").refused


def test_a_name_that_does_not_resolve_is_refused(start: Start) -> None:
    assert start(WOULD_BE_ALLOWED).get("http://nowhere.example/").refused


@settings(max_examples=300, deadline=None)
@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_address_that_is_not_public_is_allowed(start: Start, address: IPv4Address | IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    if not address.is_global or address.is_multicast:
        assert start(WOULD_BE_ALLOWED).get(f"http://{host}/").refused


@pytest.mark.parametrize(
    "host",
    [
        *("1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
        *("169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"),
        *("198.17.255.255", "198.20.0.0", "223.255.255.255", "[2606:4700::1111]", "[2600:1f18::1]"),
    ],
)
def test_public_addresses_up_to_the_edges_of_the_refused_ranges_are_allowed(start: Start, host: str) -> None:
    squid = start(WOULD_BE_ALLOWED)
    assert squid.get(f"http://{host}/").status == 307
    assert squid.connect(f"{host}:443").status == 307


def test_connect_to_another_port_is_refused_even_where_the_address_is_allowed(start: Start, origin: Origin) -> None:
    assert start(SSRF_PROXY_ALLOW_PRIVATE_IPS=f"{LOOPBACK}/32").connect(f"{LOOPBACK}:{origin.port}").refused
    assert origin.connections == 0


def test_connect_to_a_listed_port_of_an_allowed_address_is_a_tunnel(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK, SSRF_PROXY_CONNECT_PORTS=f"443,{origin.port}")
    assert squid.connect(f"{LOOPBACK}:{origin.port}", then="/through").body == b"inside"
    assert origin.requests == ["/through"]


def test_plain_http_to_another_port_is_refused_even_where_the_address_is_allowed(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK, SSRF_PROXY_HTTP_PORTS="80,443")
    assert squid.get(f"http://{LOOPBACK}:{origin.port}/").refused
    assert origin.connections == 0


@pytest.mark.parametrize("url", ["ftp://1.1.1.1:80/", "gopher://1.1.1.1:80/", "urn:1.1.1.1:80"])
def test_squids_other_protocols_are_off(start: Start, url: str) -> None:
    assert start(WOULD_BE_ALLOWED).get(url).status in {400, 403, 501}


def test_squids_own_pages_are_closed(start: Start) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_DOMAINS="ssrf_proxy", SSRF_PROXY_HTTP_PORTS="1025-65535")
    assert squid.get(f"http://ssrf_proxy:{squid.port}/squid-internal-mgr/menu").refused
    assert squid.get(f"cache_object://ssrf_proxy:{squid.port}/menu").status in {400, 403}


def test_only_clients_with_private_addresses_are_served(start: Start) -> None:
    this_client_is_a_stranger = shipped_but(("acl clients src 127.0.0.0/8 ::1\n", ""))
    assert start(WOULD_BE_ALLOWED).get("http://1.1.1.1/").status == 307
    assert start(this_client_is_a_stranger).get("http://1.1.1.1/").refused


def test_an_allowed_network_is_reached_by_address(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=f"10.1.0.0/16, {LOOPBACK}/32")
    assert squid.get(f"http://{LOOPBACK}:{origin.port}/path").body == b"inside"
    assert origin.requests == ["/path"]


def test_an_allowed_network_opens_nothing_beside_it(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=f"{LOOPBACK}/32")
    assert squid.get(f"http://127.0.0.2:{origin.port}/").refused
    assert squid.get("http://10.1.2.3/").refused
    assert origin.connections == 0


def test_an_allowed_network_is_not_opened_to_names_that_point_into_it(start: Start, origin: Origin) -> None:
    assert start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK).get(f"http://rebound.example:{origin.port}/").refused
    assert origin.connections == 0


@pytest.mark.parametrize("listed", ["wiki.corp.example", ".corp.example", "other.example,WIKI.corp.example"])
def test_an_allowed_name_is_reached_at_its_private_address(start: Start, origin: Origin, listed: str) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_DOMAINS=listed)
    assert squid.get(f"http://wiki.corp.example:{origin.port}/").body == b"inside"
    assert squid.get(f"http://rebound.example:{origin.port}/").refused
    assert origin.requests == ["/"]


def test_an_allowed_name_never_leads_to_credentials(start: Start) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_DOMAINS=".example")
    for name in ("metadata.example", "task-role.example", "nitro.example", "router.example"):
        assert squid.get(f"http://{name}/latest/meta-data/").refused


def test_the_agents_sandbox_reaches_its_two_paths_inside(start: Start, origin: Origin) -> None:
    squid = _agents(start, origin)
    assert squid.get(f"http://agent_backend:{origin.port}/agent-stub/run").body == b"inside"
    assert squid.get(f"http://api:{origin.port}/files/1?sign=s").body == b"inside"
    assert origin.requests == ["/agent-stub/run", "/files/1?sign=s"]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/files", "/inner/api/", "/agent-stub/run", "/x/files/", "//files/", "/FILES/1", "/?/files/"),
        *("/files/../inner/api/", "/files/%2e%2e/inner/api/", "/files/.%2E/inner/api/", "/files/%252e%252e/x"),
        *("/files/..%2finner/api/", "/files/..\\inner\\api", "/files/%5c..%5cinner"),
    ],
)
def test_the_agents_sandbox_reaches_no_other_path_of_the_api(start: Start, origin: Origin, path: str) -> None:
    assert _agents(start, origin).get(f"http://api:{origin.port}{path}").refused
    assert origin.connections == 0


def test_the_agents_sandbox_reaches_no_other_host_port_or_tunnel_inside(start: Start, origin: Origin) -> None:
    squid = _agents(start, origin)
    assert squid.get(f"http://rebound.example:{origin.port}/files/1").refused
    assert squid.get("http://api:80/files/1").refused
    assert squid.connect(f"api:{origin.port}").refused
    assert squid.connect("api:443").refused
    assert origin.connections == 0


def test_the_origin_does_not_learn_who_asked_or_through_what(start: Start, origin: Origin) -> None:
    answer = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK).get(
        f"http://{LOOPBACK}:{origin.port}/",
        "X-Forwarded-For: 10.9.8.7",
        "Via: 1.1 inner",
        "Proxy-Authorization: Basic c2",
    )
    assert answer.status == 200
    assert not {name.lower() for name in origin.headers} & {
        "via",
        "x-forwarded-for",
        "forwarded",
        "proxy-authorization",
    }
    assert not {name.lower() for name in answer.headers} & {"via", "x-cache", "x-cache-lookup"}


def test_an_answer_is_never_kept(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK)
    for _ in range(2):
        squid.get(f"http://{LOOPBACK}:{origin.port}/same", "Cache-Control: max-stale")
    assert origin.requests == ["/same", "/same"]


def test_the_log_is_one_json_line_a_request_without_path_query_or_user(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK)
    line = squid.get(
        f"http://user:pass-word@{LOOPBACK}:{origin.port}/hook/to-ken?key=se-cret", "Cookie: coo-kie"
    ).logged
    assert line.keys() == {"time", "ms", "client", "method", "host", "port", "status", "result", "bytes", "server"}
    assert (line["method"], line["host"], line["port"], line["status"]) == ("GET", LOOPBACK, str(origin.port), 200)
    assert not re.search("pass-word|to-ken|se-cret|coo-kie", squid.log.read_text())


def test_a_health_check_that_only_connects_leaves_no_line(start: Start) -> None:
    squid = start()
    before = squid.log.read_text().count("\n{")
    for _ in range(3):
        socket.create_connection((LOOPBACK, squid.port)).close()
    squid.get("http://10.0.0.1/")
    assert squid.log.read_text().count("\n{") == before + 1


@pytest.mark.parametrize("host", ['a"b', "a\\b", "ä", "%22", "a'b", "{}"])
def test_no_host_breaks_a_line_of_the_log(start: Start, host: str) -> None:
    assert start(WOULD_BE_ALLOWED).get(f"http://{host}/").logged["status"] in {400, 403}


def test_squid_has_nothing_to_complain_about_in_its_configuration(start: Start, origin: Origin) -> None:
    squid = start(SSRF_PROXY_ALLOW_PRIVATE_IPS=LOOPBACK)
    complaints = re.findall(r".*(?:WARNING|ERROR).*", squid.log.read_text())
    # The machine of the test may forbid as many open files as a task has.
    assert [line for line in complaints if "RLIMIT_NOFILE" not in line] == []


def _agents(start: Start, origin: Origin) -> Squid:
    hosts = f"agent_backend:{origin.port}/agent-stub/,api:{origin.port}/files/"
    return start(SSRF_PROXY_AGENT_HOSTS=hosts)
