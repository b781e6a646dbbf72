"""Pulumi is called as a person would call it, and left to end what it has begun when somebody is in a hurry."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_LONG_SECONDS = 20
"""What never takes so long would never come."""

_PULUMI = """#!{python}
import os, pathlib, signal, sys, time

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
pathlib.Path("process").write_text(str(os.getpid()))
os.close(os.open("begun", os.O_WRONLY))
for told in range({times}):
    signal.sigwait([signal.SIGINT])
    os.close(os.open("heard", os.O_WRONLY))
# AWS takes its time to make what was asked for.
time.sleep(1)
again = signal.SIGINT in signal.sigpending()
pathlib.Path("state").write_text("interrupted again" if again else "complete, and not locked")
print("{{}}")
"""

_CALL = """
from pathlib import Path
from operations.pulumi_program import PulumiProgram

PulumiProgram(stack="prod", folder=Path.cwd(), pulumi="./pulumi").{call}()
"""


def _begun(folder: Path, call: str, *, times: int = 1) -> subprocess.Popen[bytes]:
    """A call whose Pulumi is at work: it ends some time after it was told so `times` times."""
    (folder / "pulumi").write_text(_PULUMI.format(python=sys.executable, times=times))
    (folder / "pulumi").chmod(0o755)
    for pipe in ("begun", "heard"):
        os.mkfifo(folder / pipe)
    called = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _CALL.format(call=call)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _wait_for(folder / "begun")
    return called


def _wait_for(pipe: Path) -> None:
    """Until the stand-in has opened and closed its end."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert select.select([reader], [], [], _LONG_SECONDS)[0], f"{pipe.name}: nobody came"
    os.close(reader)


@pytest.mark.parametrize("call", ["up", "outputs"])
def test_ctrl_c_lets_pulumi_end_what_it_has_begun(tmp_path: Path, call: str) -> None:
    """Python's own way gives it a quarter of a second and kills it: the stack would stay locked."""
    called = _begun(tmp_path, call)
    os.killpg(called.pid, signal.SIGINT)
    _wait_for(tmp_path / "heard")
    assert called.wait() == -signal.SIGINT
    assert (tmp_path / "state").read_text() == "complete, and not locked", "a terminal tells all, Pulumi hears it once"


def test_ctrl_c_again_is_passed_on_too(tmp_path: Path) -> None:
    called = _begun(tmp_path, "up", times=2)
    for _ in range(2):
        os.killpg(called.pid, signal.SIGINT)
        _wait_for(tmp_path / "heard")
    assert called.wait() == -signal.SIGINT
    assert (tmp_path / "state").read_text() == "complete, and not locked"


def test_a_lost_connection_ends_the_call_and_not_pulumi(tmp_path: Path) -> None:
    called = _begun(tmp_path, "up")
    os.killpg(called.pid, signal.SIGHUP)
    assert called.wait() == -signal.SIGHUP
    # Whoever calls again finds it at work, until it has ended by itself.
    os.kill(int((tmp_path / "process").read_text()), signal.SIGINT)
    _wait_for(tmp_path / "heard")
