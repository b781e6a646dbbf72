"""A host that cannot carry the stack is told so in one line, before anything is started."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from operations.host import host_plan
from tests.host_live.stack import DOMAIN, HostStack, empty_host
from tests.servers.certificates import server_certificate
from tests.servers.docker_engine import BUSYBOX, DockerEngine

pytestmark = pytest.mark.live

LABELS = {"dify.stack": "host"}


@pytest.fixture
def host(engine: DockerEngine, tmp_path: Path) -> Generator[HostStack]:
    """An empty host, without an image of the stack."""
    engine.clear()
    with empty_host(engine, tmp_path, {}) as made:
        yield made


def checked(host: HostStack, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `check` says against it."""
    capsys.readouterr()
    code = host.operate("check")
    said = capsys.readouterr().err.splitlines()
    assert code == (1 if said else 0)
    return said


def seen(host: HostStack) -> object:
    """All that Docker has of the stack."""
    networks = host.host.client.networks(filters={"label": "dify.stack=host"})
    return [part.name for part in host.host.parts()], sorted(host.host.volumes()), networks


def refused(host: HostStack, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that `check` says, and `pulumi up` too, which then starts nothing."""
    (line,) = checked(host, capsys)
    before = seen(host)
    done = host.place.up()
    assert done.code != 0
    assert "Traceback" not in done.text
    assert [said for said in done.text.splitlines() if line in said], done.text
    assert seen(host) == before
    return line


def test_a_host_that_can_carry_it_is_told_so(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(host, capsys) == []


def test_a_port_that_somebody_else_has(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    client = host.host.client
    taken = client.create_container(
        BUSYBOX,
        ["sleep", "600"],
        name="stranger",
        ports=[443],
        host_config=client.create_host_config(port_bindings={443: 443}),
    )
    client.start(taken["Id"])
    assert refused(host, capsys).startswith(
        "port 443 of the host: got container stranger listening on 0.0.0.0; nginx publishes it; stop that, or "
    )


def test_no_docker(host: HostStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = f"unix://{tmp_path}/none.sock"
    host.place.edit(host.engine.host, nowhere)
    host.docker = nowhere
    assert refused(host, capsys) == (
        f"Docker at {nowhere}: got No such file or directory; the stack needs a running Docker; "
        "start it, or set dify:host.docker to where it runs"
    )


def test_a_certificate_of_another_name(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    server_certificate(host.folder, "other.example.com")
    what = f'got "{host.folder}/server.pem"; the certificate is not for {DOMAIN}; get one that names {DOMAIN}'
    assert refused(host, capsys) == f"config dify:tls.certificateFile: {what}"


def test_a_key_of_another_certificate(host: HostStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other").mkdir()
    other = server_certificate(tmp_path / "other", DOMAIN)
    host.place.edit(str(host.folder / "server.key"), str(other.key_file))
    assert "the key of keyFile is not that of this certificate" in refused(host, capsys)


def test_a_plan_that_is_larger_than_the_memory_that_is_stated(
    host: HostStack, capsys: pytest.CaptureFixture[str]
) -> None:
    host.place.edit("memoryGib: 11", "memoryGib: 8")
    line = refused(host, capsys)
    assert line.startswith("config dify:host.memoryGib: got 8; all containers and 2048 MiB for the system need 10880 ")


def test_a_machine_with_less_memory_than_is_stated(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    host.place.edit("memoryGib: 11", "memoryGib: 4096")
    host.place.edit("dify:cache:\n    memoryMib: 256", "dify:cache:\n    memoryMib: 1000000")
    line = refused(host, capsys)
    assert line.startswith("memory of the host: got ")
    assert "need 986.9 GiB; add memory, or lower the services' memoryMib in Pulumi.host.yaml" in line


def test_a_disk_that_is_too_small(
    host: HostStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(host_plan, "DISK", 1024**6)
    (line,) = checked(host, capsys)
    assert line.startswith(f"disk at {host.engine.folder}/data: got ")
    assert "free; images, data and backups need 1073741824.0 GiB; free some" in line


def test_data_of_another_postgresql(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    labels = {**LABELS, "dify.part": "postgres-a", "dify.postgres-major": "16"}
    host.host.client.create_volume("dify-host-postgres-a", labels=labels)
    line = refused(host, capsys)
    assert line.startswith("volume dify-host-postgres-a: got data of PostgreSQL 16; the plan's server is 17")


def test_data_of_a_newer_dify(host: HostStack, capsys: pytest.CaptureFixture[str]) -> None:
    client: Any = host.host.client
    labels = {**LABELS, "dify.part": "migration", "dify.kind": "migration", "dify.release": "99.0.0"}
    made = client.create_container(BUSYBOX, ["true"], name="dify-host-migration", labels=labels)
    client.start(made["Id"])
    client.wait(made["Id"])
    line = refused(host, capsys)
    assert line.startswith("config dify:release: got 1.17.0; the database was migrated by 99.0.0")
