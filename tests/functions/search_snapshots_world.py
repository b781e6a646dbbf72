"""Indices, a repository and its snapshots, as OpenSearch answers about them (OpenSearch documentation, "Snapshot APIs",
"Snapshot management API" and "CAT indices"). No server of theirs was asked."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

MISSING = 404, {"error": {"type": "snapshot_missing_exception", "reason": "is missing"}, "status": 404}

NO_ENDPOINT = 405, {"status": "error", "reason": "no such endpoint"}


@dataclass
class Held:
    """An index, or what a snapshot holds of it: `text` stands for its documents."""

    uuid: str
    text: str
    health: str = "green"


@dataclass
class Taken:
    """A snapshot: its indices with what was in them."""

    indices: dict[str, str]
    state: str = "SUCCESS"


@dataclass
class Kept:
    """`slow` is how many looks at indices it takes until those that were restored are no longer red, `written` how
    often a repository was registered."""

    repositories: dict[str, Any] = field(default_factory=dict[str, Any])
    policies: dict[str, Any] = field(default_factory=dict[str, Any])
    snapshots: dict[str, Taken] = field(default_factory=dict[str, Taken])
    indices: dict[str, Held] = field(default_factory=dict[str, Held])
    slow: int = 0
    written: int = 0
    uuids: Any = field(default_factory=lambda: itertools.count(1))

    def hold(self, **texts: str) -> None:
        """The domain has these indices, with these documents."""
        for name, text in texts.items():
            self.indices[name] = Held(uuid=f"uuid-{next(self.uuids)}", text=text)

    def take(self, name: str, state: str = "SUCCESS", **texts: str) -> None:
        """The repository has this snapshot."""
        self.snapshots[name] = Taken(indices=dict(texts), state=state)

    @property
    def texts(self) -> dict[str, str]:
        """What is in each index."""
        return {name: held.text for name, held in self.indices.items()}

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON answer."""
        address = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        match method, address.path.strip("/").split("/"):
            case "GET", ["_cat", "indices", pattern]:
                return 200, self._listed(pattern.rstrip("*"))
            case _, ["_plugins", "_sm", "policies", name]:
                return self._policy(method, name, query, body)
            case _, ["_snapshot", name]:
                return self._repository(method, name, body)
            case _, ["_snapshot", repository, name, *more]:
                return self._snapshot(method, name, body, more) if repository in self.repositories else MISSING
            case "DELETE", [index]:
                return self._delete(index)
            case _:
                return NO_ENDPOINT

    def _repository(self, method: str, name: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return (200, {name: self.repositories[name]}) if name in self.repositories else MISSING
        if method != "PUT":
            return NO_ENDPOINT
        self.repositories[name] = body
        self.written += 1
        return 200, {"acknowledged": True}

    def _snapshot(self, method: str, name: str, body: Any, more: list[str]) -> tuple[int, Any]:
        if more == ["_restore"]:
            return self._restore(name, body["indices"].split(","))
        if method == "PUT":
            return self._take(name, body)
        if method == "DELETE":
            return (200, {"acknowledged": True}) if self.snapshots.pop(name, None) else MISSING
        taken = [one for one, kept in self.snapshots.items() if kept.state == "IN_PROGRESS"]
        told = {"_all": [*self.snapshots], "_current": taken}.get(name, [name])
        if any(one not in self.snapshots for one in told):
            return MISSING
        return 200, {"snapshots": [self._said(one) for one in told]}

    def _listed(self, beginning: str) -> list[dict[str, Any]]:
        found = {name: held for name, held in self.indices.items() if name.startswith(beginning)}
        rows = [
            {"index": name, "uuid": held.uuid, "health": held.health, "docs.count": str(len(held.text))}
            for name, held in found.items()
        ]
        self.slow -= 1
        if self.slow <= 0:
            for held in found.values():
                held.health = "green"
        return rows

    def _said(self, name: str) -> dict[str, Any]:
        one = self.snapshots[name]
        return {"snapshot": name, "uuid": "u", "indices": list(one.indices), "state": one.state}

    def _policy(self, method: str, name: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        there = self.policies.get(name)
        if method == "GET":
            return (200, there) if there else (404, {"error": {"reason": "not found"}, "status": 404})
        at = 0 if there is None else there["_seq_no"] + 1
        if method == "PUT" and (there is None or query != {"if_seq_no": str(at - 1), "if_primary_term": "1"}):
            return 409, {"error": {"reason": "version conflict"}, "status": 409}
        if method == "POST" and there is not None:
            return 409, {"error": {"reason": "it exists"}, "status": 409}
        self.policies[name] = {"_id": f"{name}-sm-policy", "_seq_no": at, "_primary_term": 1, "sm_policy": body}
        return 201, self.policies[name]

    def _take(self, name: str, body: Any) -> tuple[int, Any]:
        if name in self.snapshots:
            return 400, {"error": {"reason": "snapshot with the same name already exists"}, "status": 400}
        beginning = body["indices"].rstrip("*")
        held = {index: one.text for index, one in self.indices.items() if index.startswith(beginning)}
        self.snapshots[name] = Taken(indices=held, state="IN_PROGRESS")
        return 200, {"accepted": True}

    def _restore(self, name: str, wanted: list[str]) -> tuple[int, Any]:
        if there := [index for index in wanted if index in self.indices]:
            reason = f"cannot restore index [{there[0]}] because an open index with same name already exists"
            return 500, {"error": {"type": "snapshot_restore_exception", "reason": reason}, "status": 500}
        for index in wanted:
            self.hold(**{index: self.snapshots[name].indices[index]})
            self.indices[index].health = "red"
        return 200, {"accepted": True}

    def _delete(self, index: str) -> tuple[int, Any]:
        if any(index in one.indices for one in self.snapshots.values() if one.state == "IN_PROGRESS"):
            reason = "Cannot delete indices that are being snapshotted"
            return 400, {"error": {"type": "snapshot_in_progress_exception", "reason": reason}, "status": 400}
        return (200, {"acknowledged": True}) if self.indices.pop(index, None) else MISSING
