"""Of all that RDS has, a restore takes what comes nearest to the moment, and nothing that cannot take its place."""

from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.aws.deployed import Deployed
from operations.aws.restore import source
from operations.aws.restore.database_settings import misfit
from operations.aws.restore.remembered import remembered
from operations.aws.restore.restorable import Reach
from operations.aws.restore.snapshots import Snapshot
from operations.aws.restore.source import Kind, Source, Sources
from operations.outcome import RefusedError

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
MOMENT = NOW - 3 * HOUR
NAME = "dify-prod-database"
LIKE: dict[str, Any] = {
    "Engine": "postgres",
    "EngineVersion": "16.9",
    "MasterUsername": "dify_owner",
    "KmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/1",
}

_DEPLOYED = cast("Deployed", SimpleNamespace(stack="prod", outputs={"database": NAME}))


def _log(earliest: datetime, latest: datetime, *, name: str = NAME, status: str = "active", **more: Any) -> Reach:
    window = {"EarliestTime": earliest, "LatestTime": latest}
    told = {"DBInstanceIdentifier": name, "DbiResourceId": f"db-{status}", "Status": status, "RestoreWindow": window}
    return Reach(described={**LIKE, **told, **more})


def _snapshot(name: str, moment: datetime, **more: Any) -> Snapshot:
    told = {"DBSnapshotIdentifier": name, "SnapshotCreateTime": moment, "Status": "available"}
    return Snapshot(described={**LIKE, **told, **more})


OWN = _log(MOMENT - HOUR, NOW)
LATER = _log(MOMENT + HOUR, NOW)
ASIDE = _log(MOMENT - HOUR, NOW, name=f"{NAME}-before-1")
RETAINED = _log(MOMENT - HOUR, MOMENT + HOUR, status="retained")
ENDED = _log(MOMENT - HOUR, MOMENT - timedelta(minutes=10), status="retained")
NIGHT = _snapshot("night", MOMENT - timedelta(minutes=5))
DAWN = _snapshot("dawn", MOMENT - timedelta(minutes=15))


def _told(found: list[Any], _deployed: Deployed) -> list[Any]:
    return found


def _found(
    monkeypatch: pytest.MonkeyPatch,
    logs: list[Reach],
    snapshots: list[Snapshot],
    *,
    or_before: bool = True,
    moment: datetime = MOMENT,
) -> Source:
    kept: dict[str, list[Any]] = {"reaches": logs, "snapshots_of": snapshots}
    for name, found in kept.items():
        monkeypatch.setattr(source, name, partial(_told, found))
    return Sources(deployed=_DEPLOYED, like=LIKE).at(moment, or_before=or_before)


@pytest.mark.parametrize(
    ("logs", "snapshots", "found"),
    [
        ([OWN, ASIDE, RETAINED], [NIGHT], (Kind.INSTANCE, NAME, MOMENT)),
        ([LATER, ASIDE, RETAINED], [NIGHT], (Kind.INSTANCE, f"{NAME}-before-1", MOMENT)),
        ([LATER, RETAINED], [NIGHT], (Kind.RETAINED, "db-retained", MOMENT)),
        ([LATER, ENDED], [NIGHT], (Kind.SNAPSHOT, "night", NIGHT.moment)),
        ([LATER, ENDED], [DAWN], (Kind.RETAINED, "db-retained", ENDED.latest - timedelta(seconds=1))),
        ([LATER], [DAWN, NIGHT], (Kind.SNAPSHOT, "night", NIGHT.moment)),
        ([], [DAWN], (Kind.SNAPSHOT, "dawn", DAWN.moment)),
    ],
    ids=["own", "aside", "retained", "snapshot", "end-of-log", "newest", "alone"],
)
def test_what_comes_nearest_is_taken(
    monkeypatch: pytest.MonkeyPatch,
    logs: list[Reach],
    snapshots: list[Snapshot],
    found: tuple[Kind, str, datetime],
) -> None:
    taken = _found(monkeypatch, logs, snapshots)
    assert (taken.kind, taken.name, taken.moment) == found


def test_the_log_of_the_database_itself_is_waited_for_and_that_of_a_deleted_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    just_now, behind = NOW - timedelta(minutes=1), NOW - timedelta(minutes=5)
    assert _found(monkeypatch, [_log(MOMENT, behind)], [], moment=just_now).moment == just_now
    gone = _log(MOMENT, behind, status="retained")
    assert _found(monkeypatch, [gone], [], moment=just_now).moment < behind


@pytest.mark.parametrize(
    ("logs", "snapshots"),
    [([LATER, ENDED], [NIGHT]), ([], [NIGHT])],
    ids=["ended", "none"],
)
def test_who_wants_a_moment_itself_gets_nothing_before_it(
    monkeypatch: pytest.MonkeyPatch, logs: list[Reach], snapshots: list[Snapshot]
) -> None:
    with pytest.raises(RefusedError, match="the database can be restored: "):
        _found(monkeypatch, logs, snapshots, or_before=False)


def test_what_is_younger_than_the_moment_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match=f"{NAME} from "):
        _found(monkeypatch, [LATER], [_snapshot("later", MOMENT + HOUR)])


@pytest.mark.parametrize(
    "more",
    [
        {"Status": "creating"},
        {"KmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/2"},
        {"Engine": "mysql"},
        {"MasterUsername": "postgres"},
        {"EngineVersion": "17.1"},
    ],
)
def test_what_cannot_take_the_databases_place_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    unfit = _snapshot("unfit", MOMENT - timedelta(minutes=1), **more)
    assert _found(monkeypatch, [], [unfit, DAWN]).name == "dawn"


def test_a_snapshot_without_a_key_is_no_match_for_an_encrypted_database() -> None:
    bare = {name: value for name, value in LIKE.items() if name != "KmsKeyId"}
    assert "it is encrypted with no key" in str(misfit(bare, LIKE))
    assert misfit({**LIKE, "EngineVersion": "16.4"}, LIKE) is None


def test_the_moment_of_a_copy_is_that_of_the_data_in_it() -> None:
    copied = _snapshot("copy", NOW, OriginalSnapshotCreateTime=MOMENT)
    assert copied.moment == MOMENT
    told = _snapshot("told", NOW, OriginalSnapshotCreateTime=MOMENT, SnapshotDatabaseTime=MOMENT - HOUR)
    assert told.moment == MOMENT - HOUR


def test_what_rds_leaves_out_is_left_out_of_what_pulumi_remembers() -> None:
    outputs = {
        "dbSubnetGroupName": "data",
        "parameterGroupName": "dify-16",
        "multiAz": False,
        "maxAllocatedStorage": 0,
        "monitoringInterval": 0,
        "monitoringRoleArn": "",
        "performanceInsightsEnabled": False,
        "performanceInsightsRetentionPeriod": 0,
        "kmsKeyId": None,
    }
    found = remembered({"outputs": outputs})
    assert found["MultiAZ"] is False
    assert found["MonitoringInterval"] == 0
    assert found["PerformanceInsightsEnabled"] is False
    for absent in ("MaxAllocatedStorage", "MonitoringRoleArn", "PerformanceInsightsRetentionPeriod", "KmsKeyId"):
        assert absent not in found
    assert "MasterUserSecret" not in found
