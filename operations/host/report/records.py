"""What a report looks up: restarts, backups, and what takes the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from operations.host import backups
from operations.host.backups import Backups
from operations.host.dify_questions import DATABASE
from operations.host.docker_host import DockerHost
from operations.host.part import ONE_OFF
from operations.host.postgres_pair import PostgresPair
from operations.output import duration, size
from operations.report_page import Section

_MOST_TABLES = 10

_TABLES = f"""
SELECT coalesce(json_agg(largest ORDER BY bytes DESC), '[]') FROM (
    SELECT relname AS name, pg_total_relation_size(oid) AS bytes, reltuples::bigint AS rows
    FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
    ORDER BY bytes DESC LIMIT {_MOST_TABLES}) AS largest
"""  # noqa: S608  our own constant
"""With indexes and long values. Rows are PostgreSQL's estimate, -1 before its first (documentation, "pg_class")."""


@dataclass(frozen=True, kw_only=True)
class RecordsLook:
    """Looks at the records of `host` from `since` until `until`. Every method raises FailedError."""

    host: DockerHost
    since: datetime
    until: datetime

    def restarts(self) -> list[Section]:
        """Services that began anew in that time."""
        rows = [
            (part.name, f"{self._ago(part.started)} ago", str(part.restarts), part.release or "-")
            for part in self.host.parts()
            if part.kind not in ONE_OFF and part.started and part.started >= self.since
        ]
        return [
            Section(
                title="Restarts",
                head=("PART", "STARTED", "BY DOCKER", "RELEASE"),
                rows=rows,
                nothing="nothing was started",
                note="Docker counts how often it had to start a container again since that was made." if rows else "",
            )
        ]

    def backups(self) -> list[Section]:
        """What the host's own backups made, and why the last attempt failed where it did."""
        known = backups.read_status(self.host)
        kept = Backups(host=self.host)
        rows: list[tuple[str, str, str, str]] = []
        for kind, what, names in (
            ("full", "the database as a whole", kept.bases()),
            ("files", "files and plugins", kept.snapshots()),
        ):
            times = [backups.time_of(name) for name in names]
            made = sum(time >= self.since for time in times)
            last = f"{self._ago(times[-1])} ago" if times else "none"
            rows.append((what, str(made), last, known.failures.get(kind, "") if known else ""))
        if known and known.wal:
            rows.append(
                ("every change of the database", "-", f"{self._ago(known.wal)} ago", known.failures.get("wal", ""))
            )
        head = ("BACKUP OF", "MADE AND KEPT", "LAST", "LAST FAILURE")
        return [Section(title="Backups", head=head, rows=rows)]

    def sizes(self) -> list[Section]:
        """The largest tables of Dify, and every volume."""
        pair = PostgresPair(host=self.host)
        tables = cast("Sequence[dict[str, Any]]", pair.read(pair.named_primary(), _TABLES, DATABASE))
        volumes = sorted(self.host.volume_sizes().items(), key=lambda one: (-one[1], one[0]))
        return [
            Section(
                title="Largest tables",
                head=("TABLE", "SIZE", "ROWS, ABOUT"),
                rows=[
                    (one["name"], size(one["bytes"]), f"{one['rows']:,}" if one["rows"] >= 0 else "-") for one in tables
                ],
                nothing="Dify has no table yet",
            ),
            Section(title="Volumes", head=("VOLUME", "SIZE"), rows=[(name, size(count)) for name, count in volumes]),
        ]

    def _ago(self, then: datetime) -> str:
        return duration(max(0, (self.until - then).total_seconds()))
