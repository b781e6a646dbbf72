"""The stack on AWS that moto plays, and the command line as a person calls it in the stack's folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import botocore.session
import pytest
from moto import mock_aws

from operations.__main__ import main
from operations.aws import calls
from tests.operations.aws.answers import Answers
from tests.operations.aws.aws_world import STACK, AwsWorld, make_world
from tests.operations.aws.moto_gaps import fill_gaps
from tests.operations.conftest import Call, Ended


@pytest.fixture(scope="session")
def aws_models() -> Any:
    """AWS's own description of its services: read once, not for each test."""
    return cast("Any", botocore.session).Session().get_component("data_loader")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws_models: Any) -> Iterator[AwsWorld]:
    """A stack that is well, in the current folder. Nothing waits between two looks."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    # Nobody here starts a machine from one of a thousand images.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        session = cast("Any", botocore.session).Session()
        session.register_component("data_loader", aws_models)
        cast("Any", boto3).setup_default_session(botocore_session=session)
        answers = Answers()
        answers.install(monkeypatch)
        made = make_world(tmp_path, answers)
        fill_gaps(made)
        yield made


@pytest.fixture
def call(world: AwsWorld, capsys: pytest.CaptureFixture[str]) -> Call:
    """`python -m operations COMMAND prod ...`."""

    def run(command: str, *options: str) -> Ended:
        capsys.readouterr()
        code = main([command, STACK, *options, "--pulumi", str(world.pulumi)])
        said = capsys.readouterr()
        return Ended(int(code), said.out, said.err)

    return run
