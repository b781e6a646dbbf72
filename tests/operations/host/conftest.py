"""One Docker host for all tests, and the command line as a person calls it in a folder of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from operations.__main__ import main
from operations.host.condition import MachineCondition
from operations.host.docker_host import DockerHost, wait_for
from tests.operations.conftest import Call, Ended
from tests.operations.host.conditions import MACHINE
from tests.operations.host.host_world import BUCKET, HostWorld, host_world
from tests.servers.docker_engine import started
from tests.servers.host_images import load


@pytest.fixture(scope="session")
def docker_address() -> Iterator[str]:
    """A Docker of the tests' own with the stack's images; `OPERATIONS_DOCKER` names one that has them already."""
    if ready := os.environ.get("OPERATIONS_DOCKER"):
        yield ready
        return
    for engine in started():
        load(engine.host)
        yield engine.host


@pytest.fixture(scope="session")
def world(docker_address: str) -> Iterator[HostWorld]:
    """One for all tests, whose schedule has nothing to do any more: a new host backs itself up once."""
    with host_world(docker_address) as made:
        wait_for("its own first backup", lambda: bool(made.backups.bases() and made.backups.snapshots()), seconds=120)
        yield made


@pytest.fixture(autouse=True)
def idle_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` judges the stack and not what else this machine does; that it is read, test_machine.py shows."""

    def idle(_: DockerHost) -> MachineCondition:
        return MACHINE

    monkeypatch.setattr("operations.host.status.read_machine", idle)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`python -m operations`, in a folder with the stack file of a Docker host, with journals of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)

    def run(world: HostWorld, command: str, *options: str) -> Ended:
        file = Path(f"Pulumi.{world.stack}.yaml")
        if not file.exists():
            file.write_text("config:\n  dify:target: docker\n")
        capsys.readouterr()
        code = main([command, world.stack, *options, "--docker-host", world.address])
        said = capsys.readouterr()
        return Ended(int(code), said.out, said.err)

    return run


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = cast("Any", boto3).client("s3", region_name="eu-central-1")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client
