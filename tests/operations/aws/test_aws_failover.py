"""A failover is rehearsed where standbys are, one store after the other, and says what moved where."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.outcome import ExitCode
from tests.operations.aws.aws_world import CACHE, DATABASE, ZONES, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call, KilledError

NODES = (f"{CACHE}-001", f"{CACHE}-002")


class Stores:
    """A database and a cache that move to the other zone when they are told to."""

    def __init__(self, world: AwsWorld) -> None:
        self.world = world
        self.database: dict[str, Any] = {
            "MultiAZ": True,
            "DBInstanceStatus": "available",
            "AvailabilityZone": ZONES[0],
            "SecondaryAvailabilityZone": ZONES[1],
        }
        self.cache: dict[str, Any] = {"AutomaticFailover": "enabled", "Status": "available"}
        self.nodes: list[str] = list(NODES)
        self.primary = NODES[0]
        self.looks_without_primary = 0
        answers = world.answers
        answers.change("rds:DescribeDBInstances", self._describe_database)
        answers.give("rds:RebootDBInstance", self._reboot)
        answers.give("elasticache:DescribeReplicationGroups", self._describe_cache)
        answers.give("elasticache:TestFailover", self._fail_over)

    @property
    def asked(self) -> list[str]:
        """What was changed, in order."""
        return self.world.answers.changes

    def _describe_database(self, found: dict[str, Any]) -> None:
        found["DBInstances"][0] |= self.database

    def _reboot(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked == {"DBInstanceIdentifier": DATABASE, "ForceFailover": True}
        assert self.asked.count("rds:RebootDBInstance") == 1
        zones = self.database["SecondaryAvailabilityZone"], self.database["AvailabilityZone"]
        self.database |= dict(zip(("AvailabilityZone", "SecondaryAvailabilityZone"), zones, strict=True))
        return {}

    def _describe_cache(self, _: dict[str, Any]) -> dict[str, Any]:
        none = self.primary != NODES[0] and self.looks_without_primary > 0
        self.looks_without_primary -= none
        members = [
            {
                "CacheClusterId": node,
                "PreferredAvailabilityZone": ZONES[NODES.index(node)],
                "CurrentRole": "primary" if node == self.primary and not none else "replica",
            }
            for node in self.nodes
        ]
        return {
            "ReplicationGroups": [{**self.cache, "NodeGroups": [{"NodeGroupId": "0001", "NodeGroupMembers": members}]}]
        }

    def _fail_over(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked == {"ReplicationGroupId": CACHE, "NodeGroupId": "0001"}
        assert self.asked.count("elasticache:TestFailover") == 1
        self.primary = next(node for node in NODES if node != self.primary)
        return {}


@pytest.fixture
def stores(world: AwsWorld) -> Stores:
    made = Stores(world)
    world.answers.asked.clear()
    return made


def test_it_moves_database_and_cache_and_says_from_where_to_where(stores: Stores, call: Call) -> None:
    ended = call("failover", "--interrupt-users")
    assert ended.code == ExitCode.DONE, ended.err
    assert stores.asked == ["rds:RebootDBInstance", "elasticache:TestFailover"]
    database, cache = ended.out.splitlines()[-2:]
    assert database.startswith(f"database: from {ZONES[0]} to {ZONES[1]}, available again after ")
    assert cache.startswith(f"cache: from {ZONES[0]} to {ZONES[1]}, available again after ")


@pytest.mark.parametrize(
    ("part", "changed"), [("database", ["rds:RebootDBInstance"]), ("cache", ["elasticache:TestFailover"])]
)
def test_one_store_alone_may_be_rehearsed(stores: Stores, call: Call, part: str, changed: list[str]) -> None:
    assert call("failover", "--interrupt-users", "--only", part).code == ExitCode.DONE
    assert stores.asked == changed


def test_production_is_not_interrupted_unless_somebody_insists(stores: Stores, call: Call) -> None:
    refused = call("failover")
    assert refused.code == ExitCode.REFUSED
    assert "or give --interrupt-users" in refused.err
    assert stores.asked == []


def _alone(stores: Stores) -> None:
    stores.database["MultiAZ"] = False


def _busy(stores: Stores) -> None:
    stores.database["DBInstanceStatus"] = "modifying"


def _one_node(stores: Stores) -> None:
    stores.nodes = [NODES[0]]


def _by_hand(stores: Stores) -> None:
    stores.cache["AutomaticFailover"] = "disabled"


def _copying(stores: Stores) -> None:
    stores.cache["Status"] = "snapshotting"


def _ringing(stores: Stores) -> None:
    stores.world.ring("errors", "page")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_alone, f"RDS instance {DATABASE}: it has no standby; "),
        (_busy, f"RDS instance {DATABASE}: it is modifying; "),
        (_one_node, f"cache {CACHE}: no replica would take over; "),
        (_by_hand, f"cache {CACHE}: no replica would take over; "),
        (_copying, f"cache {CACHE}: it is snapshotting; "),
        (_ringing, "prod: the alarm errors rings "),
    ],
)
def test_nothing_is_moved_where_a_standby_is_missing_or_something_else_is_wrong(
    stores: Stores, call: Call, spoil: Callable[[Stores], None], words: str
) -> None:
    spoil(stores)
    stores.world.answers.asked.clear()
    refused = call("failover", "--interrupt-users")
    assert refused.code == ExitCode.REFUSED
    assert refused.err.startswith(words)
    assert stores.asked == []


def test_killed_in_every_step_no_store_is_moved_twice(
    stores: Stores, call: Call, kill_in: Callable[[str], None]
) -> None:
    for step in ("database", "cache", "services"):
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call("failover", "--interrupt-users")
    assert call("failover", "--interrupt-users").code == ExitCode.DONE
    assert stores.asked == ["rds:RebootDBInstance", "elasticache:TestFailover"]


def test_the_moment_between_two_primaries_is_waited_for(stores: Stores, call: Call) -> None:
    """ElastiCache may call the group available all the while."""
    stores.looks_without_primary = 2
    ended = call("failover", "--interrupt-users", "--only", "cache")
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.out.splitlines()[-1].startswith(f"cache: from {ZONES[0]} to {ZONES[1]}, available again after ")
    assert stores.looks_without_primary == 0


def test_a_dry_run_moves_nothing(stores: Stores, call: Call) -> None:
    ended = call("failover", "--interrupt-users", "--dry-run")
    assert ended.code == ExitCode.DONE
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == ["1/3", "2/3", "3/3"]
    assert stores.asked == []


def test_the_operators_page_names_every_permission_that_is_used(stores: Stores, call: Call) -> None:
    stores.world.ring("backup-late", "ticket")
    stores.world.answers.asked.clear()
    assert call("failover", "--interrupt-users").code == ExitCode.DONE
    assert undocumented(stores.world.answers, "failover") == set()
