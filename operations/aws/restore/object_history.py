"""What a bucket held at a moment: the versions of its objects, as S3 keeps them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from operations.aws.calls import asking


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One version of an object, or the marker that a deletion leaves. S3 lists when it was `written` in whole
    seconds, and `bytes` of a marker are 0."""

    id: str
    written: datetime
    bytes: int
    deleted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The object `key`: all its `versions`, the newest first, and what a reader gets `today`, which is a deleted object
    where it is a marker, and None where the bucket never had it. Versions may be those of a copy."""

    key: str
    versions: Sequence[Version]
    today: Version | None

    def at(self, moment: datetime) -> Version | None:
        """What a reader got at `moment`; None where there was no object."""
        found = next((one for one in self.versions if one.written <= moment), None)
        return None if found is None or found.deleted else found

    def brings_back(self, moment: datetime, begun: datetime) -> Version | None:
        """The version to copy over today's, so that the object is again as it was at `moment`.

        None where it is so, or was made so since `begun`: whoever writes is stopped, so a version of since then is a
        copy of this restore's own.
        """
        wanted, today = self.at(moment), self.today
        if wanted is None or today is None:
            return wanted
        own = today.written >= begun and not today.deleted
        return None if own or today.id == wanted.id else wanted

    def is_newer(self, moment: datetime) -> bool:
        """There is an object today, and there was none at `moment`."""
        return self.at(moment) is None and self.today is not None and not self.today.deleted


def histories(s3: Any, bucket: str) -> Iterator[History]:
    """The history of each object of `bucket`, in the order of their keys. Raises FailedError where S3 refuses."""
    for key, listed in groupby(_listed(s3, bucket), key=lambda one: cast("str", one["Key"])):
        # A marker and a version of one second: S3 says which is the newest, and of others the file is worth more.
        found = sorted(listed, key=lambda one: (one["IsLatest"], one["LastModified"], "Size" in one), reverse=True)
        versions = [_version(one) for one in found]
        yield History(key=key, versions=versions, today=versions[0])


def copied(copies: Iterator[History], here: Iterator[History]) -> Iterator[History]:
    """Versions of `copies`, beside what is `here` today: a copy has the id and the date of its original (Amazon S3 User
    Guide, "Replicating objects"). What has no copy is left out."""
    nearest = next(here, None)
    for copy in copies:
        while nearest is not None and nearest.key < copy.key:
            nearest = next(here, None)
        today = nearest.today if nearest is not None and nearest.key == copy.key else None
        yield History(key=copy.key, versions=copy.versions, today=today)


def _version(listed: Mapping[str, Any]) -> Version:
    return Version(
        id=listed["VersionId"],
        written=listed["LastModified"],
        bytes=listed.get("Size", 0),
        deleted="Size" not in listed,
    )


def _listed(s3: Any, bucket: str) -> Iterator[Mapping[str, Any]]:
    """Versions and markers, all of one key together. A page has at most 1000 of both, in the order of keys, and two
    lists of them (Amazon S3 API Reference, ListObjectVersions)."""
    with asking("s3:ListBucketVersions"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            yield from sorted((*page.get("Versions", ()), *page.get("DeleteMarkers", ())), key=lambda one: one["Key"])
