"""A call that is wrong is told so in one line, without a traceback, before Docker is asked."""

from pathlib import Path

import pytest

from operations.__main__ import TARGETS, commands_of, main
from operations.outcome import ExitCode


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return tmp_path


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_of_another_target_is_unknown(folder: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a command that no target has."""
    (folder / "Pulumi.prod.yaml").write_text(f"config:\n  dify:target: {target}\n")
    with pytest.raises(SystemExit) as ended:
        main(["destroy", "prod"])
    assert ended.value.code == ExitCode.WRONG_CALL
    assert "invalid choice" in capsys.readouterr().err


def test_an_unknown_target_is_named_with_those_that_are_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Pulumi.prod.yaml").write_text("config:\n  dify:target: azure\n")
    assert main(["status", "prod"]) == ExitCode.WRONG_CALL
    assert capsys.readouterr().err == "config dify:target: got azure; known are aws, docker\n"


@pytest.mark.parametrize(("call", "code"), [([], 0), (["--help"], 0), (["status", "--help"], 0), (["status"], 2)])
def test_a_call_without_a_stack_shows_the_commands_of_every_target(
    call: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(call) == code
    said = capsys.readouterr()
    shown = said.err if code else said.out
    for target, place in TARGETS.items():
        assert f"on {place}:" in shown
        assert all(one.does in shown for one in commands_of(target).commands.values())


def test_a_stack_without_a_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "nowhere"]) == ExitCode.FAILED
    assert capsys.readouterr().err.startswith("config Pulumi.nowhere.yaml: got no file; ")


@pytest.mark.parametrize("command", commands_of("docker").commands)
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


_HOST = """config:
  dify:target: docker
  dify:environment: dev
  dify:domain: dify.example.com
  dify:release: 1.17.1
  dify:host: {memoryGib: 64, cpus: 8, docker: "unix:///nowhere/docker.sock"}
  dify:tls: {selfSigned: true}
"""
