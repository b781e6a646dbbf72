"""Deletes that AWS refuses."""

from collections.abc import Mapping
from typing import Any

_PROTECTION = {
    "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
    "aws:rds/cluster:Cluster": "deletionProtection",
    "aws:rds/instance:Instance": "deletionProtection",
    "aws:dynamodb/table:Table": "deletionProtectionEnabled",
    "aws:cognito/userPool:UserPool": "deletionProtection",
}
"""Property that makes AWS itself refuse a delete."""

_DATABASES = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")


def refusal(token: str, properties: Mapping[str, Any]) -> str | None:
    """Why AWS would not delete this resource; None where it would."""
    protection = _PROTECTION.get(token)
    if protection is not None and properties.get(protection) in (True, "ACTIVE"):
        return f"OperationNotPermitted: {token} cannot be deleted while {protection} is on"
    final = properties.get("skipFinalSnapshot") or properties.get("finalSnapshotIdentifier")
    if token in _DATABASES and not final:
        return "finalSnapshotIdentifier is required when skipFinalSnapshot is false"
    return None
