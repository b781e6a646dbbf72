"""What is read of a host and of a certificate is what is there, and nothing of a key is kept."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from docker.errors import APIError

from operations.host.certificate import facts_of
from operations.host.docker_host import DockerHost
from operations.host.host_facts import read_facts
from operations.host.open_files import ask_for
from operations.host.preflight import OpenFilesFacts
from tests.operations.host.host_world import HostWorld
from tests.operations.host.pems import pem_of

WHERE = "certificate /etc/dify/certificate.pem"


def test_a_certificate_and_its_key_are_read() -> None:
    certificate, key = pem_of("dify.example.com", days=30)
    facts = facts_of(WHERE, certificate, key)
    assert facts.unreadable is None
    assert facts.names == ("dify.example.com",)
    assert facts.fits_key
    assert timedelta(days=29) < facts.ends - datetime.now(UTC) < timedelta(days=31)
    assert "PRIVATE" not in repr(facts)


def test_another_certificates_key_does_not_fit() -> None:
    (certificate, _), (_, key) = pem_of("dify.example.com"), pem_of("dify.example.com")
    assert not facts_of(WHERE, certificate, key).fits_key


@pytest.mark.parametrize(("content", "words"), [(None, "no certificate"), (b"", "no certificate"), (b"x", "in PEM")])
def test_what_is_no_certificate_is_said(content: bytes | None, words: str) -> None:
    assert words in str(facts_of(WHERE, content).unreadable)


def test_a_key_that_is_none_is_said_without_showing_it() -> None:
    certificate, _ = pem_of("dify.example.com")
    facts = facts_of(WHERE, certificate, b"hunter2")
    assert "key that is none" in str(facts.unreadable)
    assert "hunter2" not in repr(facts)


@pytest.mark.parametrize(
    ("address", "words"),
    [("unix:///nowhere/docker.sock", "No such file or directory"), ("tcp://127.0.0.1:1", "Connection refused")],
)
def test_a_docker_that_is_not_there_is_the_only_fact(address: str, words: str) -> None:
    facts = read_facts(address, "host")
    assert facts.unreachable == words
    assert facts.docker_version == ""


def test_a_certificate_that_is_not_on_this_machine_is_not_judged(tmp_path: Path) -> None:
    assert read_facts("unix:///nowhere", "host", (tmp_path / "a", tmp_path / "b")).certificate is None


def test_a_certificate_without_its_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pem_of("dify.example.com")[0])
    facts = read_facts("unix:///nowhere", "host", (tmp_path / "a", tmp_path / "b")).certificate
    assert facts is not None
    assert facts.unreadable == "got No such file or directory"


@pytest.mark.engine
def test_the_facts_of_a_real_host_are_found(world: HostWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        facts = read_facts(world.address, world.stack)
        mine = [one for one in facts.listeners if one.port == port]
    assert facts.unreachable is None
    assert facts.docker_version
    assert facts.memory
    assert facts.cpus
    assert facts.disk_free
    assert facts.overcommit_memory in (0, 1, 2)
    assert [(one.address, one.who, one.ours) for one in mine] == [("127.0.0.1", "a program", False)]
    assert facts.postgres_majors == {f"dify-{world.stack}-postgres-{node}": 17 for node in "ab"}


@pytest.mark.engine
def test_docker_is_asked_for_open_files_and_keeps_nothing_of_it(world: HostWorld) -> None:
    """More than the kernel's own most is refused on every machine."""
    too_many = int(Path("/proc/sys/fs/nr_open").read_text()) + 1
    before = _kept(world)
    few, many = (read_facts(world.address, world.stack, open_files=count).open_files for count in (256, too_many))
    assert few == OpenFilesFacts(given=True)
    assert many is not None
    assert many.given is False
    assert "error setting rlimit" in many.why
    assert _kept(world) == before


@pytest.mark.engine
def test_a_check_that_crashed_does_not_stand_in_the_way_of_the_next(world: HostWorld) -> None:
    client, before = world.host.client, _kept(world)
    image = world.host.inspect("sandbox")["Image"]
    client.create_container(image, ["true"], name=f"dify-{world.stack}-check")
    facts = read_facts(world.address, world.stack, open_files=256)
    assert facts.open_files == OpenFilesFacts(given=True)
    assert _kept(world) == before


def test_a_docker_that_takes_no_image_is_not_judged() -> None:
    client = mock.Mock()
    client.import_image_from_data.side_effect = APIError("500", explanation="no space\nleft on device")
    asked = ask_for(65536, DockerHost(client, "host", "unix:///nowhere"))
    assert asked == OpenFilesFacts(given=None, why="no space left on device")


def _kept(world: HostWorld) -> object:
    """All containers and images that Docker has."""
    client = world.host.client
    return sorted(one["Id"] for one in client.containers(all=True)), sorted(client.images(all=True, quiet=True))
