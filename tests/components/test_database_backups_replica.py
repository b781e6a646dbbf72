"""The database's backups in another region."""

from dataclasses import replace
from functools import cache

import pulumi
import pulumi_aws as aws
import pytest

from components.database import Database, DatabaseArgs
from components.database_backups_replica import DatabaseBackupsReplica, DatabaseBackupsReplicaArgs
from components.key import Key, KeyArgs
from settings.database import Database as Choices
from settings.environment import Lifecycle
from tests.components.component_graphs import LOGS, document, site
from tests.recorder import Graph, Recorded, record

_OTHER = "eu-west-1"
_DAYS = 33


@cache
def _graph(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    here = site(lifecycle)
    there = replace(here, region=_OTHER)

    def build() -> None:
        home = pulumi.ResourceOptions(provider=aws.Provider("home", region=here.region))
        away = pulumi.ResourceOptions(provider=aws.Provider("away", region=there.region))
        key = Key("database", KeyArgs(site=here, purpose="test", via=("rds",)), home)
        database = Database(
            "database",
            DatabaseArgs(
                site=here,
                subnet_ids=["one", "two"],
                security_group_id="group",
                key=key,
                logs=LOGS,
                choices=Choices(),
            ),
            home,
        )
        args = DatabaseBackupsReplicaArgs(site=there, database=database, days=_DAYS)
        DatabaseBackupsReplica("backups-replica", args, away)

    return record(build)


def _replication() -> Recorded:
    return _graph().named("backups-replica-replication")


def test_backups_of_the_database_are_kept_in_the_other_region_for_their_days_under_its_key() -> None:
    assert _replication().inputs == {
        "sourceDbInstanceArn": "database-instance-arn",
        "kmsKeyId": "backups-replica-database-key-arn",
        "retentionPeriod": _DAYS,
    }


@pytest.mark.parametrize(
    "name", ["backups-replica-replication", "backups-replica-database-key", "backups-replica-database-alias"]
)
def test_all_of_it_stands_in_the_other_region(name: str) -> None:
    assert _graph().named(name).provider.rsplit("::", 2)[-2] == "away"


def test_it_waits_for_the_database() -> None:
    database = _graph().named("database-instance").urn
    assert database in _replication().property_dependencies["sourceDbInstanceArn"]


def test_the_key_is_used_through_rds_of_its_region_only() -> None:
    statements = {one["Sid"]: one for one in document(_graph().named("backups-replica-database-key").inputs["policy"])}
    for sid in ("UseThroughServices", "GrantsForServices"):
        assert statements[sid]["Condition"]["StringEquals"]["kms:ViaService"] == [f"rds.{_OTHER}.amazonaws.com"]


@pytest.mark.parametrize("lifecycle", list(Lifecycle))
def test_the_key_outlives_a_stack_that_retains_its_data(lifecycle: Lifecycle) -> None:
    assert _graph(lifecycle).named("backups-replica-database-key").protect is (lifecycle is Lifecycle.RETAIN)


def test_another_retention_ends_the_former_replication_first() -> None:
    """Both have the same database in the same region: the end of the former would be that of the new one."""
    assert _replication().replaced_after_delete
    assert not _replication().protect
