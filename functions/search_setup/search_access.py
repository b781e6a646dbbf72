"""What is asked for, checked, and what it is in the words of OpenSearch's security plugin."""

from collections.abc import Sequence
from dataclasses import dataclass

from search_domain import Domain
from search_forms import BACKEND_ROLE, NAME, PATTERN, each, matching
from shapes import json_object

_ROOT = "/_plugins/_security/api"
"""The security plugin's REST API (OpenSearch documentation, "Access control API")."""

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

    role: str
    index_patterns: tuple[str, ...]
    backend_roles: tuple[str, ...]


def parse_access(raw: object, where: str) -> Access:
    """The access in `raw`. Raises FunctionError at the first mistake."""
    item = json_object(raw, where, required={"role", "indexPatterns", "backendRoles"})
    return Access(
        role=matching(item["role"], f"{where}.role", NAME),
        index_patterns=each(item["indexPatterns"], f"{where}.indexPatterns", PATTERN),
        backend_roles=each(item["backendRoles"], f"{where}.backendRoles", BACKEND_ROLE),
    )


def open_domain(domain: Domain, access: Access) -> None:
    """Let the roles in. The role is written before anybody is mapped to it."""
    domain.send("PUT", f"{_ROOT}/roles/{access.role}", _permissions(access))
    map_role(domain, access.role, access.backend_roles)
    # The domain publishes its audit log as soon as it exists, but writes nothing to it until this is on.
    domain.send("PATCH", f"{_ROOT}/audit", _audit_changes())


def map_role(domain: Domain, role: str, backend_roles: Sequence[str]) -> None:
    """Who has the domain's `role`, whole: whoever had it before and is not named loses it."""
    domain.send("PUT", f"{_ROOT}/rolesmapping/{role}", {"backend_roles": list(backend_roles)})


def _permissions(access: Access) -> dict[str, object]:
    """The role's definition, whole: whatever it was allowed before is replaced."""
    return {
        "cluster_permissions": list(CLUSTER_ACTIONS),
        "index_permissions": [
            {"index_patterns": list(access.index_patterns), "allowed_actions": list(INDEX_ACTIONS)},
        ],
    }


def _audit_changes() -> list[dict[str, object]]:
    """Audit without bodies: they hold what users wrote, and the vectors of it."""
    return [
        {"op": "add", "path": "/config/enabled", "value": True},
        {"op": "add", "path": "/config/audit/log_request_body", "value": False},
    ]
