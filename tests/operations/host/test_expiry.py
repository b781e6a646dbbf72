"""Copies that are too old leave the bucket, and nothing leaves that a copy which stays needs."""

import json
import tempfile
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.host.backup import retention_days
from operations.host.backups import time_of
from operations.host.bucket import Bucket, Removal, Stored
from operations.host.copies import Copies, content_key, manifest_key
from operations.host.expiry import Expired, Expiry, too_old
from operations.outcome import FailedError, WrongCallError
from tests.operations.host.copies_world import BUCKET, CopiesWorld, deny_removal, empty_bucket

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)

STRANGERS = (
    *("dify2/copies/20200101T000000Z.json", "dify2/content/aa/" + "a" * 64, "copies/20200101T000000Z.json"),
    *("dify/notes.txt", "dify/copies/old/20200101T000000Z.json", "dify/content/readme", "dify/content/aa/short"),
)
"""Keys that are nobody's business here, as old as can be."""


@pytest.fixture
def world(tmp_path: Path) -> Generator[CopiesWorld]:
    """Copies of 40, 35 and 10 days ago and of now, which share a file; the two old ones have one of their own each."""
    with empty_bucket() as client:
        yield _filled(client, tmp_path)


def _filled(client: Any, folder: Path) -> CopiesWorld:
    made = CopiesWorld(client, folder)
    for days in (40, 35, 10, 0):
        made.copy(NOW - days * DAY, {"shared": b"shared", "own": f"{days} days ago".encode()})
    return made


def _expire(world: CopiesWorld, days: int = 30) -> Expired:
    return Expiry(copies=world.copies, days=days).run(max(world.made))


@pytest.mark.parametrize(
    ("ages", "gone"),
    [
        ((0,), set[int]()),
        ((0, 29, 30), set[int]()),
        ((0, 29, 31, 40), {40}),
        ((0, 31), set[int]()),
        ((0, 31, 32, 400), {32, 400}),
    ],
)
def test_the_newest_of_the_old_stays_because_the_time_that_can_be_restored_begins_with_it(
    ages: Iterable[int], gone: set[int]
) -> None:
    written = {str(age): NOW - age * DAY for age in ages}
    assert too_old(written, "0", 30) == {str(age) for age in gone}


def test_an_old_copy_goes_with_what_only_it_needed(world: CopiesWorld) -> None:
    first, second, *_ = world.made
    before = world.found()
    assert _expire(world) == Expired(copies=1, files=1, bytes=len(b"40 days ago"))
    assert len(before - world.found()) == 2, "its manifest and one file"
    assert first not in world.copies.names()
    assert world.comes_back(second)
    assert _expire(world) == Expired(), "a second call has nothing to do"


@settings(max_examples=15)
@given(
    history=st.lists(
        st.tuples(st.integers(0, 40), st.dictionaries(st.sampled_from("abc"), st.sampled_from([b"1", b"2", b"3"]))),
        min_size=1,
        max_size=6,
    ),
    days=st.integers(1, 60),
)
def test_whatever_was_copied_all_that_stays_comes_back_and_nothing_of_others_goes(
    history: list[tuple[int, dict[str, bytes]]], days: int
) -> None:
    with empty_bucket() as client, tempfile.TemporaryDirectory() as folder:
        world, moment = CopiesWorld(client, Path(folder)), NOW
        for key in STRANGERS:
            world.put(key, b"somebody's", datetime(2020, 1, 1, tzinfo=UTC))
        for gap, files in history:
            moment += gap * DAY + timedelta(hours=1)
            newest = world.copy(moment, files)
            assert _expire(world, days).advice is None
            _assert_only_what_is_due(world, newest, moment, days)
        assert all(world.comes_back(name) for name in world.copies.names())
        assert set(STRANGERS) <= world.found()


def _assert_only_what_is_due(world: CopiesWorld, newest: str, moment: datetime, days: int) -> None:
    begin, there = moment - days * DAY, world.copies.manifests()
    needed = {one for name in there for one in world.copies.needs(name)}
    assert newest in there
    assert {name for name in world.made if time_of(name) > begin} <= there.keys()
    assert sum(one.written <= begin for one in there.values()) <= 1
    assert needed <= world.copies.contents().keys()


def test_content_that_nobody_needs_goes_unless_it_is_of_a_copy_that_is_being_made(world: CopiesWorld) -> None:
    left, under_way = content_key("a" * 64), content_key("b" * 64)
    world.put(f"dify/{left}", b"left by a copy that was never ended", NOW - 2 * DAY)
    world.put(f"dify/{under_way}", b"of one that may go on", NOW - timedelta(hours=23))
    _expire(world)
    assert f"dify/{left}" not in world.found()
    assert f"dify/{under_way}" in world.found()


def test_a_list_that_lacks_a_file_of_a_copy_that_stays_removes_nothing(
    world: CopiesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, stored = world.found(), Bucket.stored
    (lost,) = world.copies.needs(max(world.made)) - world.copies.needs(min(world.made))

    def without_one(self: Bucket, folder: str) -> dict[str, Stored]:
        return {key: one for key, one in stored(self, folder).items() if not key.endswith(lost)}

    monkeypatch.setattr(Bucket, "stored", without_one)
    expired = _expire(world)
    assert world.found() == before
    assert (expired.copies, expired.files) == (0, 0)
    assert f"its list lacks 1 files of the copy {max(world.made)}" in str(expired.advice)


def test_a_list_that_ends_early_removes_nothing(world: CopiesWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.found()

    def cut(self: Copies) -> dict[str, Stored]:
        raise FailedError(f"{self.where}: Read timeout on endpoint URL")

    monkeypatch.setattr(Copies, "contents", cut)
    assert str(_expire(world).advice).startswith("s3://example-dify-backups/dify: Read timeout")
    assert world.found() == before


def test_a_list_without_the_newest_copy_removes_nothing(world: CopiesWorld) -> None:
    before = world.found()
    expired = Expiry(copies=world.copies, days=30).run("20270101T000000Z")
    assert "its list lacks 20270101T000000Z" in str(expired.advice)
    assert world.found() == before


def test_copies_of_another_stack_stay_with_what_they_need_however_old_they_are(
    world: CopiesWorld, tmp_path: Path
) -> None:
    other = CopiesWorld(world.client, tmp_path / "other", stack="another")
    for days in (100, 90):
        other.copy(NOW - days * DAY, {"own": b"40 days ago"})
    assert _expire(world).copies == 1
    assert all(other.comes_back(name) for name in other.made)


@pytest.mark.parametrize("content", [b"[{", b'[{"path": "own"}]', b"{}", b"null"])
def test_a_copy_of_which_nobody_knows_what_it_needs_keeps_everything(world: CopiesWorld, content: bytes) -> None:
    name = sorted(world.made)[2]
    world.put(f"dify/{manifest_key(name)}", content, NOW - 10 * DAY)
    before = world.found()
    assert f"s3://{BUCKET}/dify/copies/{name}.json: it is damaged" in str(_expire(world).advice)
    assert world.found() == before


def test_what_another_machine_copies_meanwhile_keeps_its_files(
    world: CopiesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, copied = Bucket.remove, list[str]()

    def copy_first(self: Bucket, keys: Iterable[str]) -> Removal:
        if not copied:
            copied.append(world.copy(NOW + timedelta(minutes=1), {"own": b"40 days ago"}))
        return remove(self, keys)

    newest = max(world.made)
    monkeypatch.setattr(Bucket, "remove", copy_first)
    expired = Expiry(copies=world.copies, days=30).run(newest)
    assert world.comes_back(copied[0])
    assert "another copy was made meanwhile" in str(expired.advice)


def test_credentials_that_may_not_remove_are_told_in_one_line_and_nothing_goes(world: CopiesWorld) -> None:
    deny_removal(world.client)
    before = world.found()
    expired = _expire(world)
    assert world.found() == before
    assert expired.copies == 0
    line = str(expired.advice)
    assert "\n" not in line
    assert line.startswith(f"s3://{BUCKET}/dify: not all that is older than 30 days could be removed")
    assert "AccessDenied" in line
    assert "s3:DeleteObject" in line


@pytest.mark.parametrize("kind", ["versions", "lock"])
def test_a_bucket_that_keeps_versions_only_hides_what_is_removed_and_that_is_said(tmp_path: Path, kind: str) -> None:
    with empty_bucket(**{kind: True}) as client:
        world = _filled(client, tmp_path)
        expired = _expire(world)
        assert (expired.copies, expired.files) == (1, 1)
        assert "NoncurrentVersionExpiration" in str(expired.advice)
        versions = client.list_object_versions(Bucket=BUCKET)
        gone = f"dify/{manifest_key(min(world.made))}"
        assert gone in {one["Key"] for one in versions["DeleteMarkers"]}
        assert gone in {one["Key"] for one in versions["Versions"]}
        assert all(world.comes_back(name) for name in world.copies.names())


def test_more_than_one_request_takes_are_all_removed(world: CopiesWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.host.bucket._MOST_REMOVED", 2)
    keys = [f"many/{number}" for number in range(5)]
    for key in keys:
        world.copies.bucket.write(key, b"", {})
    assert world.copies.bucket.remove(keys) == Removal(gone=frozenset(keys))
    assert world.copies.bucket.stored("many/") == {}


@pytest.mark.parametrize(("given_days", "days"), [(None, 30), (90, 90)])
def test_copies_are_kept_as_long_as_the_stack_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_days: int | None, days: int
) -> None:
    _stack_file(tmp_path, monkeypatch, {} if given_days is None else {"retentionDays": given_days, "cpus": 0.5})
    assert retention_days("host") == days


@pytest.mark.parametrize("wrong", ["30", 0, True, None, 1.5])
def test_days_that_are_none_are_a_wrong_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    _stack_file(tmp_path, monkeypatch, {"retentionDays": wrong})
    with pytest.raises(WrongCallError, match=r"^config dify:backups\.retentionDays: got .* from 1 to 3650; mend it in"):
        retention_days("host")


def _stack_file(folder: Path, monkeypatch: pytest.MonkeyPatch, backups: object) -> None:
    monkeypatch.chdir(folder)
    (folder / "Pulumi.host.yaml").write_text(json.dumps({"config": {"dify:backups": backups}}))
