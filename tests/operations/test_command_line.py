"""A call that is wrong is told so in one line, without a traceback, before Docker is asked."""

from pathlib import Path

import pytest

from operations.__main__ import TARGETS, main
from operations.outcome import ExitCode


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return tmp_path


def test_a_stack_on_aws_is_sent_to_its_own_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Pulumi.prod.yaml").write_text("config:\n  dify:environment: prod\n")
    assert main(["status", "prod"]) == ExitCode.WRONG_CALL
    said = capsys.readouterr().err
    assert said == "config dify:target: got aws; status is for docker; docs/operate.md has what AWS needs\n"


def test_a_stack_without_a_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "nowhere"]) == ExitCode.FAILED
    assert capsys.readouterr().err.startswith("config Pulumi.nowhere.yaml: got no file; ")


@pytest.mark.parametrize("command", TARGETS["docker"])
def test_without_docker_every_command_ends_with_1_and_one_line(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Pulumi.host.yaml").write_text(_HOST)
    release = ["1.17.1", "--pulumi", "/bin/true"] if command == "upgrade" else []
    assert main([command, "host", *release]) == ExitCode.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Docker at unix:///nowhere/docker.sock: got No such file or directory; ")


def test_the_address_of_the_call_goes_before_the_variable_and_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Pulumi.host.yaml").write_text(_HOST)
    monkeypatch.setenv("DOCKER_HOST", "unix:///variable")
    main(["status", "host"])
    main(["status", "host", "--docker-host", "unix:///call"])
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("Docker at unix:///variable: ")
    assert second.startswith("Docker at unix:///call: ")


def test_an_unknown_command_is_argparses_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["destroy", "host"])
    assert ended.value.code == ExitCode.WRONG_CALL
    assert "invalid choice" in capsys.readouterr().err


_HOST = """config:
  dify:target: docker
  dify:environment: dev
  dify:domain: dify.example.com
  dify:release: 1.17.1
  dify:host: {memoryGib: 64, cpus: 8, docker: "unix:///nowhere/docker.sock"}
  dify:tls: {selfSigned: true}
"""
