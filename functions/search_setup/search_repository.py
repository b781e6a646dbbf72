"""Where a domain keeps snapshots, and the policies by which it takes and deletes them itself.

Source: OpenSearch documentation, "Snapshot management API" and "Register snapshot repository"; OpenSearch Service
developer guide, "Registering a manual snapshot repository" and "Automating snapshots with Snapshot Management".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_access import map_role
from search_domain import Domain
from search_forms import BACKEND_ROLE, BUCKET, CRON, NAME, days, matching
from shapes import json_array, json_object

MANAGER = "manage_snapshots"
"""The security plugin's own role for whoever registers a repository, which the master of a domain needs too."""

DATE_FORMAT = "yyyy-MM-dd-HH-mm"
"""In the name of each snapshot, in UTC, as search_snapshots.py reads it."""

_DELETED_AT = "50 2 * * *"
_TIME_LIMIT = "2h"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Snapshots are taken at `taken_at`, a cron expression in UTC, and kept for `keep_days`, the last `keep_last` for
    as long as there are no newer ones."""

    name: str
    taken_at: str
    keep_days: int
    keep_last: int


@dataclass(frozen=True, kw_only=True)
class Repository:
    """OpenSearch Service uses `bucket` as `role_arn`; `manager_role_arn` is who hands it that role."""

    name: str
    bucket: str
    role_arn: str
    manager_role_arn: str
    policies: tuple[Policy, ...]


def parse_repository(raw: object, where: str) -> Repository:
    """The repository in `raw`. Raises FunctionError at the first mistake."""
    item = json_object(raw, where, required={"repository", "bucket", "roleArn", "managerRoleArn", "policies"})
    return Repository(
        name=matching(item["repository"], f"{where}.repository", NAME),
        bucket=matching(item["bucket"], f"{where}.bucket", BUCKET),
        role_arn=matching(item["roleArn"], f"{where}.roleArn", BACKEND_ROLE),
        manager_role_arn=matching(item["managerRoleArn"], f"{where}.managerRoleArn", BACKEND_ROLE),
        policies=tuple(
            _policy(one, f"{where}.policies[{at}]")
            for at, one in enumerate(json_array(item["policies"], f"{where}.policies"))
        ),
    )


def _policy(raw: object, where: str) -> Policy:
    item = json_object(raw, where, required={"name", "takenAt", "keepDays", "keepLast"})
    return Policy(
        name=matching(item["name"], f"{where}.name", NAME),
        taken_at=matching(item["takenAt"], f"{where}.takenAt", CRON),
        keep_days=days(item["keepDays"], f"{where}.keepDays"),
        keep_last=days(item["keepLast"], f"{where}.keepLast"),
    )


def keep_snapshots(domain: Domain, repository: Repository, index_patterns: Sequence[str]) -> None:
    """Register the repository and a policy for each kind of snapshot of `index_patterns`.

    The caller is mapped first: a policy acts with the permissions that its author has when it is written.
    """
    map_role(domain, MANAGER, [repository.manager_role_arn])
    _register(domain, repository)
    for policy in repository.policies:
        _write(domain, policy, _definition(policy, repository.name, index_patterns))


def _register(domain: Domain, repository: Repository) -> None:
    """A repository that is as it should be is left alone: while a snapshot is taken OpenSearch takes no change."""
    path = f"/_snapshot/{repository.name}"
    wanted = {"bucket": repository.bucket, "region": domain.region, "role_arn": repository.role_arn}
    known: dict[str, Any] = domain.get(path) or {}
    if wanted.items() <= known.get(repository.name, {}).get("settings", {}).items():
        return
    # It names no encryption: each object gets the bucket's own.
    domain.send("PUT", path, {"type": "s3", "settings": wanted})


def _write(domain: Domain, policy: Policy, definition: Mapping[str, Any]) -> None:
    """A policy that is there is replaced by naming the version that it has."""
    path = f"/_plugins/_sm/policies/{policy.name}"
    there = domain.get(path)
    if there is None:
        domain.send("POST", path, definition)
        return
    version = f"if_seq_no={there['_seq_no']}&if_primary_term={there['_primary_term']}"
    domain.send("PUT", f"{path}?{version}", definition)


def _definition(policy: Policy, repository: str, index_patterns: Sequence[str]) -> dict[str, Any]:
    return {
        "description": f"Vectors, kept for {policy.keep_days} days",
        "enabled": True,
        "creation": {"schedule": _at(policy.taken_at), "time_limit": _TIME_LIMIT},
        "deletion": {
            "schedule": _at(_DELETED_AT),
            "condition": {"max_age": f"{policy.keep_days}d", "min_count": policy.keep_last},
            "time_limit": _TIME_LIMIT,
        },
        "snapshot_config": {
            "date_format": DATE_FORMAT,
            "timezone": "UTC",
            "indices": ",".join(index_patterns),
            "repository": repository,
            # A stack whose knowledge bases have no index yet takes empty ones, which shows that it could.
            "ignore_unavailable": True,
            # Neither settings of the cluster nor who gets in: a restore would bring them back.
            "include_global_state": False,
            "partial": False,
        },
    }


def _at(expression: str) -> dict[str, Any]:
    return {"cron": {"expression": expression, "timezone": "UTC"}}
