"""What is in a repository: snapshots by name, and how old the newest is."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from search_domain import Domain

ASIDE = "aside"
"""What the names of snapshots begin with that are taken before a restore."""

_NAME = re.compile(r"(hourly|daily|aside)-(\d{4}-\d\d-\d\d-\d\d-\d\d(?:-\d\d)?)(?:-[^-]+)?")
"""Kind, moment in UTC and, of those that a policy takes, some letters that OpenSearch adds."""

_DONE = "SUCCESS"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was there at the moment `taken`; `done` is whether all of it is in the repository."""

    name: str
    kind: str
    taken: datetime
    done: bool
    state: str


def snapshots_of(domain: Domain, repository: str) -> list[Snapshot]:
    """Every snapshot whose name tells its moment, oldest first. Without details, which OpenSearch would read from S3
    one by one."""
    answered: dict[str, Any] = domain.get(f"/_snapshot/{repository}/_all?verbose=false") or {}
    return sorted(_named(answered.get("snapshots", [])), key=lambda one: one.taken)


def _named(found: list[dict[str, Any]]) -> Iterator[Snapshot]:
    for one in found:
        if told := _NAME.fullmatch(one["snapshot"]):
            stamp = told[2] if told[2].count("-") > 4 else f"{told[2]}-00"
            yield Snapshot(
                name=one["snapshot"],
                kind=told[1],
                taken=datetime.strptime(stamp, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC),
                done=one.get("state") == _DONE,
                state=str(one.get("state")),
            )


def listed(domain: Domain, repository: str) -> list[dict[str, str]]:
    """What can be restored: names and moments."""
    return [{"name": one.name, "taken": one.taken.isoformat()} for one in snapshots_of(domain, repository) if one.done]


def look(domain: Domain, repository: str, now: datetime) -> dict[str, Any]:
    """How old the newest snapshot is that a policy took; the log tells it to CloudWatch. Without one, no age is."""
    done = [one for one in snapshots_of(domain, repository) if one.done and one.kind != ASIDE]
    if not done:
        _LOG.warning("the repository %s holds no snapshot", repository)
        return {"newest": None}
    age = max(0, int((now - done[-1].taken).total_seconds()))
    _LOG.info("the newest snapshot is %s", done[-1].name, extra={"snapshotAgeSeconds": age})
    return {"newest": done[-1].name, "snapshotAgeSeconds": age}


def asides_before(domain: Domain, repository: str, now: datetime, keep_days: int) -> list[str]:
    """Names of snapshots that were taken before a restore and are older than `keep_days`."""
    oldest = now - timedelta(days=keep_days)
    return [one.name for one in snapshots_of(domain, repository) if one.kind == ASIDE and one.taken < oldest]
