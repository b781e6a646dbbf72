"""Entry point: lets IAM roles into an OpenSearch domain, for Dify's indices only. Repeatable with no effect."""

import logging
from typing import Any, Protocol

from errors import FunctionError
from search_access import audit_changes, mapping, parse_access, permissions
from search_domain import Domain

__all__ = ["FunctionError", "handler"]

# Debug records of botocore hold the headers that it signs.
logging.getLogger("botocore").setLevel(logging.INFO)

_ROOT = "/_plugins/_security/api"
"""The security plugin's REST API (OpenSearch documentation, "Access control API")."""


class Context(Protocol):
    """The part of the Lambda context that is used here."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: object, context: Context) -> dict[str, Any]:
    """Fulfil `event` (see search_access.py) and return what stands afterwards.

    The role is written before anybody is mapped to it. Raises FunctionError; the call can then be repeated.
    """
    access = parse_access(event)
    domain = Domain(
        host=access.host,
        region=access.region,
        remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    domain.send("PUT", f"{_ROOT}/roles/{access.role}", permissions(access))
    domain.send("PUT", f"{_ROOT}/rolesmapping/{access.role}", mapping(access))
    # The domain publishes its audit log as soon as it exists, but writes nothing to it until this is on.
    domain.send("PATCH", f"{_ROOT}/audit", audit_changes())
    return {"role": access.role, "backendRoles": list(access.backend_roles)}
