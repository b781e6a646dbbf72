"""Alarms on all that runs out, fails or falls silent. That each alarm reaches someone is a rule of observability.py."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph, once_per_graph
from .metrics import HEARD, counted
from .observability import ALARMS
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    ALARM,
    BUCKET,
    BUCKET_REPLICATION,
    CACHE,
    DATABASE,
    DATABASE_PROXY,
    DISTRIBUTION,
    FUNCTION,
    LOAD_BALANCER,
    NAT_GATEWAY,
    SCALING_POLICY,
    SEARCH,
    SERVICE,
    TARGET_GROUP,
    VAULT,
    WEB_ACL,
)
from .values import is_one_of, items, look, mapping, number
from .watching import metrics, watched
from .web_firewall import rules_of

SIGNS: dict[str, tuple[str, ...]] = {
    DATABASE: (
        *("CPUUtilization", "FreeableMemory", "FreeStorageSpace", "DatabaseConnections"),
        "MaximumUsedTransactionIDs",
    ),
    DATABASE_PROXY: ("AvailabilityPercentage", "DatabaseConnectionsBorrowLatency"),
    CACHE: ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage", "Evictions"),
    SEARCH: (
        *("ClusterStatus.red", "ClusterStatus.yellow", "ClusterIndexWritesBlocked", "MasterReachableFromNode"),
        *("AutomatedSnapshotFailure", "KMSKeyError", "KMSKeyInaccessible"),
        *("FreeStorageSpace", "CPUUtilization", "JVMMemoryPressure"),
    ),
    SERVICE: ("CpuUtilized", "MemoryUtilized", "EphemeralStorageUtilized", "RunningTaskCount"),
    FUNCTION: ("Errors", "Throttles"),
    LOAD_BALANCER: (
        *("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "TargetResponseTime"),
        *("RejectedConnectionCount", "TargetConnectionErrorCount"),
    ),
    TARGET_GROUP: ("HealthyHostCount", "UnHealthyHostCount"),
    NAT_GATEWAY: ("ErrorPortAllocation",),
    DISTRIBUTION: ("5xxErrorRate",),
    BUCKET_REPLICATION: ("ReplicationLatency", "OperationsFailedReplication"),
    VAULT: (
        *("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired", "NumberOfBackupJobsCompleted"),
        "NumberOfRestoreJobsFailed",
    ),
}
"""Type -> metrics of which each has an alarm: what runs out, what fails, what falls silent (Amazon CloudWatch User
Guide, "Recommended alarms", and the user guides of these services)."""

OF_MASTERS = ("MasterCPUUtilization", "MasterJVMMemoryPressure")
OF_REPLICAS = ("ReplicationLag",)
"""Any node of a cache may be a replica after a failover."""

SILENT = (DATABASE, CACHE, SEARCH)
"""What only its silence betrays when it is gone: nothing else reports about it."""


@rule(
    "cloudwatch-alarm-must-watch-what-can-fail",
    *SIGNS,
    severity=Severity.HIGH,
    description="Each store, service, function and load balancer of production has alarms on all that can fail in it.",
    remediation="Add a MetricAlarm on the metric, with the resource among its dimensions.",
    references=References(practice="REL11-BP01"),
    url=ALARMS,
    production_only=True,
)
def watched_for_every_sign(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # A replication is known by the bucket that it copies.
    known_by = graph.linked(resource, "bucket", BUCKET) if resource.type == BUCKET_REPLICATION else [resource]
    alarms = [found for one in known_by for found in watched(graph).by(one)]
    wanted = SIGNS[resource.type]
    if resource.type == SEARCH and resource.get("clusterConfig", "dedicatedMasterEnabled"):
        wanted = (*wanted, *OF_MASTERS)
    # Every node of a cache has metrics of its own.
    nodes = max(1, int(number(resource.get("numCacheClusters")))) if resource.type == CACHE else 1
    if nodes > 1:
        wanted = (*wanted, *OF_REPLICAS)
    for name in wanted:
        seen = sum(_measures(metric, name) for found in alarms for metric in found)
        if seen < nodes:
            yield f"has alarms on {seen} of {nodes} {name}"
    heard = sum(metric.get("stat") == HEARD for found in alarms for metric in found)
    if resource.type in SILENT and heard < nodes:
        yield f"has alarms on {heard} of {nodes} that may fall silent"


def _measures(metric: dict[str, Any], name: str) -> bool:
    return metric.get("metricName") == name and metric.get("stat") != HEARD


@rule(
    "cloudwatch-alarm-must-watch-own-metrics",
    SCALING_POLICY,
    severity=Severity.HIGH,
    description="What scales on a metric that the stack publishes itself has an alarm for when nobody publishes it.",
    remediation="Add a MetricAlarm on a metric of the same namespace with treatMissingData breaching.",
    references=References(practice="REL07-BP02"),
    url=ALARMS,
    production_only=True,
)
def own_metrics_watched(resource: Resource, graph: Graph) -> Iterator[Finding]:
    own = {name for name in _namespaces(resource.props) if not name.startswith(("AWS/", "ECS/"))}
    if not own:
        return
    for namespace in sorted(own - _heard(graph)):
        yield f"no alarm rings when nobody publishes metrics of {namespace}"


@once_per_graph
def _heard(graph: Graph) -> set[Any]:
    """The namespaces whose silence rings an alarm."""
    return {
        metric.get("namespace")
        for alarm in graph.of(ALARM)
        if alarm.get("treatMissingData") == "breaching"
        for metric in metrics(alarm)
    }


def _namespaces(value: Any) -> set[str]:
    """Of all metrics anywhere in `value`."""
    if isinstance(value, dict):
        here = mapping(value).get("namespace")
        found = {here} if isinstance(here, str) else set[str]()
        return found.union(*(_namespaces(entry) for entry in mapping(value).values()))
    return set[str]().union(*(_namespaces(entry) for entry in items(value)))


@rule(
    "cloudwatch-alarm-must-have-its-metric",
    ALARM,
    severity=Severity.HIGH,
    description="An alarm on what is counted in a log has the filter that counts it; without it, it never rings.",
    remediation="Add the LogMetricFilter whose metricTransformation has the alarm's namespace and metric name.",
    references=References(cis="4.1", practice="SEC04-BP03"),
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html",
)
def has_its_metric(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for metric in metrics(resource):
        names = counted(graph).get(str(metric.get("namespace")))
        if names is not None and not is_one_of(metric.get("metricName"), names):
            yield f"no metric filter counts {metric.get('metricName')}"


@rule(
    "wafv2-web-acl-must-ring",
    WEB_ACL,
    severity=Severity.HIGH,
    description="Alarms ring on what a web ACL of production refuses: at all, by a rate limit, by a managed group.",
    remediation="Add MetricAlarms on BlockedRequests for Rule ALL, for rate limits and for managed rule groups.",
    references=References(practice="SEC04-BP03", fsbp="WAF.12"),
    production_only=True,
)
def refusals_ring(resource: Resource, graph: Graph) -> Iterator[Finding]:
    ringing = _ringing(graph)
    if "ALL" not in ringing:
        yield "no alarm on all that it refuses"
    for kind, what in (("rateBasedStatement", "a rate limit"), ("managedRuleGroupStatement", "a managed group")):
        named = {
            str(look(one, "visibilityConfig", "metricName"))
            for one in rules_of(resource)
            if look(one, "statement", kind)
        }
        # Two that have no name have none in common.
        if named and not (named & ringing) - {"None"}:
            yield f"no alarm on what {what} refuses"


@once_per_graph
def _ringing(graph: Graph) -> set[str]:
    """The rules of web ACLs, by the names of their metrics, whose refusals ring an alarm."""
    return {
        str(mapping(metric.get("dimensions")).get("Rule"))
        for alarm in graph.of(ALARM)
        for metric in metrics(alarm)
        if metric.get("metricName") == "BlockedRequests"
    }
