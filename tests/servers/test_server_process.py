"""Servers of the tests: started, waited for, ended, and missed by name."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.postgresql import PostgreSQL
from tests.servers.process import (
    ServerFailedError,
    ServerMissingError,
    find_program,
    free_port,
    running,
    server_folder,
)

SLEEPER = "import sys, time; print('up', flush=True); time.sleep(600)"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.process.find", dict[str, str]().get)
    with pytest.raises(ServerMissingError, match=r"^postgres is not installed: .* Debian package postgresql;"):
        find_program("postgres")
    with pytest.raises(ServerMissingError, match=r"^postgres is not installed"), PostgreSQL.start():
        pass


def test_a_server_runs_until_the_block_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(python(SLEEPER), ready=lambda: log.read_text() == "up\n", log=log) as process:
        assert process.poll() is None
    assert process.returncode == -signal.SIGTERM


def test_a_server_that_does_not_listen_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.process._STOP_SECONDS", 0.1)
    log = tmp_path / "log"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
    with running(python(deaf), ready=lambda: log.read_text() == "up\n", log=log) as process:
        pass
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says so in a file")
def test_a_free_port_is_none_that_a_client_may_get_in_the_meantime() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert not {free_port() for _ in range(1000)} & set(range(first, last + 1))


def test_no_two_servers_are_given_the_same_port() -> None:
    given = [free_port() for _ in range(1000)]
    assert len(set(given)) == len(given)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_server_ends_also_when_the_tests_are_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    tests = f"""
import sys, time
from pathlib import Path
from tests.servers.process import running
log = Path({str(log)!r})
with running([sys.executable, "-c", {server!r}], ready=log.read_text, log=log):
    print(log.read_text(), flush=True)
    time.sleep(600)
"""
    with subprocess.Popen(python(tests), cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as killed:  # noqa: S603
        assert killed.stdout
        server_id = int(killed.stdout.readline())
        killed.kill()
    for _ in range(200):
        if not Path(f"/proc/{server_id}").exists():
            return
        time.sleep(0.05)
    pytest.fail(f"the server {server_id} is still there")


def test_a_server_that_ends_early_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = python("print('first'); print('no such setting'); raise SystemExit(3)")
    with (
        pytest.raises(ServerFailedError, match=r"(?s)ended with 3; .*\nfirst\nno such setting$"),
        running(program, ready=lambda: False, log=tmp_path / "log"),
    ):
        pass


def test_a_server_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.process._START_SECONDS", 0.2)
    with (
        pytest.raises(ServerFailedError, match=r"did not answer within 0 s; the last lines"),
        running(python(SLEEPER), ready=lambda: False, log=tmp_path / "log"),
    ):
        pass


def test_a_folder_of_a_server_is_gone_afterwards() -> None:
    with server_folder() as folder:
        (folder / "file").touch()
    assert not folder.exists()


def test_two_free_ports_differ() -> None:
    assert len({free_port() for _ in range(20)}) > 1


def test_postgresql_takes_no_connection_without_tls() -> None:
    with PostgreSQL.start() as server:
        rules = server.superuser("SELECT type, auth_method FROM pg_hba_file_rules")
        assert rules == [["hostssl", "scram-sha-256"]]
        assert server.superuser("SELECT current_setting('server_version_num')::int >= 150000") == [[True]]
