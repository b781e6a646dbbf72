"""The objects of a bucket as they were at a moment, from the versions that the bucket itself keeps."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, cast

from boto3.s3.transfer import TransferConfig

from operations.aws.calls import asking
from operations.aws.restore.object_history import History, Version, copied, histories
from operations.output import say, size

LARGEST_COPY = 5 * 1024**3
"""Bytes that one CopyObject takes; more is copied in parts (Amazon S3 User Guide, "Copying objects")."""

_PART = 512 * 1024**2
_AT_ONCE = 10
"""Connections that a client of boto3 keeps (botocore.config.Config, max_pool_connections)."""

_BATCH = 1000
_TELL_SECONDS = 10.0


@dataclass
class Tally:
    """Objects that were looked at, those that differ from the moment and their bytes then, and those that are newer."""

    seen: int = 0
    brought: int = 0
    bytes: int = 0
    newer: int = 0

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.brought} of {self.seen} objects differ ({size(self.bytes)}), {self.newer} are newer"


@dataclass(frozen=True, kw_only=True)
class Copies:
    """The bucket in another region that has a copy of each version, and a client of that region."""

    s3: Any
    bucket: str


@dataclass(frozen=True, kw_only=True)
class BucketRestore:
    """One restore of `bucket` to `moment`, from its own versions or from those of `copies`.

    Objects that were not there then stay, which harms nobody, as no row names them, unless `remove_newer`: then they
    are deleted, and their versions stay. `begun` is when this restore began by S3's clock: what was written since is
    its own.
    """

    s3: Any
    bucket: str
    moment: datetime
    begun: datetime
    remove_newer: bool = False
    copies: Copies | None = None

    def survey(self) -> Tally:
        """What there is to do. Reads lists only."""
        tally = Tally()
        for history in self._histories(tally, "looking at"):
            self._count(tally, history)
        return tally

    def run(self) -> Tally:
        """Bring every object back; gives what was done. May be repeated: what is done is not done again."""
        tally = Tally()
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            found = self._histories(tally, "restoring")
            while batch := list(islice(found, _BATCH)):
                list(workers.map(self._restore, batch))
                for history in batch:
                    self._count(tally, history)
        return tally

    def _histories(self, tally: Tally, doing: str) -> Iterator[History]:
        told = time.monotonic()
        found = histories(self.s3, self.bucket)
        if self.copies is not None:
            found = copied(histories(self.copies.s3, self.copies.bucket), found)
        for history in found:
            if time.monotonic() - told >= _TELL_SECONDS:
                told = time.monotonic()
                say(f"  {doing} {self.bucket}: {tally.text} so far, at {history.key}")
            yield history

    def _count(self, tally: Tally, history: History) -> None:
        tally.seen += 1
        tally.newer += history.is_newer(self.moment)
        if version := history.brings_back(self.moment, self.begun):
            tally.brought += 1
            tally.bytes += version.bytes

    def _restore(self, history: History) -> None:
        if version := history.brings_back(self.moment, self.begun):
            with asking("s3:PutObject"):
                self._copy(history.key, version)
        elif self.remove_newer and history.is_newer(self.moment):
            with asking("s3:DeleteObject"):
                self.s3.delete_object(Bucket=self.bucket, Key=history.key)

    def _copy(self, key: str, version: Version) -> None:
        """On S3's side, also from another region. The copy is encrypted as the bucket says."""
        from_s3, bucket = (self.copies.s3, self.copies.bucket) if self.copies else (self.s3, self.bucket)
        source = {"Bucket": bucket, "Key": key, "VersionId": version.id}
        if version.bytes <= LARGEST_COPY:
            self.s3.copy_object(Bucket=self.bucket, Key=key, CopySource=source)
            return
        parts = TransferConfig(multipart_threshold=LARGEST_COPY, multipart_chunksize=_PART)
        # What CopyObject takes over by itself; headers and metadata s3transfer (0.19) keeps without being told.
        kept = {"TaggingDirective": "COPY"}
        self.s3.copy(source, self.bucket, key, ExtraArgs=kept, Config=parts, SourceClient=from_s3)


def now(s3: Any, bucket: str) -> datetime:
    """The time by S3's own clock, in whole seconds, which is how it dates versions."""
    with asking("s3:ListBucket"):
        answered = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(cast("str", answered["date"]))


def keeps_versions(s3: Any, bucket: str) -> bool:
    """Without versions there is nothing to bring back."""
    with asking("s3:GetBucketVersioning"):
        return s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"
