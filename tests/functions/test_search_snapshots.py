"""Snapshots of a domain: kept by the domain itself, watched, and restored over what is there.

The domain is played as OpenSearch's documentation describes it; that OpenSearch answers so is not shown here.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.search_setup.search_domain import Domain
from functions.search_setup.search_setup import FunctionError
from functions.search_setup.search_snapshots import look
from tests.functions.search_calls import MANAGER, PATTERN, ROLE, call, set_up
from tests.functions.search_setup_world import REGION, World, opensearch

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TEN, ELEVEN = "hourly-2026-06-01-10-05-x1y2z3ab", "hourly-2026-06-01-11-05-12345678"


@pytest.fixture
def domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with opensearch(tmp_path) as world:
        monkeypatch.setenv("SSL_CERT_FILE", str(world.ca_file))
        yield world


def restore(world: World, snapshot: str, replaced: dict[str, str]) -> dict[str, Any]:
    return call(world, "restore", repository="dify", snapshot=snapshot, indexPattern=PATTERN, replaced=replaced)


def keep(world: World, name: str, days: int = 35) -> dict[str, Any]:
    return call(world, "keep", repository="dify", snapshot=name, indexPattern=PATTERN, keepDays=days)


def told(world: World) -> dict[str, Any]:
    return call(world, "list", repository="dify", indexPattern=PATTERN)


def test_the_bucket_is_registered_with_its_role_and_without_an_encryption_of_its_own(domain: World) -> None:
    assert set_up(domain)["policies"] == ["hourly", "daily"]
    settings = {"bucket": "search-snapshots-bucket-1a2b3c4", "region": REGION, "role_arn": ROLE}
    assert domain.kept.repositories == {"dify": {"type": "s3", "settings": settings}}


def test_whoever_hands_over_the_role_is_mapped_before_it_does(domain: World) -> None:
    set_up(domain)
    assert domain.mappings["manage_snapshots"] == {"backend_roles": [MANAGER]}
    mapped = domain.asked.index("PUT /_plugins/_security/api/rolesmapping/manage_snapshots")
    assert mapped < domain.asked.index("PUT /_snapshot/dify") < domain.asked.index("POST /_plugins/_sm/policies/hourly")


@pytest.mark.parametrize(("name", "days", "last"), [("hourly", "30d", 24), ("daily", "35d", 7)])
def test_the_domain_itself_takes_and_deletes_snapshots(domain: World, name: str, days: str, last: int) -> None:
    set_up(domain)
    policy = domain.kept.policies[name]["sm_policy"]
    assert policy["enabled"] is True
    assert policy["deletion"]["condition"] == {"max_age": days, "min_count": last}
    taken = policy["snapshot_config"]
    assert (taken["indices"], taken["repository"]) == (PATTERN, "dify")
    assert (taken["partial"], taken["include_global_state"], taken["timezone"]) == (False, False, "UTC")


def test_policies_are_taken_at_other_minutes(domain: World) -> None:
    set_up(domain)
    minutes = {
        policy["sm_policy"][part]["schedule"]["cron"]["expression"].split()[0]
        for policy in domain.kept.policies.values()
        for part in ("creation", "deletion")
    }
    assert minutes == {"5", "35", "50"}


def test_a_second_set_up_changes_the_policies_in_place_and_leaves_the_repository(domain: World) -> None:
    set_up(domain)
    set_up(domain, policies=[{"name": "hourly", "takenAt": "5 * * * *", "keepDays": 7, "keepLast": 24}])
    assert domain.kept.policies["hourly"]["sm_policy"]["deletion"]["condition"]["max_age"] == "7d"
    assert domain.kept.written == 1


def test_another_bucket_is_registered_in_place_of_the_former(domain: World) -> None:
    set_up(domain)
    set_up(domain, bucket="search-snapshots-bucket-9z8y7x6")
    assert domain.kept.repositories["dify"]["settings"]["bucket"] == "search-snapshots-bucket-9z8y7x6"


def test_the_age_of_the_newest_whole_snapshot_is_a_line_of_the_log(
    domain: World, caplog: pytest.LogCaptureFixture
) -> None:
    set_up(domain)
    domain.kept.take(TEN)
    domain.kept.take(ELEVEN, "PARTIAL")
    domain.kept.take("aside-2026-06-01-11-59-30")
    domain.kept.take("by-hand")
    with caplog.at_level(logging.INFO):
        assert look(_asked(domain), "dify", NOW) == {"newest": TEN, "snapshotAgeSeconds": 115 * 60}
    (line,) = [one for one in caplog.records if hasattr(one, "snapshotAgeSeconds")]
    assert line.__dict__["snapshotAgeSeconds"] == 115 * 60


def test_without_a_snapshot_there_is_no_age(domain: World, caplog: pytest.LogCaptureFixture) -> None:
    set_up(domain)
    assert call(domain, "look", repository="dify") == {"newest": None}
    assert not [one for one in caplog.records if hasattr(one, "snapshotAgeSeconds")]


def test_a_look_asks_and_changes_nothing(domain: World) -> None:
    set_up(domain)
    domain.asked.clear()
    call(domain, "look", repository="dify")
    assert [one.split()[0] for one in domain.asked] == ["GET"]


def test_what_can_be_restored_is_told_with_its_moment_oldest_first(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new")
    domain.kept.take(ELEVEN)
    domain.kept.take("aside-2026-06-01-11-59-30")
    domain.kept.take(TEN)
    domain.kept.take("hourly-2026-06-01-12-05-abcdefgh", "FAILED")
    assert told(domain) == {
        "snapshots": [
            {"name": TEN, "taken": "2026-06-01T10:05:00+00:00"},
            {"name": ELEVEN, "taken": "2026-06-01T11:05:00+00:00"},
            {"name": "aside-2026-06-01-11-59-30", "taken": "2026-06-01T11:59:30+00:00"},
        ],
        "indices": {"vector_index_a": "uuid-1"},
    }


def test_what_is_there_is_kept_once_and_its_state_is_told(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new", other="theirs")
    assert keep(domain, "aside-2026-06-01-12-00-00") == {"state": "IN_PROGRESS"}
    assert keep(domain, "aside-2026-06-01-12-00-00") == {"state": "IN_PROGRESS"}
    taken = domain.kept.snapshots["aside-2026-06-01-12-00-00"]
    assert taken.indices == {"vector_index_a": "new"}
    taken.state = "SUCCESS"
    assert keep(domain, "aside-2026-06-01-12-00-00") == {"state": "SUCCESS"}


def test_what_former_restores_kept_is_deleted_when_it_is_too_old_and_nothing_else_is(domain: World) -> None:
    set_up(domain)
    for name in ("aside-2020-01-01-00-00-00", "hourly-2020-01-01-00-05-x1y2z3ab", "by-hand"):
        domain.kept.take(name)
    keep(domain, "aside-2026-06-01-12-00-00")
    assert set(domain.kept.snapshots) == {
        "aside-2026-06-01-12-00-00",
        "hourly-2020-01-01-00-05-x1y2z3ab",
        "by-hand",
    }


def test_a_restore_replaces_what_the_snapshot_holds_and_leaves_the_rest(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new", vector_index_b="later", other="theirs")
    domain.kept.take(TEN, vector_index_a="old", vector_index_gone="back")
    ended = restore(domain, TEN, told(domain)["indices"])
    assert domain.kept.texts == {
        "vector_index_a": "old",
        "vector_index_b": "later",
        "vector_index_gone": "back",
        "other": "theirs",
    }
    assert ended["indices"] == 2


def test_a_restore_is_over_when_no_index_is_red_and_repeating_it_restores_nothing_twice(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new")
    domain.kept.take(TEN, vector_index_a="old")
    replaced, domain.kept.slow = told(domain)["indices"], 4
    answers = [restore(domain, TEN, replaced)["waitsFor"] for _ in range(5)]
    assert answers[0] == "1 of 1 indices"
    assert answers[-1] is None
    assert [one for one in domain.asked if "_restore" in one] == [
        f"POST /_snapshot/dify/{TEN}/_restore?wait_for_completion=false"
    ]
    assert restore(domain, TEN, replaced)["documents"] == len("old")


def test_a_restore_that_ended_between_deletion_and_request_goes_on(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new", vector_index_b="new")
    domain.kept.take(TEN, vector_index_a="old", vector_index_b="old")
    replaced = told(domain)["indices"]
    del domain.kept.indices["vector_index_a"]
    restore(domain, TEN, replaced)
    assert domain.kept.texts == {"vector_index_a": "old", "vector_index_b": "old"}


def test_nothing_is_deleted_while_a_snapshot_is_being_taken(domain: World) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new")
    domain.kept.take(TEN, vector_index_a="old")
    domain.kept.take(ELEVEN, "IN_PROGRESS", vector_index_a="new")
    assert restore(domain, TEN, told(domain)["indices"])["waitsFor"] == f"snapshot {ELEVEN}"
    assert domain.kept.texts == {"vector_index_a": "new"}


@pytest.mark.parametrize(
    ("held", "state", "line"),
    [
        ({"vector_index_a": "old"}, "PARTIAL", "it is not in the repository dify, or not whole"),
        ({"other": "theirs"}, "SUCCESS", "it holds other, which is none of vector_index"),
    ],
)
def test_a_snapshot_that_is_not_whole_or_not_of_vectors_is_refused(
    domain: World, held: dict[str, str], state: str, line: str
) -> None:
    set_up(domain)
    domain.kept.hold(vector_index_a="new", other="mine")
    domain.kept.take(TEN, state, **held)
    with pytest.raises(FunctionError, match=line):
        restore(domain, TEN, {"vector_index_a": "uuid-1", "other": "uuid-2"})
    assert domain.kept.texts == {"vector_index_a": "new", "other": "mine"}


def test_a_snapshot_that_is_not_there_is_refused(domain: World) -> None:
    set_up(domain)
    with pytest.raises(FunctionError, match=f"snapshot {TEN}: it is not in the repository dify"):
        restore(domain, TEN, {})


@pytest.mark.parametrize(
    ("action", "change", "line"),
    [
        ("drop", {}, "event.action: must be one of setUp, look, list, keep, restore"),
        ("look", {}, "event: repository is missing"),
        ("look", {"repository": "../x"}, "event.repository: must be lower-case letters, digits, - and _"),
        ("look", {"repository": "dify", "all": True}, "event: unknown key all"),
        ("list", {"repository": "dify", "indexPattern": "*"}, "event.indexPattern: must be an index name"),
        (
            "keep",
            {"repository": "dify", "indexPattern": PATTERN, "snapshot": "a/b", "keepDays": 1},
            "event.snapshot: must be the name of a snapshot",
        ),
        (
            "keep",
            {"repository": "dify", "indexPattern": PATTERN, "snapshot": "aside-1", "keepDays": 0},
            "event.keepDays: must be a whole number from 1 on",
        ),
        (
            "restore",
            {"repository": "dify", "indexPattern": PATTERN, "snapshot": TEN, "replaced": ["a"]},
            "event.replaced: must be a JSON object",
        ),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_sent(
    domain: World, action: str, change: dict[str, Any], line: str
) -> None:
    with pytest.raises(FunctionError, match=line):
        call(domain, action, **change)
    assert domain.asked == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"bucket": "A/b"}, "event.snapshots.bucket: must be the name of an S3 bucket"),
        ({"roleArn": "admin"}, "event.snapshots.roleArn: must be the ARN of an IAM role"),
        ({"policies": [{"name": "hourly"}]}, r"event.snapshots.policies\[0\]: keepDays, keepLast, takenAt is missing"),
        (
            {"policies": [{"name": "hourly", "takenAt": "hourly", "keepDays": 1, "keepLast": 1}]},
            r"event.snapshots.policies\[0\].takenAt: must be a cron expression",
        ),
        ({"repository": None}, "event.snapshots.repository: must be non-empty text"),
    ],
)
def test_a_wrong_set_up_is_refused_before_anything_is_sent(domain: World, change: dict[str, Any], line: str) -> None:
    with pytest.raises(FunctionError, match=line):
        set_up(domain, **change)
    assert domain.asked == []


def test_what_opensearch_refuses_is_said_in_its_own_words(domain: World) -> None:
    reason = "[dify] path is not accessible"
    domain.first_answers.append((400, {"error": {"type": "x", "reason": reason}, "status": 400}))
    with pytest.raises(FunctionError) as refused:
        call(domain, "look", repository="dify")
    assert str(refused.value).endswith(f"was refused: 400 {reason}")


def _asked(world: World) -> Domain:
    return Domain(host=world.host, region=REGION, remaining_seconds=lambda: 12.0)
