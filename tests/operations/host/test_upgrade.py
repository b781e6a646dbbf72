"""An upgrade is backed up first, verified last, and has a way back that is honest about the schema."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dify.releases import order
from operations.host.release import others_than, running_release
from operations.outcome import ExitCode
from tests.operations.conftest import Call, Ended, KilledError
from tests.operations.host.host_containers import RELEASE
from tests.operations.host.host_world import HostWorld

pytestmark = pytest.mark.engine

NEWER = "1.17.1"
STEPS = ("images", "database", "files", "checksums", "set", "up", "health", "verify")

Upgrade = Callable[..., Ended]


@pytest.fixture
def upgrade(world: HostWorld, call: Call, tmp_path: Path) -> Upgrade:
    """`upgrade` with a Pulumi that works on the real containers, of a stack at the older release."""
    world.heal()
    for part in others_than(world.host, RELEASE):
        world.replace(part, RELEASE)
    world.sql(
        world.pair.named_primary(),
        "DROP TABLE IF EXISTS alembic_version; CREATE TABLE alembic_version (version_num text); "
        "INSERT INTO alembic_version VALUES ('older')",
    )
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent}/fake_pulumi.py "$@"\n')
    pulumi.chmod(0o755)
    (tmp_path / "docker-host").write_text(world.address)
    return lambda *options: call(world, "upgrade", *options, "--pulumi", str(pulumi))


def _schema(world: HostWorld) -> str:
    return world.sql(world.pair.named_primary(), "SELECT version_num FROM alembic_version")


def test_killed_in_every_step_it_ends_at_the_new_release_with_one_backup(
    world: HostWorld, upgrade: Upgrade, kill_in: Callable[[str], None]
) -> None:
    before = world.backups.bases()
    for step in STEPS:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            upgrade(NEWER)
    ended = upgrade(NEWER)
    assert ended.code == ExitCode.DONE, ended.err
    assert running_release(world.host) == NEWER
    assert others_than(world.host, NEWER) == []
    assert len(set(world.backups.bases()) - set(before)) == 1
    again = upgrade(NEWER)
    assert again.code == ExitCode.DONE
    assert again.out.splitlines()[-1] == f"{world.stack}: nothing to do; it runs {NEWER}"


def test_a_failure_says_the_way_back_which_brings_the_old_schema_and_the_rows_of_before(
    world: HostWorld, upgrade: Upgrade, tmp_path: Path
) -> None:
    world.sql(world.pair.named_primary(), "CREATE TABLE IF NOT EXISTS kept (row text); TRUNCATE kept")
    world.sql(world.pair.named_primary(), "INSERT INTO kept VALUES ('before')")
    (tmp_path / "broken").touch()
    failed = upgrade(NEWER)
    assert failed.code == ExitCode.FAILED
    assert f"`python -m operations upgrade {world.stack} --rollback`" in failed.err
    assert _schema(world) == "newer"
    (tmp_path / "broken").unlink()
    ended = upgrade("--rollback")
    assert ended.code == ExitCode.DONE, ended.err
    assert "the schema has changed: what was written since" in ended.out
    assert running_release(world.host) == RELEASE
    assert others_than(world.host, RELEASE) == []
    assert _schema(world) == "older"
    assert world.sql(world.pair.named_primary(), "SELECT string_agg(row, ',') FROM kept") == "before"
    again = upgrade("--rollback")
    assert again.code == ExitCode.REFUSED, "there is one way back, and it is gone"


def test_a_dry_run_names_the_steps_and_changes_nothing(world: HostWorld, upgrade: Upgrade) -> None:
    seen = world.snapshot()
    ended = upgrade(NEWER, "--dry-run")
    assert ended.code == ExitCode.DONE
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == [f"{n}/8" for n in range(1, 9)]
    assert world.snapshot() == seen


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("2.0.0",), ExitCode.WRONG_CALL, "got 2.0.0; known releases are 1.17.1"),
        (("1.16.0",), ExitCode.REFUSED, f"got 1.16.0, and {RELEASE} runs; Dify has no way back"),
        ((), ExitCode.WRONG_CALL, "give either a release"),
        ((NEWER, "--rollback"), ExitCode.WRONG_CALL, "give either a release"),
        (("--rollback",), ExitCode.REFUSED, "there is no way back"),
    ],
)
def test_what_makes_no_sense_or_loses_something_is_refused(
    world: HostWorld, upgrade: Upgrade, options: tuple[str, ...], code: ExitCode, words: str
) -> None:
    seen = world.snapshot()
    ended = upgrade(*options)
    assert (ended.code, len(ended.err.splitlines())) == (code, 1)
    assert words in ended.err
    assert world.snapshot() == seen


def test_releases_are_compared_as_numbers() -> None:
    assert order("1.9.2") < order("1.17.0") < order("1.17.1")
