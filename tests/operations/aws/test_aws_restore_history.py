"""What an object was at a moment, from the versions that S3 lists."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations.aws.restore.object_history import History, Version, histories
from tests.operations.aws.restore_world import MOMENT, NOW

BEFORE, AFTER = MOMENT - timedelta(days=1), MOMENT + timedelta(hours=1)


class _Pages:
    """S3's answers, page after page."""

    def __init__(self, *pages: Mapping[str, Any]) -> None:
        self._pages = pages

    def get_paginator(self, name: str) -> "_Pages":
        assert name == "list_object_versions"
        return self

    def paginate(self, **_: str) -> Sequence[Mapping[str, Any]]:
        return self._pages


def _listed(key: str, version: str, at: datetime, *, latest: bool = False) -> dict[str, Any]:
    return {"Key": key, "VersionId": version, "LastModified": at, "IsLatest": latest}


def test_versions_of_one_object_on_two_pages_are_one_history() -> None:
    first = {
        "Versions": [
            {**_listed("a", "a1", BEFORE, latest=True), "Size": 1},
            {**_listed("b", "b2", AFTER), "Size": 1},
        ],
        "DeleteMarkers": [_listed("b", "b3", AFTER + timedelta(hours=1), latest=True)],
    }
    second = {
        "Versions": [
            {**_listed("b", "b1", BEFORE), "Size": 1},
            {**_listed("c", "c1", BEFORE, latest=True), "Size": 1},
        ]
    }
    found = [(one.key, [version.id for version in one.versions]) for one in histories(_Pages(first, second), "bucket")]
    assert found == [("a", ["a1"]), ("b", ["b3", "b2", "b1"]), ("c", ["c1"])]


def test_of_a_file_and_a_marker_of_one_second_the_one_that_s3_calls_newest_is() -> None:
    page = {
        "Versions": [{**_listed("a", "file", AFTER), "Size": 1}],
        "DeleteMarkers": [_listed("a", "marker", AFTER, latest=True)],
    }
    (history,) = histories(_Pages(page), "bucket")
    assert history.today is not None
    assert history.today.deleted


MINUTES = st.integers(min_value=0, max_value=20)


@given(st.lists(st.tuples(MINUTES, st.booleans()), min_size=1, unique_by=lambda one: one[0]), MINUTES)
def test_whatever_happened_since_what_is_brought_back_is_what_was_read_then(
    events: list[tuple[int, bool]], minute: int
) -> None:
    versions = [
        Version(id=str(at), written=NOW + timedelta(minutes=at), bytes=1, deleted=deleted)
        for at, deleted in sorted(events, reverse=True)
    ]
    history, moment = History(key="file", versions=versions, today=versions[0]), NOW + timedelta(minutes=minute)
    read = [one for one in reversed(versions) if one.written <= moment]
    expected = read[-1] if read and not read[-1].deleted else None
    assert history.at(moment) == expected
    brought = history.brings_back(moment, datetime.max.replace(tzinfo=UTC))
    assert brought == (None if expected is None or expected == versions[0] else expected)
