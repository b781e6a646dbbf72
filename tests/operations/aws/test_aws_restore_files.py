"""Files come back as they were at a moment, inside S3, and nothing that is there is lost."""

from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from operations.aws.restore import bucket as bucket_restore
from operations.aws.restore.bucket import BucketRestore, now
from operations.outcome import ExitCode, FailedError
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.aws.restore_world import MOMENT, NOW, TO, RestoreWorld, make_restore_world
from tests.operations.conftest import Call

BEFORE, AFTER = MOMENT - timedelta(days=1), MOMENT + timedelta(hours=1)
FILES = ("--only", "files", "--over-existing")


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    return make_restore_world(world)


def _restore(past: RestoreWorld, *, remove_newer: bool = False) -> BucketRestore:
    s3, bucket = past.world.client("s3"), past.world.outputs["buckets"]["files"]
    return BucketRestore(s3=s3, bucket=bucket, moment=MOMENT, begun=now(s3, bucket), remove_newer=remove_newer)


def test_what_was_overwritten_or_deleted_comes_back_and_what_is_newer_stays(past: RestoreWorld) -> None:
    past.put("same", "then", at=BEFORE)
    past.put("overwritten", "older", at=BEFORE - timedelta(days=1))
    past.put("overwritten", "then", at=BEFORE)
    past.put("overwritten", "now", at=AFTER)
    past.put("deleted", "then", at=BEFORE)
    past.delete("deleted", at=AFTER)
    past.put("deleted before", "gone", at=BEFORE)
    past.delete("deleted before", at=BEFORE + timedelta(hours=1))
    past.put("made again", "gone", at=BEFORE)
    past.delete("made again", at=BEFORE + timedelta(hours=1))
    past.put("made again", "now", at=AFTER)
    past.put("newer", "now", at=AFTER)
    done = _restore(past).run()
    assert past.files() == {
        "same": "then",
        "overwritten": "then",
        "deleted": "then",
        "made again": "now",
        "newer": "now",
    }
    assert (done.seen, done.brought, done.newer) == (6, 2, 2)
    assert [one["Key"] for one in past.world.answers.calls_of("s3:CopyObject")] == ["deleted", "overwritten"]


def test_the_version_of_the_very_moment_is_the_one_that_comes_back(past: RestoreWorld) -> None:
    past.put("file", "then", at=MOMENT)
    past.put("file", "now", at=MOMENT + timedelta(seconds=1))
    _restore(past).run()
    assert past.files() == {"file": "then"}


def test_what_is_newer_is_deleted_on_request_and_can_still_be_brought_back(past: RestoreWorld) -> None:
    newer = past.put("newer", "now", at=AFTER)
    past.put("same", "then", at=BEFORE)
    _restore(past, remove_newer=True).run()
    assert past.files() == {"same": "then"}
    bucket = past.world.outputs["buckets"]["files"]
    kept = past.world.client("s3").get_object(Bucket=bucket, Key="newer", VersionId=newer)
    assert kept["Body"].read() == b"now"


def test_nothing_that_was_there_is_lost(past: RestoreWorld) -> None:
    past.put("file", "then", at=BEFORE)
    latest = past.put("file", "now", at=AFTER)
    _restore(past, remove_newer=True).run()
    bucket = past.world.outputs["buckets"]["files"]
    kept = past.world.client("s3").get_object(Bucket=bucket, Key="file", VersionId=latest)
    assert kept["Body"].read() == b"now"


def test_type_metadata_and_tags_come_back_too(past: RestoreWorld) -> None:
    past.put("file", "then", at=BEFORE, ContentType="text/html", Metadata={"by": "ann"}, Tagging="kind=a&of=b")
    past.put("file", "now", at=AFTER)
    _restore(past).run()
    _keeps_everything(past)


def test_what_is_too_large_for_one_copy_is_copied_in_parts_and_keeps_as_much(
    past: RestoreWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mib = 1024**2
    monkeypatch.setattr(bucket_restore, "LARGEST_COPY", 6 * mib)
    monkeypatch.setattr(bucket_restore, "_PART", 5 * mib)
    past.put("file", "x" * 7 * mib, at=BEFORE, ContentType="text/html", Metadata={"by": "ann"}, Tagging="kind=a&of=b")
    past.put("file", "now", at=AFTER)
    _restore(past).run()
    assert past.files() == {"file": "x" * 7 * mib}
    assert len(past.world.answers.calls_of("s3:UploadPartCopy")) == 2
    assert not past.world.answers.calls_of("s3:CopyObject")
    _keeps_everything(past)


def _keeps_everything(past: RestoreWorld) -> None:
    s3, bucket = past.world.client("s3"), past.world.outputs["buckets"]["files"]
    head = s3.head_object(Bucket=bucket, Key="file")
    assert (head["ContentType"], head["Metadata"]) == ("text/html", {"by": "ann"})
    tags = {one["Key"]: [one["Value"]] for one in s3.get_object_tagging(Bucket=bucket, Key="file")["TagSet"]}
    assert tags == parse_qs("kind=a&of=b")


def test_a_restore_that_stopped_half_way_copies_nothing_twice(past: RestoreWorld) -> None:
    for number in range(20):
        past.put(f"file {number}", "then", at=BEFORE)
        past.put(f"file {number}", "now", at=AFTER)
    restore, calls = _restore(past), count(1)

    def busy(_: dict[str, Any]) -> None:
        if next(calls) > 7:
            error: Any = {"Error": {"Code": "SlowDown", "Message": "reduce your request rate"}}
            raise ClientError(error, "CopyObject")

    past.world.answers.change("s3:CopyObject", busy)
    with pytest.raises(FailedError, match="AWS is busy"):
        restore.run()
    del past.world.answers.changed["s3:CopyObject"]
    restore.run()
    assert restore.run().brought == 0
    assert restore.survey().brought == 0
    copied = [one["Key"] for one in past.world.answers.calls_of("s3:CopyObject")]
    assert sorted(copied) == sorted(set(copied))
    assert set(past.files().values()) == {"then"}


def test_a_bucket_of_more_than_one_batch_is_restored_wholly(
    past: RestoreWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_restore, "_BATCH", 3)
    for number in range(10):
        past.put(f"{number}", "then", at=BEFORE)
        past.put(f"{number}", "now", at=AFTER)
    assert _restore(past).run().brought == 10
    assert set(past.files().values()) == {"then"}


def test_progress_is_said_while_it_works(
    past: RestoreWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bucket_restore, "_TELL_SECONDS", 0)
    past.put("file", "then", at=BEFORE)
    _restore(past).survey()
    assert "looking at storage-files-bucket-1a2b3c4" in capsys.readouterr().out


def test_plugins_come_back_as_files_do_and_records_are_left_alone(past: RestoreWorld, call: Call) -> None:
    for bucket in ("files", "plugins", "logs", "audit", "history"):
        past.put("one", "then", at=BEFORE, bucket=bucket)
        past.put("one", "now", at=AFTER, bucket=bucket)
    assert call("restore", "--to", TO, *FILES).code == ExitCode.DONE
    assert {name: past.files(name)["one"] for name in ("files", "plugins", "logs", "audit", "history")} == {
        "files": "then",
        "plugins": "then",
        "logs": "now",
        "audit": "now",
        "history": "now",
    }


def test_newer_files_are_deleted_only_where_the_call_says_so(past: RestoreWorld, call: Call) -> None:
    past.put("newer", "now", at=AFTER)
    assert call("restore", "--to", TO, *FILES).code == ExitCode.DONE
    assert past.files() == {"newer": "now"}
    assert call("restore", "--to", TO, *FILES, "--remove-newer").code == ExitCode.DONE
    assert past.files() == {}


def test_a_moment_that_versions_do_not_reach_back_to_is_refused_with_the_rule(past: RestoreWorld, call: Call) -> None:
    ended = call("restore", "--to", (NOW - timedelta(days=91)).isoformat(), *FILES)
    assert ended.code == ExitCode.REFUSED
    assert "is kept for 90 days (`expireNoncurrentAfterDays` of dify:storage)" in ended.err
    assert past.world.answers.changes == []


def test_a_bucket_without_versions_is_refused(past: RestoreWorld, call: Call) -> None:
    bucket = past.world.outputs["buckets"]["plugins"]
    past.world.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    past.world.answers.asked.clear()
    ended = call("restore", "--to", TO, *FILES)
    assert ended.code == ExitCode.REFUSED
    assert "keeps no versions" in ended.err
    assert past.world.answers.changes == []


def test_somebody_who_writes_meanwhile_is_noticed(past: RestoreWorld, call: Call) -> None:
    """What is written by others after a key was copied looks like a copy; what deletes it does not."""
    past.put("file", "then", at=BEFORE)
    past.put("file", "now", at=AFTER)
    s3, bucket = past.world.client("s3"), past.world.outputs["buckets"]["files"]
    past.world.answers.change("s3:CopyObject", lambda _: s3.delete_object(Bucket=bucket, Key="file"))
    ended = call("restore", "--to", TO, *FILES)
    assert ended.code == ExitCode.FAILED
    assert "1 objects differ" in ended.err
    assert "somebody writes there" in ended.err
