"""The way back of an upgrade on AWS: the old release and counts, and the old database where the schema may be new."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from operations.outcome import ExitCode
from tests.operations.aws.aws_world import DATABASE, AwsWorld
from tests.operations.aws.played_snapshots import PlayedSnapshots
from tests.operations.aws.restore_world import NOW, RESTORED, RestoreWorld, make_restore_world
from tests.operations.aws.upgrade_world import NEWER, OLDER, UpgradeWorld, make_upgrade_world
from tests.operations.conftest import Call, KilledError

DATA_STEPS = (
    *("set", "canary", "stop", "create", "settings", "aside", "name", "logs", "state", "refresh", "follow"),
    *("verify-database", "migrate", "start", "verify", "forget"),
)


@pytest.fixture
def older(world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> UpgradeWorld:
    return make_upgrade_world(world, monkeypatch)


@pytest.fixture
def past(world: AwsWorld, older: UpgradeWorld) -> RestoreWorld:
    """A database that can be restored to any moment, whose migrations the upgrade's world plays."""
    made = make_restore_world(world)
    for operation in ("ecs:RunTask", "ecs:DescribeTasks"):
        del world.answers.given[operation]
    made.reach(database=(NOW - timedelta(days=30), NOW + timedelta(days=1)))
    return made


def _is_back(older: UpgradeWorld) -> bool:
    return (older.release, older.runs(OLDER), older.counts, older.suspended) == (OLDER, True, older.start, set())


@pytest.mark.parametrize("step", ["plan", "snapshot", "images", "stop"])
def test_before_the_migration_the_release_goes_back_and_the_database_stays(
    older: UpgradeWorld, call: Call, kill_in: Callable[[str], None], step: str
) -> None:
    kill_in(step)
    with pytest.raises(KilledError):
        call("upgrade", NEWER)
    ended = call("upgrade", "--rollback")
    assert ended.code == ExitCode.DONE, ended.err
    assert _is_back(older)
    assert older.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime") == []
    again = call("upgrade", "--rollback")
    assert again.code == ExitCode.REFUSED, "there is one way back, and it was taken"


def test_after_a_migration_that_failed_the_database_of_before_comes_back(
    older: UpgradeWorld, past: RestoreWorld, call: Call
) -> None:
    older.exit_code = 1
    begun = datetime.now(UTC).replace(microsecond=0)
    assert call("upgrade", NEWER).code == ExitCode.FAILED
    older.exit_code = 0
    ended = call("upgrade", "--rollback")
    assert ended.code == ExitCode.DONE, ended.err
    assert "the migration has begun: the database comes back as of " in ended.out
    assert _is_back(older)
    assert past.instances[DATABASE]["DbiResourceId"] == RESTORED
    (asked,) = older.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")
    assert begun <= asked["RestoreTime"] <= datetime.now(UTC), "after the last write, before the migration"
    assert call("upgrade", NEWER).code == ExitCode.DONE, "the way is free for another attempt"


def test_the_database_of_an_older_snapshot_is_no_way_back(older: UpgradeWorld, past: RestoreWorld, call: Call) -> None:
    older.exit_code = 1
    assert call("upgrade", NEWER).code == ExitCode.FAILED
    PlayedSnapshots(past).add("of-yesterday", NOW - timedelta(days=1))
    past.reach(database=(NOW + timedelta(hours=1), NOW + timedelta(days=1)))
    refused = call("upgrade", "--rollback")
    assert refused.code == ExitCode.REFUSED
    assert older.world.answers.calls_of("rds:RestoreDBInstanceFromDBSnapshot") == []


def test_killed_in_every_step_the_way_back_ends_with_one_restore_and_the_counts_of_before(
    older: UpgradeWorld, past: RestoreWorld, call: Call, kill_in: Callable[[str], None]
) -> None:
    older.exit_code = 1
    call("upgrade", NEWER)
    older.exit_code = 0
    for step in DATA_STEPS[:-1]:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call("upgrade", "--rollback")
    ended = call("upgrade", "--rollback")
    assert ended.code == ExitCode.DONE, ended.err
    assert _is_back(older)
    assert len(older.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")) == 1


@pytest.mark.parametrize("options", [(), ("--online",)])
def test_what_users_wrote_since_is_lost_only_where_somebody_insists(
    older: UpgradeWorld, past: RestoreWorld, call: Call, options: tuple[str, ...]
) -> None:
    assert call("upgrade", NEWER, *options).code == ExitCode.DONE
    older.world.answers.asked.clear()
    refused = call("upgrade", "--rollback")
    assert refused.code == ExitCode.REFUSED
    assert "what was written since " in refused.err
    assert "--accept-loss" in refused.err
    assert older.world.answers.changes == []
    ended = call("upgrade", "--rollback", "--accept-loss")
    assert ended.code == ExitCode.DONE, ended.err
    assert _is_back(older)
    assert past.instances[DATABASE]["DbiResourceId"] == RESTORED


def test_what_scaling_has_added_since_the_upgrade_stays(older: UpgradeWorld, past: RestoreWorld, call: Call) -> None:
    assert call("upgrade", NEWER).code == ExitCode.DONE
    more = older.counts["worker"] + 2
    older.world.client("ecs").update_service(cluster="dify-prod", service="worker", desiredCount=more)
    assert call("upgrade", "--rollback", "--accept-loss").code == ExitCode.DONE
    assert older.counts["worker"] == more


def test_the_canary_of_an_interrupted_upgrade_is_stopped(
    older: UpgradeWorld, past: RestoreWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr("operations.aws.upgrade.canary_task.CanaryTask.end", die)
        with pytest.raises(KilledError):
            call("upgrade", NEWER, "--online")
    ended = call("upgrade", "--rollback", "--accept-loss")
    assert ended.code == ExitCode.DONE, ended.err
    assert len(older.world.answers.calls_of("ecs:StopTask")) == 1
    assert _is_back(older)


def test_without_an_upgrade_there_is_no_way_back(older: UpgradeWorld, call: Call) -> None:
    refused = call("upgrade", "--rollback")
    assert refused.code == ExitCode.REFUSED
    assert refused.err == "prod: no upgrade from here has changed anything, so there is no way back\n"
