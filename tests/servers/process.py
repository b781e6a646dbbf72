"""A server as a child process: found, given a folder, started, waited for, and ended with the test."""

# ruff: noqa: S603  the commands are the tests' own

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import Any

from sandbox.servers import PACKAGES, find

LOOPBACK = "127.0.0.1"

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LAST_LINES = 15

_SERVERS_PORTS = range(20_000, 32_768)
"""Below what Linux gives to clients (ip_local_port_range, 32768 to 60999) and what macOS does (from 49152)."""

_unused = cycle(random.SystemRandom().sample(_SERVERS_PORTS, len(_SERVERS_PORTS)))


class ServerMissingError(Exception):
    """A program is not installed; the message names it and the Debian package that brings it."""


class ServerFailedError(Exception):
    """A server did not start, or ended too early; the message holds the last lines of its log."""


def free_port() -> int:
    """A TCP port that nobody uses, that no client gets for its end of a connection before the server is there, and that
    this process was not given before.

    A server that finds only its IPv4 port taken may start without a word, on IPv6 alone.
    """
    while True:
        port = next(_unused)
        with socket.socket() as free, suppress(OSError):
            free.bind((LOOPBACK, port))
            return port


def find_program(*candidates: str) -> str:
    """The path of the first of `candidates` that is installed. Raises ServerMissingError."""
    for program in candidates:
        if path := find(program):
            return path
    name = candidates[0]
    raise ServerMissingError(
        f"{' or '.join(candidates)} is not installed: it comes with the Debian package {PACKAGES.get(name, name)}; "
        "`make test` installs it, `python -m sandbox.servers` does only that"
    )


@contextmanager
def server_folder(user: str | None = None) -> Generator[Path]:
    """A temporary folder that `user` (used only by root, as in `running`) can reach and write; removed afterwards.

    pytest's own temporary folders are closed to other users.
    """
    folder = Path(tempfile.mkdtemp(prefix="server-"))
    try:
        if identity := _identity(user):
            shutil.chown(folder, identity.pw_uid, identity.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as(command: Sequence[str], *, user: str | None = None) -> None:
    """Run a server's set-up command to its end. Raises ServerFailedError with what it printed."""
    done = subprocess.run(command, text=True, capture_output=True, check=False, **_as(user))
    if done.returncode:
        raise ServerFailedError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path,
    stop: signal.Signals = signal.SIGTERM,
    stop_seconds: float = _STOP_SECONDS,
) -> Generator["subprocess.Popen[Any]"]:
    """Run `command` until the block ends, its output in the file `log`. The block starts when `ready()` is true.

    Where the tests run as root, the server runs as the Debian user `user`. `environment` is added to the tests' own.
    `stop` is the signal that ends it without waiting for its clients, for which it has `stop_seconds`. Raises
    ServerFailedError.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_dies_with_us(stop), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            **_as(user),
        )
    try:
        _wait(process, ready, log)
        yield process
    finally:
        _end(process, stop, stop_seconds)


def _dies_with_us(stop: signal.Signals) -> list[str]:
    """Where the machine can (Linux), the server gets the signal also when the tests are killed themselves."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", stop.name.removeprefix("SIG")] if program else []


def _wait(process: "subprocess.Popen[Any]", ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
            why = f"ended with {process.returncode}" if ended else f"did not answer within {_START_SECONDS:.0f} s"
            raise ServerFailedError("\n".join([f"{process.args!s} {why}; the last lines of its log:", *lines]))
        time.sleep(0.05)


def _end(process: "subprocess.Popen[Any]", stop: signal.Signals, seconds: float) -> None:
    if process.poll() is None:
        process.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with suppress(ProcessLookupError):
        # Helpers of the server that outlived it, and the server itself where it did not listen.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _as(user: str | None) -> dict[str, Any]:
    identity = _identity(user)
    if identity is None:
        return {}
    return {"user": identity.pw_uid, "group": identity.pw_gid, "extra_groups": []}


def _identity(user: str | None) -> pwd.struct_passwd | None:
    """Only root can, and need, become somebody else."""
    if user is None or os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise ServerMissingError(f"the Debian user {user} is missing; it comes with the server's package") from None
