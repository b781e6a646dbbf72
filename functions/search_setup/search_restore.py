"""A restore in two calls that may both be repeated: what is there is kept aside, then replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from errors import FunctionError
from search_domain import Domain
from search_snapshots import asides_before

_UNDER_WAY = "IN_PROGRESS"
_RESTORABLE = "SUCCESS"
_RED = "red"
"""Of an index: a part of it is on no node, as it is until a restore has come to its end."""


@dataclass(frozen=True, kw_only=True)
class Index:
    """One index as it stands. Its `uuid` is another one once it was deleted and restored."""

    uuid: str
    health: str
    documents: int


def indices_of(domain: Domain, pattern: str) -> dict[str, Index]:
    """Indices that `pattern` names, those too that are closed."""
    columns = "format=json&h=index,uuid,health,docs.count&expand_wildcards=all"
    answered: list[dict[str, Any]] = domain.get(f"/_cat/indices/{pattern}?{columns}") or []
    return {
        one["index"]: Index(
            uuid=one["uuid"], health=str(one.get("health") or _RED), documents=int(one.get("docs.count") or 0)
        )
        for one in answered
    }


def standing(domain: Domain, pattern: str) -> dict[str, str]:
    """UUIDs of the indices there are, by name: by these a restore knows what it has replaced."""
    return {name: index.uuid for name, index in indices_of(domain, pattern).items()}


def keep_aside(
    domain: Domain, repository: str, name: str, *, pattern: str, now: datetime, keep_days: int
) -> dict[str, str]:
    """Take the snapshot `name` of what is there, unless it is there already, and say how far it is.

    A damaged index is kept as far as it can be. Those of former restores are deleted once they are `keep_days` old.
    """
    found = _described(domain, repository, name)
    if found is None:
        for old in asides_before(domain, repository, now, keep_days):
            domain.delete(f"/_snapshot/{repository}/{old}")
        wanted = {"indices": pattern, "ignore_unavailable": True, "include_global_state": False, "partial": True}
        domain.send("PUT", f"/_snapshot/{repository}/{name}?wait_for_completion=false", wanted)
        return {"state": _UNDER_WAY}
    return {"state": str(found["state"])}


def restore(domain: Domain, repository: str, name: str, *, pattern: str, replaced: Mapping[str, str]) -> dict[str, Any]:
    """Replace the indices of the snapshot `name` and say what is not there yet.

    `replaced` are the UUIDs of before: an index that still has its own is deleted, one that is missing is restored, and
    one with another UUID is on its way or there. Indices that the snapshot does not hold stay.
    """
    found = _described(domain, repository, name)
    if found is None or found["state"] != _RESTORABLE:
        raise FunctionError(f"snapshot {name}: it is not in the repository {repository}, or not whole")
    wanted = sorted(found["indices"])
    there = indices_of(domain, pattern)
    if outside := [index for index in wanted if not index.startswith(pattern.rstrip("*"))]:
        raise FunctionError(f"snapshot {name}: it holds {outside[0]}, which is none of {pattern}")
    old = [index for index in wanted if index in there and there[index].uuid == replaced.get(index)]
    missing = [index for index in wanted if index not in there]
    if (old or missing) and (taken := _under_way(domain, repository)):
        # OpenSearch deletes no index that a snapshot is being taken of.
        return {"waitsFor": f"snapshot {taken}", "indices": len(wanted)}
    for index in old:
        domain.delete(f"/{index}")
    if gone := [*old, *missing]:
        _bring_back(domain, repository, name, gone)
        there = indices_of(domain, pattern)
    late = [index for index in wanted if index not in there or there[index].health == _RED]
    return {
        "waitsFor": f"{len(late)} of {len(wanted)} indices" if late else None,
        "indices": len(wanted),
        "documents": sum(there[index].documents for index in wanted if index in there),
    }


def _bring_back(domain: Domain, repository: str, name: str, indices: Sequence[str]) -> None:
    wanted = {
        "indices": ",".join(indices),
        "include_global_state": False,
        "include_aliases": False,
        "partial": False,
    }
    domain.send("POST", f"/_snapshot/{repository}/{name}/_restore?wait_for_completion=false", wanted)


def _described(domain: Domain, repository: str, name: str) -> dict[str, Any] | None:
    answered = domain.get(f"/_snapshot/{repository}/{name}")
    return None if answered is None else answered["snapshots"][0]


def _under_way(domain: Domain, repository: str) -> str | None:
    """The snapshot that is being taken, if any."""
    answered: dict[str, Any] = domain.get(f"/_snapshot/{repository}/_current") or {}
    return next((str(one["snapshot"]) for one in answered.get("snapshots", [])), None)
