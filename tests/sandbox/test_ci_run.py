"""CI passes over no test of a Docker host: .ci/run runs them as root, or says that it cannot."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.servers import docker_engine

RUN = Path(__file__).resolve().parents[2] / ".ci" / "run"


@pytest.fixture
def called(tmp_path: Path) -> Path:
    """A machine whose `make` writes down how it is called."""
    program(tmp_path, "make", f'echo "make $* REQUIRE_DOCKER=${{REQUIRE_DOCKER:-}}" >> {tmp_path}/calls')
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def run(folder: Path) -> "subprocess.CompletedProcess[str]":
    # Which these tests may themselves be run with.
    inherited = {name: value for name, value in os.environ.items() if name != "REQUIRE_DOCKER"}
    return subprocess.run(  # noqa: S603  the project's own script
        [str(RUN)], env={**inherited, "PATH": f"{folder}:/usr/bin:/bin"}, text=True, capture_output=True, check=False
    )


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


TESTED = ["make check REQUIRE_DOCKER=", "make test REQUIRE_DOCKER=1"]


def test_as_root_docker_is_demanded(called: Path) -> None:
    program(called, "id", "echo 0")
    assert run(called).returncode == 0
    assert calls(called) == TESTED


def test_as_somebody_else_docker_is_demanded_through_sudo(called: Path) -> None:
    program(called, "id", "echo 1000")
    program(called, "sudo", 'echo sudo >> "$(dirname "$0")/used"; shift; exec "$@"')
    assert run(called).returncode == 0
    assert calls(called) == TESTED
    assert (called / "used").exists()


def test_without_root_or_sudo_it_fails_and_says_so(called: Path) -> None:
    program(called, "id", "echo 1000")
    program(called, "sudo", "exit 1")
    done = run(called)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        ".ci/run: the tests of a Docker host need root: run this as root, or with a sudo that asks for no password"
    ]
    assert calls(called) == TESTED[:1]


@pytest.mark.parametrize(("demanded", "outcome"), [({}, Skipped), ({"REQUIRE_DOCKER": "1"}, Failed)])
def test_where_docker_cannot_run_its_tests_are_skipped_unless_it_is_demanded(
    monkeypatch: pytest.MonkeyPatch, demanded: Mapping[str, str], outcome: type[BaseException]
) -> None:
    monkeypatch.delenv("REQUIRE_DOCKER", raising=False)
    for name, value in demanded.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(docker_engine, "find_program", str)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(outcome, match="an engine of the tests' own needs root"):
        next(docker_engine.started())
