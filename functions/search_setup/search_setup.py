"""Entry point: opens an OpenSearch domain for IAM roles, and keeps, watches and restores snapshots of it.

Deployments ask to set it up, a schedule to look at its snapshots, and an operator for the rest. Each call may be
repeated: what is done is not done again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from errors import FunctionError
from search_access import open_domain, parse_access
from search_domain import Domain
from search_forms import HOST, NAME, PATTERN, SNAPSHOT, days, matching
from search_repository import keep_snapshots, parse_repository
from search_restore import keep_aside, restore, standing
from search_snapshots import listed, look
from shapes import json_object, text, texts

__all__ = ["FunctionError", "handler"]

# Debug records of botocore hold the headers that it signs.
logging.getLogger("botocore").setLevel(logging.INFO)
# The age of the newest snapshot is a line of this level.
logging.getLogger("search_snapshots").setLevel(logging.INFO)

_COMMON = ("action", "host", "region")
_ACCESS = ("role", "indexPatterns", "backendRoles")

Fields = Mapping[str, object]


class Context(Protocol):
    """The part of the Lambda context that is used here."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: object, context: Context) -> dict[str, Any]:
    """Do what `event` names as its action, and say what stands afterwards. Raises FunctionError."""
    item = json_object(event, "event")
    action = item.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise FunctionError(f"event.action: must be one of {', '.join(_ACTIONS)}")
    needs, do = _ACTIONS[action]
    fields = json_object(event, "event", required={*_COMMON, *needs})
    domain = Domain(
        host=matching(fields["host"], "event.host", HOST),
        region=text(fields["region"], "event.region"),
        remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    return do(domain, fields)


def _set_up(domain: Domain, fields: Fields) -> dict[str, Any]:
    access = parse_access({name: fields[name] for name in _ACCESS}, "event")
    repository = parse_repository(fields["snapshots"], "event.snapshots")
    open_domain(domain, access)
    keep_snapshots(domain, repository, access.index_patterns)
    return {
        "role": access.role,
        "backendRoles": list(access.backend_roles),
        "policies": [policy.name for policy in repository.policies],
    }


def _look(domain: Domain, fields: Fields) -> dict[str, Any]:
    return look(domain, _repository(fields), datetime.now(UTC))


def _list(domain: Domain, fields: Fields) -> dict[str, Any]:
    repository, pattern = _repository(fields), _pattern(fields)
    return {"snapshots": listed(domain, repository), "indices": standing(domain, pattern)}


def _keep(domain: Domain, fields: Fields) -> dict[str, Any]:
    return keep_aside(
        domain,
        _repository(fields),
        matching(fields["snapshot"], "event.snapshot", SNAPSHOT),
        pattern=_pattern(fields),
        now=datetime.now(UTC),
        keep_days=days(fields["keepDays"], "event.keepDays"),
    )


def _restore(domain: Domain, fields: Fields) -> dict[str, Any]:
    return restore(
        domain,
        _repository(fields),
        matching(fields["snapshot"], "event.snapshot", SNAPSHOT),
        pattern=_pattern(fields),
        replaced=texts(fields["replaced"], "event.replaced"),
    )


def _repository(fields: Fields) -> str:
    return matching(fields["repository"], "event.repository", NAME)


def _pattern(fields: Fields) -> str:
    return matching(fields["indexPattern"], "event.indexPattern", PATTERN)


_ACTIONS: Mapping[str, tuple[tuple[str, ...], Callable[[Domain, Fields], dict[str, Any]]]] = {
    "setUp": ((*_ACCESS, "snapshots"), _set_up),
    "look": (("repository",), _look),
    "list": (("repository", "indexPattern"), _list),
    "keep": (("repository", "snapshot", "indexPattern", "keepDays"), _keep),
    "restore": (("repository", "snapshot", "indexPattern", "replaced"), _restore),
}
"""What each action needs beside the domain, and what does it."""
