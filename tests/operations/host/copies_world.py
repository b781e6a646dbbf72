"""Copies in a bucket of moto's, made by the real code of folders on this machine, and written when a test says so."""

import io
import json
import subprocess
import tarfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from unittest import mock

import boto3
from moto import mock_aws

from operations.host.backups import STAMP
from operations.host.bucket import Bucket
from operations.host.copies import Copies
from operations.host.docker_host import DockerHost
from tests.operations.host.host_world import BUCKET

_LOGIN = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@contextmanager
def empty_bucket(*, versions: bool = False, lock: bool = False) -> Generator[Any]:
    """A bucket without objects, and boto3's client of it. It keeps `versions`, or with `lock` refuses for 90 days to
    let one go, whoever asks."""
    with mock.patch.dict("os.environ", _LOGIN), mock_aws():
        client = cast("Any", boto3).client("s3", region_name="eu-central-1")
        place = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock)
        if versions or lock:
            client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        if lock:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 90}}
            locked = {"ObjectLockEnabled": "Enabled", "Rule": rule}
            client.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=locked)
        yield client


@contextmanager
def s3_clock(moment: datetime) -> Generator[None]:
    """What S3 takes the time to be while objects are written."""
    with mock.patch("moto.s3.models.utcnow", return_value=moment.replace(tzinfo=None)):
        yield


def deny_removal(client: Any) -> None:
    """Nobody may remove an object of the bucket."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


class ThisMachine:
    """Runs what a copy runs in the backup's container, here."""

    def output(self, _part: str, *command: str) -> str:
        """What `command` prints."""
        return subprocess.run(command, text=True, capture_output=True, check=True).stdout  # noqa: S603

    def stream(self, _part: str, *command: str) -> Iterator[bytes]:
        """The same as it comes."""
        yield subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603

    def bring(self, _part: str, folder: str, archive: Any) -> None:
        """Unpack `archive`."""
        with tarfile.open(fileobj=archive) as packed:
            packed.extractall(folder)  # noqa: S202  the tests' own; filters came with Python 3.11.4


class CopiesWorld:
    """The copies of `stack` below one prefix, each of a folder of its own below `folder`, and what was in them."""

    def __init__(self, client: Any, folder: Path, stack: str = "host") -> None:
        self.client, self.folder = client, folder
        self.copies = Copies(bucket=Bucket(name=BUCKET, prefix="dify"), stack=stack)
        self.made: dict[str, Mapping[str, bytes]] = {}
        self._host = cast("DockerHost", ThisMachine())

    def copy(self, moment: datetime, files: Mapping[str, bytes]) -> str:
        """A copy of `files`, made at `moment` by S3's clock; gives its name."""
        name = moment.strftime(STAMP)
        place = self.folder / "here" / name
        place.mkdir(parents=True)
        for file, content in files.items():
            (place / file).write_bytes(content)
        with s3_clock(moment):
            self.copies.copy(self._host, "backup", str(place.parent), [name], name)
        self.made[name] = files
        return name

    def comes_back(self, name: str) -> bool:
        """Whether a restore of the copy `name` brings back every byte of it."""
        place = self.folder / "back"
        place.mkdir(exist_ok=True)
        self.copies.bring(self._host, "backup", str(place), name, owner=0)
        found = {file.name: file.read_bytes() for file in (place / name).iterdir()}
        return found == self.made[name]

    def put(self, key: str, content: bytes, moment: datetime) -> None:
        """An object of somebody else."""
        with s3_clock(moment):
            self.client.put_object(Bucket=BUCKET, Key=key, Body=io.BytesIO(content))

    def found(self) -> set[str]:
        """Every key of the bucket."""
        return {one["Key"] for one in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())}
