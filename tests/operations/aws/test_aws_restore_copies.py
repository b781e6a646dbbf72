"""Files that are lost with their bucket come back from the copy in the other region."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import boto3
import pytest

from operations.aws.restore.object_history import History, Version, copied
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.aws.restore_world import MOMENT, TO, RestoreWorld, make_restore_world
from tests.operations.conftest import Call

BEFORE, AFTER = MOMENT - timedelta(days=1), MOMENT + timedelta(hours=1)
FILES = ("--only", "files", "--over-existing")


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    return make_restore_world(world)


def _lose(past: RestoreWorld, bucket: str) -> None:
    """Every version is gone, as of a bucket that was lost and made again."""
    s3, name = past.world.client("s3"), past.world.outputs["buckets"][bucket]
    found = s3.list_object_versions(Bucket=name)
    for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
        s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])


def _replicate(past: RestoreWorld) -> None:
    """Buckets of the other region; the world knows them as `files copy` and `plugins copy`."""
    s3 = cast("Any", boto3).client("s3", region_name="eu-west-1")
    copies = {name: f"replica-storage-{name}-bucket-1a2b3c4" for name in ("files", "plugins")}
    for name, bucket in copies.items():
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        past.world.outputs["buckets"][f"{name} copy"] = bucket
    past.world.outputs["copies"] = copies
    past.world.write_outputs()


def test_files_that_are_lost_with_their_versions_come_from_the_other_region(past: RestoreWorld, call: Call) -> None:
    _replicate(past)
    past.put("a lost one", "then", at=BEFORE, bucket="files copy")
    past.put("a lost one", "now", at=AFTER, bucket="files copy")
    past.put("deleted before", "gone", at=BEFORE, bucket="files copy")
    past.delete("deleted before", at=BEFORE + timedelta(hours=1), bucket="files copy")
    past.put("plugin", "then", at=BEFORE, bucket="plugins copy")
    past.put("only here", "here", at=BEFORE)
    _lose(past, "plugins")
    ended = call("restore", "--to", TO, *FILES, "--from-copy")
    assert ended.code == ExitCode.DONE, ended.err
    assert past.files() == {"a lost one": "then", "only here": "here"}
    assert past.files("plugins") == {"plugin": "then"}
    sources = {one["CopySource"].partition("/")[0] for one in past.world.answers.calls_of("s3:CopyObject")}
    assert sources == set(past.world.outputs["copies"].values())


def test_what_is_the_same_in_both_regions_is_not_sent_again() -> None:
    then = Version(id="v1", written=BEFORE, bytes=1, deleted=False)
    now = Version(id="v2", written=AFTER, bytes=1, deleted=False)
    copies = [
        History(key="a", versions=[then], today=then),
        History(key="c", versions=[now, then], today=now),
        History(key="d", versions=[then], today=then),
        History(key="e", versions=[then], today=then),
    ]
    here = [
        History(key="a", versions=[then], today=then),
        History(key="b", versions=[now], today=now),
        History(key="c", versions=[now, then], today=now),
        History(key="e", versions=[then], today=then),
    ]
    never = datetime.max.replace(tzinfo=UTC)
    found = {one.key: one.brings_back(MOMENT, never) for one in copied(iter(copies), iter(here))}
    assert found == {"a": None, "c": then, "d": then, "e": None}


@pytest.mark.parametrize("where", ["outputs", "settings"])
def test_without_a_copy_there_is_nothing_to_restore_from(past: RestoreWorld, call: Call, where: str) -> None:
    if where == "outputs":
        past.world.outputs.pop("copies", None)
        past.world.write_outputs()
    else:
        file = Path("Pulumi.prod.yaml")
        file.write_text(file.read_text().replace("  dify:replica:\n    region: eu-west-1\n", ""))
    ended = call("restore", "--to", TO, *FILES, "--from-copy")
    assert ended.code == ExitCode.REFUSED
    assert "dify:replica" in ended.err


def test_what_was_never_copied_is_never_taken_for_newer(past: RestoreWorld, call: Call) -> None:
    _replicate(past)
    past.put("old", "here", at=BEFORE)
    ended = call("restore", "--to", TO, *FILES, "--from-copy", "--remove-newer")
    assert ended.code == ExitCode.WRONG_CALL
    assert past.files() == {"old": "here"}
