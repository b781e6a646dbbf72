"""Before anything is made, every reason why it would not run is one line; a host that fits has none."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.host.host_plan import plan_of
from operations.host.preflight import (
    CertificateFacts,
    HostFacts,
    HostPlan,
    Listener,
    OpenFilesFacts,
    Port,
    advice,
    covers,
    mistakes,
)
from tests.settings.host_files import host_settings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GIB = 1024**3
ANYWHERE = "0.0.0.0"  # noqa: S104  compared, not bound

PLAN = HostPlan(
    stack="host",
    docker_host="unix:///var/run/docker.sock",
    domain="dify.example.com",
    release="1.17.1",
    ports=(Port(address=ANYWHERE, number=80), Port(address=ANYWHERE, number=443)),
    memory=28 * GIB,
    largest_cpus=2,
    disk=20 * GIB,
    postgres_major=16,
    open_files=65536,
    watched=True,
)
CERTIFICATE = CertificateFacts(
    where="certificate /etc/dify/certificate.pem",
    names=("dify.example.com",),
    begins=NOW - timedelta(days=1),
    ends=NOW + timedelta(days=60),
)
FITS = HostFacts(
    now=NOW,
    docker_version="20.10.24+dfsg1",
    memory=32 * GIB,
    cpus=8,
    disk_free=100 * GIB,
    docker_folder="/var/lib/docker",
    listeners=(Listener(address=ANYWHERE, port=443, who="container dify-host-nginx", ours=True),),
    postgres_majors={"dify-host-postgres-a": 16},
    data_release="1.17.1",
    certificate=CERTIFICATE,
    overcommit_memory=1,
    somaxconn=4096,
    nr_open=1048576,
    open_files=OpenFilesFacts(given=True),
    transparent_huge_pages="madvise",
)


def _listener(address: str, port: int = 80) -> tuple[Listener, ...]:
    return (Listener(address=address, port=port, who="a program", ours=False),)


def test_a_host_that_fits_has_neither_a_mistake_nor_advice() -> None:
    assert mistakes(PLAN, FITS) == []
    assert advice(PLAN, FITS) == []


def test_what_cannot_be_seen_is_not_judged() -> None:
    blind = HostFacts(now=NOW, docker_version="29.1.0")
    assert mistakes(PLAN, blind) == []
    assert advice(PLAN, blind) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            {"unreachable": "No such file or directory"},
            ("Docker at unix:///var/run/docker.sock", "No such file", "start"),
        ),
        ({"docker_version": "19.03.15"}, ("19.03.15", "20.10 or newer", "upgrade")),
        ({"docker_version": ""}, ("unknown", "20.10 or newer")),
        ({"memory": 16 * GIB}, ("memory of the host", "16.0 GiB", "28.0 GiB", "memoryMib in Pulumi.host.yaml")),
        ({"cpus": 1}, ("CPUs of the host: got 1", "may use 2", "cpus in Pulumi.host.yaml")),
        ({"disk_free": GIB}, ("disk at /var/lib/docker", "1.0 GiB free", "20.0 GiB", "docker system df")),
        (
            {"open_files": OpenFilesFacts(given=False, why="error setting rlimit type 7")},
            ("Docker at unix:///var/run/docker.sock: got a refusal of 65536 open files", "LimitNOFILE=1048576"),
        ),
        (
            {"nr_open": 1024, "open_files": OpenFilesFacts(given=False)},
            ("fs.nr_open: got 1024", "65536 open files", "sysctl -w fs.nr_open=65536"),
        ),
        ({"listeners": _listener(ANYWHERE)}, ("port 80 of the host", "a program listening on 0.0.0.0", "stop that")),
        ({"listeners": _listener("192.0.2.1")}, ("port 80 of the host", "192.0.2.1")),
        ({"listeners": _listener("::")}, ("port 80 of the host", "::")),
        ({"postgres_majors": {"dify-host-postgres-a": 15}}, ("volume dify-host-postgres-a", "PostgreSQL 15", "is 16")),
        ({"data_release": "1.18.0"}, ("dify:release: got 1.17.1", "migrated by 1.18.0", "restore an older backup")),
    ],
)
def test_each_reason_is_one_line_that_says_what_where_and_how(found: dict[str, Any], words: tuple[str, ...]) -> None:
    (line,) = mistakes(PLAN, replace(FITS, **found))
    assert "\n" not in line
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fits_key": False}, "the key is another certificate's"),
        ({"names": ("other.example.com",)}, "got other.example.com; browsers ask for dify.example.com"),
        ({"names": ()}, "got no name"),
        ({"ends": NOW - timedelta(days=2)}, "ended on 2026-05-30"),
        ({"begins": NOW + timedelta(days=2)}, "begins on 2026-06-03"),
        ({"unreadable": "got a key that is none in PEM, or has a password"}, "got a key that is none in PEM"),
    ],
)
def test_each_fault_of_a_certificate_is_named(change: dict[str, Any], words: str) -> None:
    (line,) = mistakes(PLAN, replace(FITS, certificate=replace(CERTIFICATE, **change)))
    assert line.startswith("certificate /etc/dify/certificate.pem: ")
    assert words in line


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"overcommit_memory": 0}, "vm.overcommit_memory: got 0"),
        ({"somaxconn": 128}, "net.core.somaxconn: got 128"),
        (
            {"open_files": OpenFilesFacts(given=None, why="no space left on device")},
            "Docker could not be asked for 65536 (no space left on device); `docker run --rm --ulimit nofile=65536 ",
        ),
        ({"transparent_huge_pages": "always"}, "transparent huge pages: got always"),
        ({"certificate": replace(CERTIFICATE, ends=NOW + timedelta(days=5))}, "ends in 5 days, on 2026-06-06"),
    ],
)
def test_what_would_run_better_is_advice_and_no_mistake(found: dict[str, Any], words: str) -> None:
    facts = replace(FITS, **found)
    (line,) = advice(PLAN, facts)
    assert words in line
    assert mistakes(PLAN, facts) == []


def test_a_port_on_another_address_is_free_and_an_older_release_of_the_data_is_fine() -> None:
    plan = replace(PLAN, ports=(Port(address="192.0.2.1", number=80),))
    assert mistakes(plan, replace(FITS, listeners=_listener("127.0.0.1"))) == []
    assert len(mistakes(plan, replace(FITS, listeners=_listener(ANYWHERE)))) == 1
    assert mistakes(PLAN, replace(FITS, data_release="1.9.2")) == []


def test_a_host_that_tells_nobody_is_worth_a_line() -> None:
    (line,) = advice(replace(PLAN, watched=False), FITS)
    assert line.startswith("dify:alarms: got nobody to tell; ")
    assert not plan_of(host_settings({}), "host").watched
    for alarms in ({"webhookFile": "/etc/dify/a"}, {"heartbeatFile": "/etc/dify/a"}):
        assert plan_of(host_settings({"alarms": alarms}), "host").watched


def test_containers_are_asked_for_with_the_open_files_of_the_stack_file() -> None:
    assert plan_of(host_settings({}), "host").open_files == 65536
    assert plan_of(host_settings({"host.openFiles": 4096}, "dev"), "host").open_files == 4096


@pytest.mark.parametrize(
    ("name", "domain", "is_covered"),
    [
        ("dify.example.com", "DIFY.example.com", True),
        ("*.example.com", "dify.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.dify.example.com", False),
        ("example.com", "dify.example.com", False),
    ],
)
def test_a_star_stands_for_one_label(name: str, domain: str, *, is_covered: bool) -> None:
    assert covers(name, domain) is is_covered


def test_the_program_can_ask_without_loading_anything_heavy() -> None:
    heavy = "{'docker', 'boto3', 'cryptography', 'pydantic'}"
    script = f"import sys, operations.host.preflight; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], text=True, capture_output=True, check=True)  # noqa: S603
    assert loaded.stdout.strip() == "[]"
