"""How the stores are: database, cache and vectors, and the copies of files in another region."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from components.files_replication import RULE
from components.metric import Metric
from components.search_domain import domain_name
from components.site import Site
from operations.aws.deployed import Deployed
from operations.aws.measures import Series, last, measured
from operations.aws.questions import Questions, every
from operations.aws.status.condition import (
    CacheCondition,
    DatabaseCondition,
    DatabaseCopyCondition,
    NodeCondition,
    ReplicationCondition,
    SearchCondition,
)

_GIB = 1024**3
_GONE = DatabaseCondition(
    there=False,
    status="gone",
    version="-",
    multi_az=False,
    zone=None,
    standby_zone=None,
    storage=0,
    free=None,
    latest_restorable=None,
    copy_elsewhere=None,
    waiting=(),
)
_COPIES = "DBInstanceAutomatedBackupsReplications"
_RECENT = timedelta(minutes=15)
_HEALTHS = ("red", "yellow", "green")
"""What the domain's metrics ClusterStatus.* are 1 for, worst first (OpenSearch Service developer guide, "Monitoring
OpenSearch cluster metrics")."""


@dataclass(frozen=True, kw_only=True)
class StoresLook:
    """Looks at the stores of `deployed` as they are `now`."""

    deployed: Deployed
    questions: Questions
    now: datetime

    def database(self) -> DatabaseCondition | None:
        """The RDS instance; None where it cannot be asked."""
        rds, identifier = self.deployed.client("rds"), self.deployed.outputs["database"]

        def look() -> Mapping[str, Any]:
            try:
                return rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
            except rds.exceptions.DBInstanceNotFoundFault:
                return {}

        found = self.questions.ask("the database", "rds:DescribeDBInstances", look)
        if not found:
            return None if found is None else _GONE
        free = self._last("AWS/RDS", "FreeStorageSpace", "Minimum", {"DBInstanceIdentifier": identifier})
        return DatabaseCondition(
            status=found["DBInstanceStatus"],
            version=found["EngineVersion"],
            multi_az=found["MultiAZ"],
            zone=found.get("AvailabilityZone"),
            standby_zone=found.get("SecondaryAvailabilityZone"),
            storage=found["AllocatedStorage"] * _GIB,
            free=None if free is None else int(free),
            latest_restorable=found.get("LatestRestorableTime"),
            copy_elsewhere=self._copy(found),
            waiting=(
                *_modifications(found.get("PendingModifiedValues", {})),
                *self._maintenance(found["DBInstanceArn"]),
            ),
        )

    def cache(self) -> CacheCondition | None:
        """The replication group; None where it cannot be asked."""
        client, identifier = self.deployed.client("elasticache"), self.deployed.outputs["cache"]

        def look() -> Mapping[str, Any]:
            return client.describe_replication_groups(ReplicationGroupId=identifier)["ReplicationGroups"][0]

        found = self.questions.ask("the cache", "elasticache:DescribeReplicationGroups", look)
        if found is None:
            return None
        members = [member for group in found.get("NodeGroups", ()) for member in group.get("NodeGroupMembers", ())]
        lags = self._lags([member["CacheClusterId"] for member in members if member.get("CurrentRole") == "replica"])
        return CacheCondition(
            status=found["Status"],
            failover=found.get("AutomaticFailover") == "enabled",
            nodes=tuple(
                NodeCondition(
                    name=member["CacheClusterId"],
                    role=member.get("CurrentRole"),
                    zone=member.get("PreferredAvailabilityZone"),
                    lag=lags.get(member["CacheClusterId"]),
                )
                for member in members
            ),
            waiting=(*_modifications(found.get("PendingModifiedValues", {})), *self._updates(identifier)),
        )

    def search(self) -> SearchCondition | None:
        """The OpenSearch domain; None where it cannot be asked, or vectors are elsewhere."""
        settings = self.deployed.settings
        if not settings.vector_store.has_opensearch:
            return None
        site = Site(
            name=self.deployed.name, account=settings.account, region=settings.region, lifecycle=settings.lifecycle
        )
        client, name = self.deployed.client("opensearch"), domain_name(site)

        def look() -> Mapping[str, Any]:
            return client.describe_domain(DomainName=name)["DomainStatus"]

        found = self.questions.ask("the vector store", "es:DescribeDomain", look)
        if found is None:
            return None
        software = found.get("ServiceSoftwareOptions", {})
        waiting = [f"software {software.get('NewVersion')}"] if software.get("UpdateAvailable") else []
        where = {"DomainName": name, "ClientId": settings.account}
        signs = {health: self._last("AWS/ES", f"ClusterStatus.{health}", "Maximum", where) for health in _HEALTHS}
        return SearchCondition(
            name=name,
            health=next((health for health, sign in signs.items() if sign), None),
            processing=bool(found.get("Processing")),
            waiting=tuple(waiting),
        )

    def replication(self) -> tuple[ReplicationCondition, ...]:
        """The copies of each bucket, where another region keeps any. S3 reports lag where the copy is, and failures
        where the original is (Amazon S3 User Guide, "Using S3 Replication metrics")."""
        replica, copies = self.deployed.settings.replica, self.deployed.outputs.get("copies", {})
        if replica is None:
            return ()
        return tuple(self._copied(store, copy, replica.region) for store, copy in copies.items())

    def _copy(self, database: Mapping[str, Any]) -> DatabaseCopyCondition | None:
        """The database's backups where another region keeps any; None too where that region does not answer. They are
        those of this instance: a restored one has the name of the former, but not its copies."""
        replica = self.deployed.settings.replica
        if replica is None:
            return None
        kept = [one["DBInstanceAutomatedBackupsArn"] for one in database.get(_COPIES, ())]
        arn = next((one for one in kept if one.split(":")[3] == replica.region), None)
        if arn is None:
            return DatabaseCopyCondition(region=replica.region, latest=None)
        rds = self.deployed.client("rds", replica.region)

        def look() -> list[Mapping[str, Any]]:
            return rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)[
                "DBInstanceAutomatedBackups"
            ]

        found = self.questions.ask(
            f"the database's backups in {replica.region}", "rds:DescribeDBInstanceAutomatedBackups", look
        )
        if found is None:
            return None
        reached = [one["RestoreWindow"]["LatestTime"] for one in found if "RestoreWindow" in one]
        return DatabaseCopyCondition(region=replica.region, latest=max(reached, default=None))

    def _copied(self, store: str, copy: str, region: str) -> ReplicationCondition:
        where = {"SourceBucket": self.deployed.outputs["buckets"][store], "DestinationBucket": copy, "RuleId": RULE}
        seconds = self._last("AWS/S3", "ReplicationLatency", "Maximum", where, region)
        metric = Metric(namespace="AWS/S3", name="OperationsFailedReplication", statistic="Sum", dimensions=where)
        wanted = {"failed": Series(metric=metric, period_seconds=3600)}
        client, since = self.deployed.client("cloudwatch"), self.now - timedelta(days=1)
        failed = self.questions.ask(
            "figures", "cloudwatch:GetMetricData", lambda: measured(client, wanted, since=since, until=self.now)
        )
        values = failed["failed"] if failed else ()
        return ReplicationCondition(store=store, seconds=seconds, failed=int(sum(values)) if values else None)

    def _last(
        self, namespace: str, name: str, statistic: str, where: Mapping[str, str], region: str | None = None
    ) -> float | None:
        metric = Metric(namespace=namespace, name=name, statistic=statistic, dimensions=where)
        client, wanted = self.deployed.client("cloudwatch", region), {"value": Series(metric=metric, period_seconds=60)}
        found = self.questions.ask(
            "figures", "cloudwatch:GetMetricData", lambda: last(client, wanted, now=self.now, within=_RECENT)
        )
        return found["value"] if found else None

    def _lags(self, replicas: list[str]) -> dict[str, float | None]:
        return {
            one: self._last("AWS/ElastiCache", "ReplicationLag", "Maximum", {"CacheClusterId": one}) for one in replicas
        }

    def _maintenance(self, arn: str) -> list[str]:
        rds = self.deployed.client("rds")

        def look() -> list[Mapping[str, Any]]:
            return list(
                every(rds, "describe_pending_maintenance_actions", "PendingMaintenanceActions", ResourceIdentifier=arn)
            )

        found = self.questions.ask("the database's maintenance", "rds:DescribePendingMaintenanceActions", look) or []
        return [
            f"maintenance {action['Action']}{_when(action)}"
            for one in found
            for action in one["PendingMaintenanceActionDetails"]
        ]

    def _updates(self, identifier: str) -> list[str]:
        client = self.deployed.client("elasticache")

        def look() -> list[Mapping[str, Any]]:
            return list(
                every(
                    client,
                    "describe_update_actions",
                    "UpdateActions",
                    ReplicationGroupIds=[identifier],
                    UpdateActionStatus=["not-applied", "waiting-to-start", "scheduled"],
                )
            )

        found = self.questions.ask("the cache's updates", "elasticache:DescribeUpdateActions", look) or []
        return [f"{one.get('ServiceUpdateSeverity', 'an')} update {one['ServiceUpdateName']}" for one in found]


def _modifications(values: Mapping[str, Any]) -> Iterator[str]:
    """Names only: a value can be a password."""
    yield from (f"change of {name}" for name, value in values.items() if value not in (None, {}, []))


def _when(action: Mapping[str, Any]) -> str:
    date = action.get("CurrentApplyDate") or action.get("ForcedApplyDate") or action.get("AutoAppliedAfterDate")
    return f" on {date:%Y-%m-%d}" if isinstance(date, datetime) else ""
