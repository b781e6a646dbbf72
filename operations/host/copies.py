"""Copies of backups in S3. Content is kept once, under its own SHA-256; a manifest says what one copy is made of.

Nothing here deletes a copy, so the credentials need no right to: whoever takes the host cannot take its copies.
"""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import IO, Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.host.docker_host import DockerHost
from operations.outcome import FailedError

_BATCH = 200
"""Paths in one call: well below what one command line may hold (Linux, 2 MiB in all)."""

_BATCH_BYTES = 64 * 1024**2
"""Bytes that are written to the host at once; a larger file goes alone."""

_CHUNK_BYTES = 1024**2

_PRINT = r"%y\0%s\0%T@\0%m\0%l\0%p\0"
"""Kind, bytes, time, mode, target and path of everything (GNU findutils manual, "Format Directives")."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file (`f`), link (`l`) or folder (`d`) of a copy. `time` in seconds since 1970 as find(1) prints it; `mode` in
    octal digits."""

    path: str
    kind: str
    size: int
    time: str
    mode: str
    target: str = ""
    sha256: str = ""

    @property
    def seen(self) -> tuple[str, int, str]:
        """What tells a file that has not changed: backups are never written again."""
        return self.path, self.size, self.time


@dataclass(frozen=True, kw_only=True)
class Copies:
    """The copies of one stack in `bucket`, with keys below `prefix`, encrypted with `kms_key` or S3's own key."""

    bucket: str
    prefix: str
    kms_key: str | None = None
    region: str | None = None

    @property
    def where(self) -> str:
        """The place of all copies."""
        return f"s3://{self.bucket}/{self.prefix.strip('/')}"

    def names(self) -> list[str]:
        """Every copy, oldest first: names are times."""
        found = (key.rpartition("/")[2].removesuffix(".json") for key in self._keys("copies/"))
        return sorted(found)

    def copy(self, host: DockerHost, part: str, folder: str, paths: Sequence[str], name: str) -> tuple[int, int]:
        """Keep `paths` below `folder` of `part` as the copy `name`. Gives how many files, and bytes, were not there."""
        before = self._manifest(self.names()[-1]) if self.names() else []
        known = {entry.seen: entry.sha256 for entry in before if entry.kind == "f"}
        entries = _hashed(host, part, folder, list(_listed(host, part, folder, paths)), known)
        there = {key.rpartition("/")[2] for key in self._keys("content/")}
        missing = {entry.sha256: entry for entry in entries if entry.kind == "f" and entry.sha256 not in there}
        by_path = {entry.path: entry for entry in missing.values()}
        for entry, content in _streamed(host, part, folder, list(by_path.values())):
            self._send(entry, content)
        self._put(f"copies/{name}.json", json.dumps([asdict(entry) for entry in entries]).encode())
        return len(missing), sum(entry.size for entry in missing.values())

    def bring(self, host: DockerHost, part: str, folder: str, name: str, *, owner: int) -> int:
        """Write the copy `name` below `folder` of `part`, owned by `owner`. Gives its bytes."""
        entries = self._manifest(name)
        batch: list[Entry] = []
        for entry in entries:
            if batch and sum(one.size for one in batch) + entry.size > _BATCH_BYTES:
                self._write(host, part, folder, batch, owner)
                batch = []
            batch.append(entry)
        self._write(host, part, folder, batch, owner)
        return sum(entry.size for entry in entries)

    def _write(self, host: DockerHost, part: str, folder: str, entries: Sequence[Entry], owner: int) -> None:
        with tempfile.TemporaryFile() as packed:
            with tarfile.open(fileobj=packed, mode="w") as archive:
                for entry in entries:
                    info = _packed(entry, owner)
                    if entry.kind == "f":
                        with tempfile.TemporaryFile() as content:
                            self._fetch(entry, content)
                            archive.addfile(info, content)
                    else:
                        archive.addfile(info)
            packed.seek(0)
            host.bring(part, folder, packed)

    def _send(self, entry: Entry, content: IO[bytes]) -> None:
        measured = _Measured(content)
        key = self._key(f"content/{entry.sha256[:2]}/{entry.sha256}")
        with _speaking(f"s3://{self.bucket}/{key}"):
            self._s3.upload_fileobj(measured, self.bucket, key, ExtraArgs=self._extra())
            if measured.sha256.hexdigest() != entry.sha256:
                self._s3.delete_object(Bucket=self.bucket, Key=key)
                raise FailedError(f"{entry.path}: it changed while it was copied; call it again")

    def _fetch(self, entry: Entry, into: IO[bytes]) -> None:
        key = self._key(f"content/{entry.sha256[:2]}/{entry.sha256}")
        with _speaking(f"s3://{self.bucket}/{key}"):
            self._s3.download_fileobj(self.bucket, key, into)
        into.seek(0)
        measured = _Measured(into)
        while measured.read(_CHUNK_BYTES):
            """Only to measure it."""
        if measured.sha256.hexdigest() != entry.sha256:
            raise FailedError(f"s3://{self.bucket}/{key}: its content is damaged; restore from another copy")
        into.seek(0)

    def _manifest(self, name: str) -> list[Entry]:
        key = self._key(f"copies/{name}.json")
        with _speaking(f"s3://{self.bucket}/{key}"):
            content = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return [Entry(**entry) for entry in cast("list[dict[str, Any]]", json.loads(content))]

    def _put(self, name: str, content: bytes) -> None:
        key = self._key(name)
        with _speaking(f"s3://{self.bucket}/{key}"):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=content, **self._extra())

    def _keys(self, folder: str) -> Iterator[str]:
        with _speaking(f"s3://{self.bucket}/{self._key(folder)}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._key(folder))
            for page in pages:
                yield from (found["Key"] for found in page.get("Contents", ()))

    def _key(self, name: str) -> str:
        return f"{self.prefix.strip('/')}/{name}".lstrip("/")

    def _extra(self) -> Mapping[str, str]:
        """S3 checks what arrives against a SHA-256 and encrypts it (Amazon S3 API Reference, PutObject)."""
        key = {"ServerSideEncryption": "AES256"}
        if self.kms_key:
            key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}
        return {"ChecksumAlgorithm": "SHA256", **key}

    @cached_property
    def _s3(self) -> Any:
        with _speaking(f"s3://{self.bucket}"):
            client: Any = cast("Any", boto3).client("s3", region_name=self.region)
        return client


class _Measured:
    """A stream that is read once, and its SHA-256 so far."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.sha256 = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        read = self._content.read(count)
        self.sha256.update(read)
        return read


class _Pipe(io.RawIOBase):
    """Chunks as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As io.RawIOBase has it."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _listed(host: DockerHost, part: str, folder: str, paths: Sequence[str]) -> Iterator[Entry]:
    for some in _batches(paths):
        said = host.output(part, "env", "-C", folder, "find", *some, "-printf", _PRINT).split("\0")
        for kind, size, time, mode, target, path in zip(*[iter(said)] * 6, strict=False):
            if kind in ("f", "l", "d"):
                yield Entry(
                    path=path, kind=kind, size=int(size) if kind == "f" else 0, time=time, mode=mode, target=target
                )


def _hashed(
    host: DockerHost, part: str, folder: str, entries: Sequence[Entry], known: Mapping[tuple[str, int, str], str]
) -> list[Entry]:
    """`entries` with their content's SHA-256, computed beside them where the last copy does not know it."""
    hashes = {entry.path: known.get(entry.seen, "") for entry in entries if entry.kind == "f"}
    for some in _batches([path for path, found in hashes.items() if not found]):
        said = host.output(part, "env", "-C", folder, "sha256sum", "--zero", "--", *some)
        for line in filter(None, said.split("\0")):
            found, _, path = line.partition("  ")
            hashes[path] = found
    return [replace(entry, sha256=hashes.get(entry.path, "")) for entry in entries]


def _streamed(host: DockerHost, part: str, folder: str, entries: Sequence[Entry]) -> Iterator[tuple[Entry, IO[bytes]]]:
    by_path = {entry.path: entry for entry in entries}
    for some in _batches(list(by_path)):
        chunks = host.stream(part, "tar", "--create", "--hard-dereference", "--directory", folder, "--", *some)
        with tarfile.open(fileobj=io.BufferedReader(_Pipe(chunks)), mode="r|") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield by_path[member.name], content
        for _ in chunks:
            """What pads the archive, and at the end the exit code of tar."""


def _packed(entry: Entry, owner: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(entry.path)
    info.type = {"f": tarfile.REGTYPE, "l": tarfile.SYMTYPE, "d": tarfile.DIRTYPE}[entry.kind]
    info.size, info.mtime, info.mode = entry.size, float(entry.time), int(entry.mode, 8)
    info.linkname, info.uid, info.gid = entry.target, owner, owner
    return info


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]


@contextmanager
def _speaking(what: str) -> Generator[None]:
    """What S3 or the credentials say, in one line."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise FailedError(f"{what}: {' '.join(str(error).split())}") from None
