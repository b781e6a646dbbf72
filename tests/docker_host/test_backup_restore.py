"""From a backup to the same rows and files: after everything is gone, to a moment, over a promotion, with damage."""

import gzip
import json
import os
import shutil
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker_host.postgres_world import World, eventually


@pytest.fixture
def world() -> Generator[World]:
    """Node a with one row and one file of each kind."""
    with World.make() as world:
        world.a.start()
        world.a.write("first")
        world.write("files/upload_files/one.txt", "one")
        world.write("plugins/cwd/plugin.py", "print()")
        yield world


def archived(world: World) -> bool:
    """Whether the archive has received all that the primary has written."""
    node = world.primary()
    written = "SELECT write_lsn FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
    return node.sql(f"SELECT ({written}) >= '{node.position()}'") == "t"


def end_segment(world: World) -> None:
    """Make what was written so far whole segments of the archive."""
    world.a.write("in-between")
    world.a.sql("SELECT pg_switch_wal()")
    eventually(lambda: archived(world), "the archive has it all")


@contextmanager
def nothing_of_its_own(world: World) -> Generator[None]:
    """Node a writes what it is told to, and nothing by itself: the segment that it ends is the last there is."""
    world.a.sql("ALTER SYSTEM SET autovacuum = off")
    world.a.sql("SELECT pg_reload_conf()")
    writer = int(world.a.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'"))
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


def now(world: World) -> str:
    return world.a.sql("SELECT clock_timestamp()")


def destroy(world: World) -> None:
    """Everything except the backups."""
    for node in world.nodes.values():
        node.stop()
        shutil.rmtree(node.data, ignore_errors=True)
    for folder in ("files", "plugins", "role"):
        shutil.rmtree(world.folder / folder)
        (world.folder / folder).mkdir()
    world.own()


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_after_everything_is_gone_all_rows_and_files_are_back(world: World) -> None:
    with world.backing_up():
        eventually(lambda: bool(world.whole("base")) and bool(world.whole("files")), "the first backups are made")
        world.a.write("after-the-whole-backup")
        eventually(lambda: archived(world), "the archive has it all")
        rows = world.a.rows()
        assert world.backup("files").returncode == 0
    files, plugins = contents(world.folder / "files"), contents(world.folder / "plugins")
    destroy(world)
    done = world.restore("database")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("restore: database restored; its last commit is of 20")
    assert world.restore("files").returncode == 0
    world.start_pair()
    assert world.a.rows() == rows
    assert len(rows) == 2
    eventually(lambda: world.b.received(world.a), "node b has it too")
    assert world.b.rows() == rows
    assert (contents(world.folder / "files"), contents(world.folder / "plugins")) == (files, plugins)
    world.a.connect("dify", world.passwords["dify"], "dify").close()


def test_a_moment_is_what_comes_back_and_backups_go_on_from_there(world: World) -> None:
    assert world.backup("now").returncode == 0
    with world.backing_up():
        world.a.write("wanted")
        moment = now(world)
        world.a.write("mistake")
        end_segment(world)
    destroy(world)
    assert world.restore("database", "--to", moment).returncode == 0
    world.a.start()
    assert world.a.rows() == ["first", "wanted"]
    before = world.whole("base")
    with world.backing_up():
        eventually(lambda: world.whole("base") != before, "a whole backup of what is there now")
        world.a.write("afterwards")
        eventually(lambda: archived(world), "the archive has it all")
    destroy(world)
    assert world.restore("database").returncode == 0
    world.a.start()
    assert world.a.rows() == ["afterwards", "first", "wanted"]


def test_a_moment_in_which_nothing_happened_is_one_as_well(world: World) -> None:
    with world.backing_up():
        eventually(lambda: bool(world.whole("base")), "the first whole backup is made")
        world.a.write("last")
        eventually(lambda: archived(world), "the archive has it all")
        moment = now(world)
    destroy(world)
    done = world.restore("database", "--to", moment)
    assert done.returncode == 0, done.stderr
    world.a.start()
    assert world.a.rows() == ["first", "last"]


def test_the_archive_follows_a_promotion(world: World) -> None:
    world.b.start()
    with world.backing_up() as log:
        eventually(lambda: bool(world.whole("base")), "the first whole backup is made")
        world.a.write("second")
        eventually(lambda: archived(world) and world.b.received(world.a), "both have it all")
        world.a.kill()
        assert world.b.promote().returncode == 0
        world.b.write("on-the-new-primary")
        eventually(lambda: archived(world), "the archive has it all")
        assert "begins anew" not in log.read_text()
    destroy(world)
    assert world.restore("database").returncode == 0
    world.a.start()
    assert world.a.rows() == ["first", "on-the-new-primary", "second"]


def test_the_archive_begins_anew_where_it_cannot_follow(world: World) -> None:
    world.b.start()
    with world.backing_up() as log:
        eventually(lambda: len(world.whole("base")) == 1, "the first whole backup is made")
        with nothing_of_its_own(world):
            end_segment(world)
            eventually(lambda: world.b.received(world.a), "node b has it all")
            world.a.kill()
        assert world.b.promote().returncode == 0
        eventually(lambda: len(world.whole("base")) == 2, "a second whole backup is made")
        assert "the archive cannot be continued: it begins anew" in log.read_text()
        world.b.write("on-the-new-primary")
        eventually(lambda: archived(world), "the archive has it all")
    destroy(world)
    assert world.restore("database").returncode == 0
    world.a.start()
    assert world.a.rows() == ["first", "in-between", "on-the-new-primary"]


def test_a_damaged_whole_backup_is_refused(world: World) -> None:
    assert world.backup("now").returncode == 0
    (name,) = world.whole("base")
    archive = world.backups / "base" / name / "base.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-9] + b"damage!!!")
    destroy(world)
    done = world.restore("database")
    assert done.returncode == 1
    assert done.stderr == f"restore: the backup of {name} is damaged: take an older one, --to a moment before it\n"
    assert not world.a.data.exists()


def test_a_gap_in_the_archive_is_not_taken_for_its_end(world: World) -> None:
    assert world.backup("now").returncode == 0
    with world.backing_up():
        for _ in range(4):
            end_segment(world)
        eventually(lambda: len(list((world.backups / "wal").glob("*.gz"))) >= 4, "the archive is compressed")
    segments = sorted((world.backups / "wal").glob("*.gz"))
    whole = segments[-2].read_bytes()
    segments[-2].write_bytes(whole[: len(whole) // 2])
    destroy(world)
    done = world.restore("database")
    assert done.returncode == 1
    assert "the archive is damaged or has a gap after segment " in done.stderr
    assert done.stderr.count("\n") == 1
    assert not world.a.data.exists()
    assert not (world.a.folder / "pgdata.restoring").exists()
    segments[-2].write_bytes(whole)
    assert gzip.decompress(whole)
    assert world.restore("database").returncode == 0


def test_nothing_is_restored_over_what_is_there(world: World) -> None:
    assert world.backup("now").returncode == 0
    assert world.backup("files").returncode == 0
    world.a.stop()
    done = world.restore("database")
    assert (done.returncode, done.stderr) == (1, f"restore: {world.a.data} is not empty: move away what is there\n")
    done = world.restore("files")
    assert (done.returncode, done.stderr) == (
        1,
        f"restore: {world.folder / 'files'} is not empty: move away what is there\n",
    )
    assert contents(world.folder / "files") == {"upload_files/one.txt": "one"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["database", "--to", "yesterday"], "--to: 'yesterday' has no zone: write it as 2026-01-01 12:00:00+00"),
        (["database", "--to", "2026-13-01 00:00:00+00"], "--to: '2026-13-01 00:00:00+00' is not a time: write it as "),
        (["database", "--to", "2999-01-01 00:00:00Z"], "--to: '2999-01-01 00:00:00Z' is in the future"),
        (["database", "--to", "2020-01-01 00:00:00Z"], "there is no whole backup that is not younger than 2020-01-01"),
        (["files", "--to", "2020-01-01 00:00:00Z"], "there is no snapshot of the files that is not younger than 2020"),
        (["database", "--until"], "unknown arguments --until: there is only --to TIME"),
        (["everything"], "say what: list, database or files"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], line: str) -> None:
    with World.make() as world:
        for kind in ("base", "files"):
            (world.backups / kind).mkdir()
        done = world.restore(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"restore: {line}")
    assert done.stderr.count("\n") == 1


def test_status_and_list_say_what_there_is(world: World) -> None:
    assert world.backup("now").returncode == 0
    assert world.backup("files").returncode == 0
    (base,), (files,) = world.whole("base"), world.whole("files")
    assert world.restore("list").stdout == f"restore: database from {base} on\nrestore: files of {files}\n"
    status = json.loads((world.backups / "status.json").read_text())
    assert {kind: status[kind]["failure"] for kind in status} == {"full": None, "files": None, "wal": None}
    assert status["full"]["last"].replace("-", "").replace(":", "") == base
    assert status["wal"]["last"] is None
