"""Objects of one S3 bucket below a prefix: encrypted, checked on the way, and what S3 says against it in one line."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import IO, Any, Protocol, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.outcome import FailedError

_MOST_REMOVED = 1000
"""Keys of one request (Amazon S3 API Reference, DeleteObjects)."""


class Readable(Protocol):
    """What is read once, from its beginning."""

    def read(self, count: int = -1, /) -> bytes:
        """The next bytes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object: its bytes, and when it was written by S3's own clock."""

    size: int
    written: datetime


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What came of a removal: the keys that are `gone`. `hidden`: the bucket keeps versions, so they still take space.
    `refused` is what S3 said of those that stay."""

    gone: frozenset[str]
    hidden: bool = False
    refused: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The bucket `name` below `prefix`, encrypted with `kms_key` or S3's own key. Keys are given without the prefix.
    Every method raises FailedError in one line where S3 or the credentials do not do it."""

    name: str
    prefix: str
    kms_key: str | None = None
    region: str | None = None

    @property
    def where(self) -> str:
        """The place of all objects."""
        return f"s3://{self.name}/{self.prefix.strip('/')}"

    def place(self, key: str) -> str:
        """The place of one object, for a line about it."""
        return f"s3://{self.name}/{self._whole(key)}"

    def stored(self, folder: str) -> dict[str, Stored]:
        """Every object whose key begins with `folder`; all of them, or FailedError."""
        found: dict[str, Stored] = {}
        whole = self._whole(folder)
        with _speaking(self.place(folder)):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=whole):
                for one in page.get("Contents", ()):
                    key = folder + one["Key"].removeprefix(whole)
                    found[key] = Stored(size=one["Size"], written=one["LastModified"])
        return found

    def read(self, key: str) -> bytes:
        """The content of a small object."""
        with _speaking(self.place(key)):
            return self._s3.get_object(Bucket=self.name, Key=self._whole(key))["Body"].read()

    def write(self, key: str, content: bytes, metadata: Mapping[str, str]) -> None:
        """Keep a small object, and words about it."""
        with _speaking(self.place(key)):
            self._s3.put_object(
                Bucket=self.name, Key=self._whole(key), Body=content, Metadata=dict(metadata), **self._extra()
            )

    def metadata(self, key: str) -> Mapping[str, str]:
        """The words that an object was kept with."""
        with _speaking(self.place(key)):
            return self._s3.head_object(Bucket=self.name, Key=self._whole(key))["Metadata"]

    def send(self, key: str, content: Readable) -> None:
        """Keep an object of any size."""
        with _speaking(self.place(key)):
            self._s3.upload_fileobj(content, self.name, self._whole(key), ExtraArgs=self._extra())

    def fetch(self, key: str, into: IO[bytes]) -> None:
        """Write an object of any size to the file `into`."""
        with _speaking(self.place(key)):
            self._s3.download_fileobj(self.name, self._whole(key), into)

    def remove(self, keys: Iterable[str]) -> Removal:
        """Remove `keys`, and go no further where S3 refuses one."""
        gone: set[str] = set()
        hidden = False
        left = iter(keys)
        while some := list(islice(left, _MOST_REMOVED)):
            whole = {self._whole(key): key for key in some}
            with _speaking(self.where):
                answer = self._s3.delete_objects(Bucket=self.name, Delete={"Objects": [{"Key": key} for key in whole]})
            removed = answer.get("Deleted", ())
            gone.update(whole[one["Key"]] for one in removed)
            hidden = hidden or any(one.get("DeleteMarker", False) for one in removed)
            for error in answer.get("Errors", ()):
                refused = f"{whole[error['Key']]}: {error['Code']}"
                return Removal(gone=frozenset(gone), hidden=hidden, refused=refused)
        return Removal(gone=frozenset(gone), hidden=hidden)

    def _whole(self, key: str) -> str:
        return f"{self.prefix.strip('/')}/{key}".lstrip("/")

    def _extra(self) -> Mapping[str, str]:
        """S3 checks what arrives against a SHA-256 and encrypts it (Amazon S3 API Reference, PutObject)."""
        key = {"ServerSideEncryption": "AES256"}
        if self.kms_key:
            key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}
        return {"ChecksumAlgorithm": "SHA256", **key}

    @cached_property
    def _s3(self) -> Any:
        with _speaking(f"s3://{self.name}"):
            client: Any = cast("Any", boto3).client("s3", region_name=self.region)
        return client


@contextmanager
def _speaking(what: str) -> Generator[None]:
    """What S3 or the credentials say, in one line."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise FailedError(f"{what}: {' '.join(str(error).split())}") from None
