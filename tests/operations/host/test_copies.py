"""A copy in S3 holds everything once, encrypted and checked, and gives back what was there."""

from typing import Any

import pytest

from operations.host.bucket import Bucket
from operations.host.copies import Copies
from operations.outcome import FailedError
from tests.operations.host.host_world import BUCKET, HostWorld

pytestmark = pytest.mark.engine

PART, FOLDER, BACK = "sandbox", "/tmp/kept", "/tmp/back"  # noqa: S108  the container's own
OWNER = 65534

_FILL = f"""
rm -rf {FOLDER} {BACK}; mkdir -p {FOLDER}/base/one {FOLDER}/files/two/empty {BACK}
echo first > {FOLDER}/base/one/base.tar.gz
echo 'with a blank' > '{FOLDER}/files/two/a file'
ln {FOLDER}/base/one/base.tar.gz {FOLDER}/files/two/twin
ln -s 'a file' {FOLDER}/files/two/link
head -c 200000 /dev/zero > {FOLDER}/files/two/zeros
chmod 640 {FOLDER}/base/one/base.tar.gz
"""
_SHOW = "cd {} && find . -printf '%y %m %l %p\\n' | sort && find . -type f -exec sha256sum {{}} + | sort"


@pytest.fixture
def copies(world: HostWorld, s3: Any) -> Copies:
    world.host.output(PART, "bash", "-c", _FILL)
    return Copies(bucket=Bucket(name=BUCKET, prefix="dify/"), stack="host")


def _copy(world: HostWorld, copies: Copies, name: str) -> tuple[int, int]:
    return copies.copy(world.host, PART, FOLDER, ["base/one", "files/two"], name)


def _shown(world: HostWorld, folder: str) -> str:
    return world.host.output(PART, "bash", "-c", _SHOW.format(folder))


def test_what_is_copied_comes_back_as_it_was(world: HostWorld, copies: Copies) -> None:
    _copy(world, copies, "2026-06-01T02-00-00Z")
    world.host.output(PART, "mkdir", "-p", f"{BACK}/base", f"{BACK}/files")
    copies.bring(world.host, PART, BACK, "2026-06-01T02-00-00Z", owner=OWNER)
    assert _shown(world, BACK) == _shown(world, FOLDER)
    owners = world.host.output(PART, "find", f"{BACK}/files/two", "-printf", "%U:%G ").split()
    assert set(owners) == {f"{OWNER}:{OWNER}"}


def test_equal_content_is_kept_once_and_a_second_copy_sends_only_what_is_new(world: HostWorld, copies: Copies) -> None:
    count, _ = _copy(world, copies, "2026-06-01T02-00-00Z")
    assert count == 3, "the two hard links are one content"
    assert _copy(world, copies, "2026-06-02T02-00-00Z") == (0, 0)
    world.host.output(PART, "bash", "-c", f"echo new > {FOLDER}/files/two/new")
    assert _copy(world, copies, "2026-06-03T02-00-00Z") == (1, 4)
    assert copies.names() == ["2026-06-01T02-00-00Z", "2026-06-02T02-00-00Z", "2026-06-03T02-00-00Z"]


def test_everything_is_encrypted_and_checked_by_its_sha_256(world: HostWorld, copies: Copies, s3: Any) -> None:
    _copy(world, copies, "2026-06-01T02-00-00Z")
    for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        assert found["Key"].startswith("dify/")
        known = s3.head_object(Bucket=BUCKET, Key=found["Key"], ChecksumMode="ENABLED")
        assert known["ServerSideEncryption"] == "AES256"
        assert known["ChecksumSHA256"]


def test_a_key_of_ones_own_encrypts_every_object(world: HostWorld, copies: Copies, s3: Any) -> None:
    arn = "arn:aws:kms:eu-central-1:111122223333:key/1234"
    own = Copies(bucket=Bucket(name=BUCKET, prefix="own", kms_key=arn), stack="host")
    _copy(world, own, "2026-06-01T02-00-00Z")
    for found in s3.list_objects_v2(Bucket=BUCKET, Prefix="own/")["Contents"]:
        known = s3.head_object(Bucket=BUCKET, Key=found["Key"])
        assert (known["ServerSideEncryption"], known["SSEKMSKeyId"]) == ("aws:kms", arn)


def test_a_damaged_copy_is_refused_with_the_object_named(world: HostWorld, copies: Copies, s3: Any) -> None:
    _copy(world, copies, "2026-06-01T02-00-00Z")
    (key, *_) = (o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix="dify/content/")["Contents"])
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"damaged")
    with pytest.raises(FailedError, match=f"s3://{BUCKET}/{key}: its content is damaged"):
        copies.bring(world.host, PART, BACK, "2026-06-01T02-00-00Z", owner=OWNER)


def test_an_interrupted_copy_is_no_copy_and_the_next_one_continues(
    world: HostWorld, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send: Any = Copies._send  # pyright: ignore[reportPrivateUsage]

    def die_after_one(self: Copies, entry: Any, content: Any) -> None:
        if sent:
            raise KeyboardInterrupt
        sent.append(entry.path)
        send(self, entry, content)

    monkeypatch.setattr(Copies, "_send", die_after_one)
    with pytest.raises(KeyboardInterrupt):
        _copy(world, copies, "2026-06-01T02-00-00Z")
    assert copies.names() == []
    monkeypatch.setattr(Copies, "_send", send)
    assert _copy(world, copies, "2026-06-01T02-00-00Z")[0] == 2


def test_a_bucket_that_is_not_there_is_one_line(world: HostWorld, copies: Copies) -> None:
    with pytest.raises(FailedError, match=r"^s3://nowhere-at-all/x/copies/: .*NoSuchBucket") as refused:
        _copy(world, Copies(bucket=Bucket(name="nowhere-at-all", prefix="x"), stack="host"), "2026-06-01T02-00-00Z")
    assert "\n" not in str(refused.value)
