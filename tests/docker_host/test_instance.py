"""The script that runs an instance: by the shells of the images, Debian's and Alpine's."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from operations.host.docker_host import wait_for

SCRIPT = Path(__file__).parent.parent.parent / "components/docker_host/scripts/instance.sh"

SHELLS: dict[str, tuple[str, ...]] = {"Debian": ("dash",), "Alpine": ("busybox", "sh")}

_FOREVER = "trap 'echo told >&2; exit 7' TERM; echo started >&2; while :; do sleep 0.02; done"
"""A service that says what it hears, and ends with 7."""


@dataclass
class Place:
    """A folder in place of the container's own, and what was started there."""

    folder: Path
    shell: tuple[str, ...]
    started: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    @property
    def ready(self) -> Path:
        return self.folder / "api-1"

    def command(self, *words: str) -> list[str]:
        """The script with its own files in this folder, and PID 1 being nobody's."""
        script = self.folder / "instance.sh"
        if not script.exists():
            text = SCRIPT.read_text(encoding="utf-8").replace("/tmp/", f"{self.folder}/")  # noqa: S108
            script.write_text(text.replace("kill -TERM 1;", f"touch {self.folder}/restarted;"), encoding="utf-8")
        return [*self.shell, str(script), words[0], str(self.ready), *words[1:]]

    def run(self, *service: str, drain: str = "0", stop: str = "60") -> subprocess.Popen[str]:
        """An instance that has started."""
        command = self.command("run", drain, stop, *service)
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
        self.started.append(process)
        assert process.stderr is not None
        assert process.stderr.readline() == "started\n"
        return process

    def check(self, *probe: str, seconds: str = "5") -> int:
        return subprocess.run(self.command("check", seconds, *probe), check=False).returncode  # noqa: S603

    @property
    def restarted(self) -> bool:
        return (self.folder / "restarted").exists()


@pytest.fixture(params=SHELLS.values(), ids=list(SHELLS))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Place]:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"there is no {request.param[0]} here")
    made = Place(tmp_path, request.param)
    yield made
    for process in made.started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_an_instance_is_ready_when_it_answers_and_not_before(place: Place) -> None:
    place.ready.touch()
    place.run("sh", "-c", _FOREVER)
    assert not place.ready.exists(), "what an earlier start left says nothing of this one"
    assert place.check("false") == 1
    assert not place.ready.exists()
    assert place.check("true") == 0
    assert place.ready.exists()


def test_an_instance_that_is_told_to_end_leaves_before_its_service_hears_of_it(place: Place) -> None:
    process = place.run("sh", "-c", _FOREVER, drain="3600")
    place.check("true")
    process.terminate()
    wait_for("it has left", lambda: not place.ready.exists(), seconds=30)
    assert place.check("true") == 0
    assert not place.ready.exists(), "a check that comes after it left makes it ready again"
    # The drain ends before its time where its sleep does.
    end_sleep = ["pkill", "-KILL", "-s", str(process.pid), "-f", "sleep 3600"]
    wait_for("it waits", lambda: subprocess.run(end_sleep, check=False).returncode == 0, seconds=30)  # noqa: S603
    assert process.stderr is not None
    assert "told\n" in process.stderr, "its end is not waited for: whoever would kill the service holds it open"
    assert process.wait(30) == 7


def test_an_instance_ends_as_its_service_does(place: Place) -> None:
    process = place.run("sh", "-c", "echo started >&2; exec sleep 0.05; exit 3")
    place.check("true")
    assert process.wait(30) == 0
    assert not place.ready.exists()
    assert place.run("sh", "-c", "echo started >&2; exit 9").wait(30) == 9


def test_a_service_that_does_not_hear_is_killed_when_its_time_is_over(place: Place) -> None:
    process = place.run("sh", "-c", "trap '' TERM; echo started >&2; while :; do sleep 0.02; done", stop="0")
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGKILL


def test_three_bad_answers_in_a_row_take_an_instance_out_and_a_good_one_brings_it_back(place: Place) -> None:
    place.check("true")
    for answer, ready in (("false", True), ("false", True), ("true", True), ("false", True), ("false", True)):
        place.check(answer)
        assert place.ready.exists() is ready
    place.check("false")
    assert not place.ready.exists()
    place.check("true")
    assert place.ready.exists()
    assert not place.restarted


def test_an_instance_that_hangs_starts_again(place: Place) -> None:
    place.check("true")
    for _ in range(17):
        assert place.check("false") == 1
    assert not place.restarted
    place.check("false")
    assert place.restarted


def test_an_instance_that_never_was_ready_is_starting_however_long(place: Place) -> None:
    for _ in range(20):
        assert place.check("false") == 1
    assert not place.restarted


def test_no_answer_is_a_bad_one(place: Place) -> None:
    place.check("true")
    for _ in range(3):
        assert place.check("sleep", "3600", seconds="0.05" if place.shell == ("dash",) else "1") != 0
    assert not place.ready.exists()
