"""A failover of the cache: ElastiCache ends the primary, and a replica takes over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.journal import Journal
from operations.outcome import RefusedError

_SECONDS = 3600
"""The replica takes over within a minute; the node that was ended is made anew, which takes longer."""


@dataclass(frozen=True, kw_only=True)
class CacheFailover:
    """One failover of the stack's cache (Amazon ElastiCache API Reference, TestFailover)."""

    deployed: Deployed
    journal: Journal

    def check(self) -> dict[str, str]:
        """The primary and its zone. Raises RefusedError where nothing would take over, or something is done to it."""
        found, name = self._group(), self.deployed.outputs["cache"]
        if found["AutomaticFailover"] != "enabled" or len(_members(found)) < 2:
            raise RefusedError(f"cache {name}: no replica would take over; set `nodes` of dify:cache")
        if found["Status"] != "available":
            raise RefusedError(f"cache {name}: it is {found['Status']}; wait until it is available")
        return _primary(found)

    def run(self) -> float:
        """Seconds from the call until another node was primary and all were available. One that has moved already is
        not moved again."""
        before = self.journal.decisions["before"]["cache"]["node"]
        found, name = self._group(), self.deployed.outputs["cache"]
        if _primary(found)["node"] == before and found["Status"] == "available":
            shard = found["NodeGroups"][0]["NodeGroupId"]
            with asking("elasticache:TestFailover"):
                self.deployed.client("elasticache").test_failover(ReplicationGroupId=name, NodeGroupId=shard)

        def look() -> str | None:
            now = self._group()
            if (primary := _primary(now)["node"]) == before:
                return f"{before} is still primary"
            if not primary:
                return "no node is primary yet"
            return None if now["Status"] == "available" else str(now["Status"])

        otherwise = f"`aws elasticache describe-events --source-type replication-group --source-identifier {name}`"
        return wait_until("cache", look, seconds=_SECONDS, otherwise=f"{otherwise} says what happened")

    def zone(self) -> str:
        """Where its primary is now."""
        return _primary(self._group())["zone"]

    def _group(self) -> Mapping[str, Any]:
        name = self.deployed.outputs["cache"]
        with asking("elasticache:DescribeReplicationGroups"):
            client = self.deployed.client("elasticache")
            found = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        return cast("list[Mapping[str, Any]]", found)[0]


def _members(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [member for shard in group["NodeGroups"] for member in shard["NodeGroupMembers"]]


def _primary(group: Mapping[str, Any]) -> dict[str, str]:
    """In the moment between two primaries there is none."""
    for member in _members(group):
        if member.get("CurrentRole") == "primary":
            return {"node": member["CacheClusterId"], "zone": member["PreferredAvailabilityZone"]}
    return {"node": "", "zone": ""}
