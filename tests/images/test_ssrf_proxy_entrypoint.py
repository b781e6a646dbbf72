"""The entrypoint of the SSRF proxy: what it takes from the environment, and what it refuses before squid starts."""

import re
import subprocess
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.squid import IMAGE, TEMPLATE

PRIVATE = [
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
]
TASK_DEFINITION_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH whose squid prints the configuration that it was given."""
    folder = tmp_path_factory.mktemp("programs")
    squid = folder / "squid"
    squid.write_text('#!/bin/sh\n[ "$*" = "-N -n name -f /dev/fd/3" ] && exec cat /dev/fd/3\n')
    squid.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def run(programs: str, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": programs, "SSRF_PROXY_TEMPLATE": TEMPLATE, **variables}
    return subprocess.run(  # noqa: S603  the image's own script
        ["/bin/sh", str(IMAGE / "entrypoint.sh"), "-n", "name"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def rendered(programs: str, **variables: str) -> list[str]:
    """The lines that squid reads."""
    done = run(programs, variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def refusal(programs: str, **variables: str) -> str:
    """The one line of a start that must fail, without squid."""
    done = run(programs, variables)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    return done.stderr


def test_without_any_variable_the_ports_are_difys_and_nothing_inside_is_allowed(programs: str) -> None:
    lines = rendered(programs)
    assert "http_port 3128" in lines
    assert "acl http_ports port 80 443" in lines
    assert "acl connect_ports port 443" in lines
    assert [line for line in lines if line.startswith("http_access allow")] == ["http_access allow all"]
    assert not [line for line in lines if "${" in line and not line.startswith("#")]


def test_credentials_are_refused_before_anything_is_allowed(programs: str) -> None:
    lines = rendered(
        programs,
        SSRF_PROXY_ALLOW_PRIVATE_IPS="10.0.0.0/8",
        SSRF_PROXY_ALLOW_PRIVATE_DOMAINS=".example",
        SSRF_PROXY_AGENT_HOSTS="api:5001/files/",
    )
    first_allow = next(at for at, line in enumerate(lines) if line.startswith("http_access allow"))
    assert lines.index("http_access deny credentials") < first_allow


@pytest.mark.parametrize(
    "network",
    [
        *("169.254.169.254", "169.254.170.2/32", "169.254.0.0/16", "168.0.0.0/6", "0.0.0.0/0", "0.0.0.0/8", "8.8.8.8"),
        *("10.0.0.0/7", "172.16.0.0/11", "192.168.0.0/15", "100.64.0.0/9", "224.0.0.0/4", "128.0.0.0/1"),
        *(
            "::/0",
            "fe80::1",
            "fd00:ec2::254",
            "fd00:0ec2::254/128",
            "FD00:EC2::/64",
            "fd00::/8",
            "fd00::/32",
            "fd00::/47",
        ),
        *(
            "::ffff:169.254.169.254",
            "::1",
            "10.0.0.1/33",
            "10.0.0.256",
            "10.0.0",
            "010.0.0.1",
            "10.0.0.1/",
            "a.example",
        ),
        *("10.0.0.1;id", "$(id)", "*", "10.0.0.0/8 -i", "10.0.0.1\nhttp_access allow all"),
    ],
)
def test_a_network_that_is_not_private_is_refused_by_name(programs: str, network: str) -> None:
    line = refusal(programs, SSRF_PROXY_ALLOW_PRIVATE_IPS=f"10.1.0.0/16,{network}")
    assert line.startswith("ssrf_proxy: SSRF_PROXY_ALLOW_PRIVATE_IPS: ")
    assert "is not a private network" in line


@settings(max_examples=30, deadline=None)
@given(
    address=st.one_of(st.ip_addresses(v=4), *(st.ip_addresses(network=str(network)) for network in PRIVATE)),
    length=st.sampled_from([4, 8, 9, 10, 12, 16, 24, 32]),
)
def test_exactly_the_networks_inside_private_ranges_are_taken(programs: str, address: IPv4Address, length: int) -> None:
    network = IPv4Network((address, length), strict=False)
    done = run(programs, {"SSRF_PROXY_ALLOW_PRIVATE_IPS": str(network)})
    assert (done.returncode == 0) == any(network.subnet_of(private) for private in PRIVATE)


def test_difys_own_range_of_ports_is_taken(programs: str) -> None:
    assert "acl http_ports port 80 1025-65535" in rendered(programs, SSRF_PROXY_HTTP_PORTS="80,1025-65535")


def test_networks_are_taken_with_spaces_without_a_length_and_in_ipv6(programs: str) -> None:
    lines = rendered(programs, SSRF_PROXY_ALLOW_PRIVATE_IPS="10.1.2.3, 192.168.0.0/24,fd12:3456:789a::/48")
    assert [line.split()[-1] for line in lines if line.startswith("acl allowed_addresses")] == [
        "10.1.2.3/32",
        "192.168.0.0/24",
        "fd12:3456:789a::/48",
    ]


@pytest.mark.parametrize(
    "name", ["169.254.169.254", "0xa9fea9fe", "[::1]", "a..b", "-n", "a/b", "*", ".", "a.example:80"]
)
def test_what_is_not_a_name_is_refused_as_a_domain(programs: str, name: str) -> None:
    line = refusal(programs, SSRF_PROXY_ALLOW_PRIVATE_DOMAINS=f"good.example,{name}")
    assert line.startswith(f"ssrf_proxy: SSRF_PROXY_ALLOW_PRIVATE_DOMAINS: {name} is not a domain name")


@pytest.mark.parametrize(
    "host",
    [
        "api",
        "api:5001",
        "api:5001/files",
        "api/files/",
        "169.254.169.254:80/files/",
        "api:5001/a.*/",
        "api:0/f/",
        "api:65536/f/",
    ],
)
def test_an_agent_host_needs_a_name_a_port_and_a_folder(programs: str, host: str) -> None:
    line = refusal(programs, SSRF_PROXY_AGENT_HOSTS=host)
    assert line == f"ssrf_proxy: SSRF_PROXY_AGENT_HOSTS: {host} is not host:port/path/\n"


@pytest.mark.parametrize("variable", ["SSRF_PROXY_HTTP_PORTS", "SSRF_PROXY_CONNECT_PORTS"])
@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80-", "90-80", "1-65536", "80-90-100"])
def test_a_port_that_does_not_exist_is_refused(programs: str, variable: str, port: str) -> None:
    assert (
        refusal(programs, **{variable: f"443,{port}"})
        == f"ssrf_proxy: {variable}: {port} is not a port or a range of ports\n"
    )


@pytest.mark.parametrize(
    "listen", ["0", "localhost:3128", "3128 intercept", "3128 http_access allow all", "1.2.3.4", "65536"]
)
def test_an_address_to_listen_on_that_squid_could_misread_is_refused(programs: str, listen: str) -> None:
    line = refusal(programs, SSRF_PROXY_LISTEN=listen.replace(" ", "\n"))
    assert line == f"ssrf_proxy: SSRF_PROXY_LISTEN: {listen} is not a port or address:port\n"


@pytest.mark.parametrize(("given", "seconds"), [({}, "20"), ({"SSRF_PROXY_SHUTDOWN_SECONDS": "2"}, "2")])
def test_what_was_begun_has_a_while_to_end(programs: str, given: dict[str, str], seconds: str) -> None:
    assert f"shutdown_lifetime {seconds} seconds" in rendered(programs, **given)


@pytest.mark.parametrize("seconds", ["0", "100", "2s", "-1", "1 hour"])
def test_a_while_that_is_no_number_of_seconds_is_refused(programs: str, seconds: str) -> None:
    line = refusal(programs, SSRF_PROXY_SHUTDOWN_SECONDS=seconds)
    assert line == f"ssrf_proxy: SSRF_PROXY_SHUTDOWN_SECONDS: {seconds} is not a number from 1 to 99\n"


def test_a_template_without_a_place_for_the_rules_is_refused(programs: str) -> None:
    line = refusal(programs, SSRF_PROXY_TEMPLATE=TEMPLATE.replace("${ALLOWED}", ""))
    assert line == "ssrf_proxy: the template lacks ${ALLOWED}\n"


def test_the_image_brings_the_template_where_the_entrypoint_reads_it() -> None:
    dockerfile = (IMAGE / "Dockerfile").read_text()
    (place,) = re.findall(r"cat (/\S+\.conf)\)", (IMAGE / "entrypoint.sh").read_text())
    assert f"COPY squid.conf {place}\n" in dockerfile
    assert "\nUSER 13:13\n" in dockerfile
    assert re.search(r"^FROM debian:bookworm-\d{8}-slim$", dockerfile, re.MULTILINE)


def test_script_and_template_fit_into_a_task_definition_many_times() -> None:
    size = sum((IMAGE / name).stat().st_size for name in ("entrypoint.sh", "squid.conf"))
    assert size * 4 < TASK_DEFINITION_BYTES
