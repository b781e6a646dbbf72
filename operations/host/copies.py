"""Copies of backups in S3. Content is kept once, under its own SHA-256; a manifest says what one copy is made of.

Nothing here removes a copy: expiry.py does, where the credentials may.
"""

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import IO, Any, cast

from operations.host.bucket import Bucket, Stored
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


_MANIFESTS, _CONTENT = "copies/", "content/"
_MANIFEST = re.compile(r"copies/([^/]+)\.json")
_SHA_256 = re.compile(r"content/[0-9a-f]{2}/([0-9a-f]{64})")
"""Keys of ours: what else lies below the prefix is somebody's."""

_STACK = "stack"
"""What a manifest's metadata calls the stack that it is a copy of."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """The copies of `stack` in `bucket`, where those of other stacks may lie as well."""

    bucket: Bucket
    stack: str

    @property
    def where(self) -> str:
        """The place of all copies."""
        return self.bucket.where

    def names(self) -> list[str]:
        """Every copy, oldest first: names are times."""
        return sorted(self.manifests())

    def manifests(self) -> dict[str, Stored]:
        """The manifest of every copy, by the copy's name."""
        return self._named(_MANIFESTS, _MANIFEST)

    def contents(self) -> dict[str, Stored]:
        """Every content that is kept, by its SHA-256."""
        return self._named(_CONTENT, _SHA_256)

    def is_ours(self, name: str) -> bool:
        """Whether the copy `name` was made of this stack, and not of another one with the same prefix."""
        return self.bucket.metadata(manifest_key(name)).get(_STACK) == self.stack

    def needs(self, name: str) -> set[str]:
        """SHA-256 of every content that the copy `name` is made of."""
        return {entry.sha256 for entry in self._manifest(name) if entry.kind == "f"}

    def copy(self, host: DockerHost, part: str, folder: str, paths: Sequence[str], name: str) -> tuple[int, int]:
        """Keep `paths` below `folder` of `part` as the copy `name`. Gives how many files, and bytes, were not there."""
        names = self.names()
        before = self._manifest(names[-1]) if names else []
        known = {entry.seen: entry.sha256 for entry in before if entry.kind == "f"}
        entries = _hashed(host, part, folder, list(_listed(host, part, folder, paths)), known)
        there = self.contents()
        missing = {entry.sha256: entry for entry in entries if entry.kind == "f" and entry.sha256 not in there}
        by_path = {entry.path: entry for entry in missing.values()}
        for entry, content in _streamed(host, part, folder, list(by_path.values())):
            self._send(entry, content)
        manifest = json.dumps([asdict(entry) for entry in entries])
        self.bucket.write(manifest_key(name), manifest.encode(), {_STACK: self.stack})
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
        measured, key = _Measured(content), content_key(entry.sha256)
        self.bucket.send(key, measured)
        if measured.sha256.hexdigest() != entry.sha256:
            stays = self.bucket.remove([key]).refused
            by_hand = f"remove {self.bucket.place(key)} by hand, which is not what its name says, and " if stays else ""
            raise FailedError(f"{entry.path}: it changed while it was copied; {by_hand}call it again")

    def _fetch(self, entry: Entry, into: IO[bytes]) -> None:
        key = content_key(entry.sha256)
        self.bucket.fetch(key, into)
        into.seek(0)
        measured = _Measured(into)
        while measured.read(_CHUNK_BYTES):
            """Only to measure it."""
        if measured.sha256.hexdigest() != entry.sha256:
            raise FailedError(f"{self.bucket.place(key)}: its content is damaged; restore from another copy")
        into.seek(0)

    def _manifest(self, name: str) -> list[Entry]:
        key, entries = manifest_key(name), None
        with suppress(ValueError, TypeError):
            content: object = json.loads(self.bucket.read(key))
            if isinstance(content, list):
                entries = [Entry(**entry) for entry in cast("list[dict[str, Any]]", content)]
        if entries is None:
            raise FailedError(f"{self.bucket.place(key)}: it is damaged; remove it, and take another copy")
        return entries

    def _named(self, folder: str, pattern: re.Pattern[str]) -> dict[str, Stored]:
        stored = self.bucket.stored(folder)
        return {match[1]: one for key, one in stored.items() if (match := pattern.fullmatch(key))}


def manifest_key(name: str) -> str:
    """Where the manifest of the copy `name` is."""
    return f"{_MANIFESTS}{name}.json"


def content_key(sha256: str) -> str:
    """Where the content with this SHA-256 is."""
    return f"{_CONTENT}{sha256[:2]}/{sha256}"


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
