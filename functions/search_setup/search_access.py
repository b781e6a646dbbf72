"""What is asked for, checked, and what it is in the words of OpenSearch's security plugin."""

import re
from dataclasses import dataclass

from errors import FunctionError
from shapes import json_object, text, text_list

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]*\*?")
"""An index's name, or its beginning: OpenSearch knows lower case only, and an asterisk alone is everybody's data."""
_BACKEND_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")

CLUSTER_ACTIONS = ("indices:data/write/bulk",)
"""The bulk request itself names no index; each of its lines is then checked as an index action."""

INDEX_ACTIONS = (
    "indices:admin/create",
    "indices:admin/delete",
    "indices:admin/get",
    "indices:admin/mapping/auto_put",
    "indices:admin/mapping/put",
    "indices:data/read/get",
    "indices:data/read/search",
    "indices:data/write/bulk*",
    "indices:data/write/delete",
    "indices:data/write/index",
)
"""What Dify calls: does an index exist, create and delete it, write and delete by bulk (metadata adds mappings), get,
search (dify_vdb_opensearch/opensearch_vector.py, Dify 1.17.1; names: OpenSearch documentation, "Permissions")."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """`role` of the domain may use the indices of `index_patterns`; IAM roles take it as `backend_roles`."""

    host: str
    region: str
    role: str
    index_patterns: tuple[str, ...]
    backend_roles: tuple[str, ...]


def parse_access(event: object) -> Access:
    """The request in `event`. Raises FunctionError at the first mistake."""
    item = json_object(event, "event", required={"host", "region", "role", "indexPatterns", "backendRoles"})
    return Access(
        host=_matching(item["host"], "event.host", _HOST, "a host name, without scheme or path"),
        region=text(item["region"], "event.region"),
        role=_matching(item["role"], "event.role", _ROLE, "lower-case letters, digits, - and _"),
        index_patterns=_each(
            item["indexPatterns"],
            "event.indexPatterns",
            _PATTERN,
            "an index name in lower case, or its beginning and *",
        ),
        backend_roles=_each(item["backendRoles"], "event.backendRoles", _BACKEND_ROLE, "the ARN of an IAM role"),
    )


def permissions(access: Access) -> dict[str, object]:
    """The role's definition, whole: whatever it was allowed before is replaced."""
    return {
        "cluster_permissions": list(CLUSTER_ACTIONS),
        "index_permissions": [
            {"index_patterns": list(access.index_patterns), "allowed_actions": list(INDEX_ACTIONS)},
        ],
    }


def mapping(access: Access) -> dict[str, object]:
    """Who has the role, whole: whoever had it before and is not named loses it."""
    return {"backend_roles": list(access.backend_roles)}


def audit_changes() -> list[dict[str, object]]:
    """Audit without bodies: they hold what users wrote, and the vectors of it."""
    return [
        {"op": "add", "path": "/config/enabled", "value": True},
        {"op": "add", "path": "/config/audit/log_request_body", "value": False},
    ]


def _each(raw: object, where: str, form: "re.Pattern[str]", rule: str) -> tuple[str, ...]:
    items = text_list(raw, where)
    if not items:
        raise FunctionError(f"{where}: must name at least one")
    return tuple(_matching(item, f"{where}[{at}]", form, rule) for at, item in enumerate(items))


def _matching(raw: object, where: str, form: "re.Pattern[str]", rule: str) -> str:
    value = text(raw, where)
    if form.fullmatch(value) is None:
        raise FunctionError(f"{where}: must be {rule}")
    return value
