"""The host's own backups: what components/docker_host/scripts/backup.sh keeps in the volume `backups`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from operations.host.condition import BackupCondition, DiskCondition
from operations.host.docker_host import DockerHost
from operations.host.part import Ran
from operations.outcome import FailedError

PART = "backup"
FOLDER = "/var/lib/dify/backups"
SCRIPT = "/opt/dify/backup.sh"

FULL_ALLOWED, FILES_ALLOWED, WAL_ALLOWED = timedelta(hours=26), timedelta(hours=2), timedelta(minutes=5)
"""Ages that `backup.sh check` accepts."""

STAMP = "%Y%m%dT%H%M%SZ"
"""Names of backups: when they were made, so that the newest is the last of them."""

_CLOCK_ALLOWED = timedelta(hours=1)
"""How far in the future a name may be (`backup_folder.sh`, past); one that is further is of a clock that was wrong."""


@dataclass(frozen=True, kw_only=True)
class Backups:
    """The backups on `host`, read where the backup's container runs and where it does not."""

    host: DockerHost

    def bases(self) -> list[str]:
        """Names of whole backups of the database, oldest first, without those of a wrong clock."""
        return self._names("base")

    def snapshots(self) -> list[str]:
        """Names of snapshots of files, oldest first, without those of a wrong clock."""
        return self._names("files")

    def size(self, *paths: str) -> int:
        """Bytes of `paths` below the folder of backups."""
        said = self._run("du", "--bytes", "--summarize", "--total", *(f"{FOLDER}/{path}" for path in paths))
        return int(said.splitlines()[-1].split()[0])

    def now(self) -> str:
        """The host's clock, as names have it."""
        return self._run("date", "--utc", f"+{STAMP}").strip()

    def damage(self, base: str) -> str | None:
        """What its checksums say against the whole backup `base`; None where it is sound."""
        ran = self._ran("env", "-C", f"{FOLDER}/base/{base}", "sha256sum", "--quiet", "--check", "SHA256SUMS")
        return ran.why if ran.code else None

    def copied(self, base: str, snapshot: str) -> Sequence[str]:
        """Paths of all that a restore to any moment since `base` needs, with the files of `snapshot`; segments of the
        log that are still being written are left to the next copy."""
        start = self._run("cat", f"{FOLDER}/base/{base}/start-wal").strip()
        listed = self._run("find", f"{FOLDER}/wal", "-maxdepth", "1", "-type", "f", "-printf", "%f\\n")
        # Eight digits of the timeline, then the position (PostgreSQL documentation, "WAL Internals").
        whole = [name for name in sorted(listed.split()) if name.endswith((".gz", ".history"))]
        log = [name for name in whole if name.endswith(".history") or name[8:24] >= start[8:24]]
        return (f"base/{base}", f"files/{snapshot}", *(f"wal/{name}" for name in log))

    def _names(self, folder: str) -> list[str]:
        place = f"{FOLDER}/{folder}"
        pattern = "????????T??????Z"
        said = self._run(
            "find", FOLDER, "-mindepth", "2", "-maxdepth", "2", "-path", f"{place}/{pattern}", "-printf", "%f\\n"
        )
        latest = (time_of(self.now()) + _CLOCK_ALLOWED).strftime(STAMP)
        return sorted(name for name in said.split() if name <= latest)

    def _run(self, *command: str) -> str:
        ran = self._ran(*command)
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{PART}: {command[0]}: {ran.why}")
        return ran.output

    def _ran(self, *command: str) -> Ran:
        if self.host.part(PART).state == "running":
            return self.host.run(PART, *command)
        return self.host.one_off(PART, command, user="999")


def read_status(host: DockerHost) -> BackupCondition | None:
    """The backup's own account of its last ones; None where it has not written any."""
    if host.find(PART) is None or (content := host.read(PART, f"{FOLDER}/status.json")) is None:
        return None
    try:
        said = cast("dict[str, dict[str, Any]]", json.loads(content))
    except ValueError:
        return None
    last = {kind: _time(said.get(kind, {}).get("last")) for kind in ("full", "files", "wal")}
    failures = {kind: str(failure) for kind, one in said.items() if (failure := one.get("failure"))}
    return BackupCondition(**last, failures=failures)


def disk(host: DockerHost) -> DiskCondition | None:
    """The disk that the backups are on; None where their container does not run."""
    part = host.find(PART)
    if part is None or part.state != "running":
        return None
    said = host.output(PART, "df", "--block-size=1", "--output=size,avail", FOLDER)
    whole, free = said.splitlines()[-1].split()
    return DiskCondition(bytes=int(whole), free=int(free))


def time_of(name: str) -> datetime:
    """When the backup `name` was made."""
    return datetime.strptime(name, STAMP).replace(tzinfo=UTC)


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
