"""A look finds what `status` finds, on a real host, and what is wrong with the operations of this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.host.watch.look import Operations, look, operations_of
from operations.journal import journal_of, state_folder
from operations.outcome import ExitCode
from tests.operations.conftest import Call
from tests.operations.host.host_world import HostWorld
from tests.operations.host.watch_world import STACK, WatchWorld, watch_world


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchWorld]:
    (folder := tmp_path / "told").mkdir()
    with watch_world(folder, monkeypatch) as made:
        yield made


def _interrupt(folder: Path) -> None:
    with journal_of("backup", STACK, {"copy": True}, folder=folder) as journal:
        journal.record("one")


def test_an_operation_that_was_interrupted_is_found(tmp_path: Path) -> None:
    assert operations_of(tmp_path, STACK) == Operations(interrupted=[])
    _interrupt(tmp_path)
    assert operations_of(tmp_path, STACK) == Operations(interrupted=["backup --copy"])


def test_an_operation_that_is_at_work_was_not_interrupted(tmp_path: Path) -> None:
    """The backup of each night takes longer than two looks."""
    _interrupt(tmp_path)
    with journal_of("backup", STACK, {"copy": True}, folder=tmp_path):
        assert operations_of(tmp_path, STACK) == Operations(at_work="backup --copy")


def test_a_journal_that_cannot_be_read_hides_nothing_else(tmp_path: Path) -> None:
    _interrupt(tmp_path)
    (tmp_path / STACK / "backup.json").write_text("{")
    found = operations_of(tmp_path, STACK)
    (broken,) = found.damage
    assert found.interrupted == ()
    assert broken.remedy == "remove the file that is named; the operation then begins anew"
    assert broken.text.startswith(f"journal {tmp_path}/{STACK}/backup.json: it cannot be read")


def test_what_the_watch_keeps_is_no_journal(told: WatchWorld) -> None:
    told.tell("there is no primary database")
    assert told.keeper.file.exists()
    assert operations_of(told.folder, STACK) == Operations(interrupted=[])


def test_a_host_that_is_not_there_is_a_look_that_failed(tmp_path: Path) -> None:
    seen = look("unix:///nowhere/docker.sock", STACK, tmp_path)
    assert seen.failure is not None
    assert seen.failure.startswith("Docker at unix:///nowhere/docker.sock: got No such file or directory; ")
    assert not seen.is_calm


@pytest.mark.engine
def test_a_real_host_is_watched_from_well_to_ill_and_back(world: HostWorld, call: Call, told: WatchWorld) -> None:
    alarms = {"webhookFile": f"{told.folder}/webhook", "heartbeatFile": f"{told.folder}/heartbeat"}
    Path(f"Pulumi.{world.stack}.yaml").write_text(_STACK + f"  dify:alarms: {json.dumps(alarms)}\n")
    world.heal()
    world.wait_backup()

    def subject() -> str:
        """What the channel hears of one look."""
        before = len(told.channel.asked)
        ended = call(world, "watch")
        assert ended.code == ExitCode.DONE, ended.err
        return "".join(json.loads(one.body)["text"].splitlines()[0] for one in told.channel.asked[before:])

    assert subject() == ""
    assert told.beats == 1
    world.host.stop("sandbox")
    try:
        assert subject() == ""
        assert subject().startswith(f"{world.stack}: sandbox is exited")
        assert told.beats == 3
        world.host.stop("nginx")
        assert subject().startswith(f"{world.stack}: nobody is served: no instance of nginx is well")
        assert told.beats == 3
    finally:
        for part in ("sandbox", "nginx"):
            world.host.start(part)
    assert subject() == ""
    assert subject() == f"{world.stack}: all is well again"
    assert told.beats == 5
    (state_folder() / world.stack / "upgrade.json").write_text("{")
    assert subject() == ""
    assert subject().startswith(f"{world.stack}: journal ")
    kept = (state_folder() / world.stack / "watch/memory.json").read_text()
    assert world.secret("superuser-password") not in kept


_STACK = """config:
  dify:target: docker
  dify:environment: dev
  dify:domain: dify.example.com
  dify:release: 1.17.1
  dify:host: {memoryGib: 64, cpus: 8}
  dify:tls: {selfSigned: true}
"""
