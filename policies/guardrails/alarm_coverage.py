"""Alarms on all that runs out, fails or falls silent. That each alarm reaches someone is a rule of observability.py."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
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
    METRIC_FILTER,
    SCALING_POLICY,
    SEARCH,
    SERVICE,
    TARGET_GROUP,
    VAULT,
    WEB_ACL,
)
from .values import items, look, mapping, number
from .watching import metrics, watches
from .web_firewall import rules_of

SIGNS: dict[str, tuple[str, ...]] = {
    DATABASE: ("CPUUtilization", "FreeableMemory", "FreeStorageSpace", "DatabaseConnections"),
    DATABASE_PROXY: ("AvailabilityPercentage", "DatabaseConnectionsBorrowLatency"),
    CACHE: ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage"),
    SEARCH: (
        *("ClusterStatus.red", "ClusterStatus.yellow", "ClusterIndexWritesBlocked", "MasterReachableFromNode"),
        *("AutomatedSnapshotFailure", "KMSKeyError", "KMSKeyInaccessible"),
        *("FreeStorageSpace", "CPUUtilization", "JVMMemoryPressure"),
    ),
    SERVICE: ("CpuUtilized", "MemoryUtilized", "EphemeralStorageUtilized", "RunningTaskCount"),
    FUNCTION: ("Errors",),
    LOAD_BALANCER: ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "TargetResponseTime"),
    TARGET_GROUP: ("HealthyHostCount",),
    DISTRIBUTION: ("5xxErrorRate",),
    BUCKET_REPLICATION: ("ReplicationLatency", "OperationsFailedReplication"),
    VAULT: ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired"),
}
"""Type -> metrics of which each has an alarm: what runs out, what fails, what falls silent (the user guides of these
services, "recommended alarms")."""

OF_MASTERS = ("MasterCPUUtilization", "MasterJVMMemoryPressure")


_HEARD = "SampleCount"
"""The statistic that says whether there was anything to measure at all."""

SILENT = (DATABASE, SEARCH)
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
    # What cannot be read yet may be about this resource.
    alarms = [(alarm, list(metrics(alarm))) for alarm in graph.of(ALARM)]
    # A replication is known by the bucket that it copies.
    replicated = graph.linked(resource, "bucket", BUCKET) if resource.type == BUCKET_REPLICATION else [resource]
    watched = [found for alarm, found in alarms if any(watches(alarm, one, graph) for one in replicated)]
    wanted = SIGNS[resource.type]
    if resource.type == SEARCH and resource.get("clusterConfig", "dedicatedMasterEnabled"):
        wanted = (*wanted, *OF_MASTERS)
    # Every node of a cache has metrics of its own.
    nodes = max(1, int(number(resource.get("numCacheClusters")))) if resource.type == CACHE else 1
    for name in wanted:
        alarms_on_it = sum(any(_measures(metric, name) for metric in found) for found in watched)
        if alarms_on_it < nodes:
            yield f"has {alarms_on_it} of {nodes} alarms on {name}"
    if resource.type in SILENT and not any(metric.get("stat") == _HEARD for found in watched for metric in found):
        yield "has no alarm on its silence"


def _measures(metric: dict[str, Any], name: str) -> bool:
    return metric.get("metricName") == name and metric.get("stat") != _HEARD


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
    watched = {
        metric.get("namespace")
        for alarm in graph.of(ALARM)
        if alarm.get("treatMissingData") == "breaching"
        for metric in metrics(alarm)
    }
    for namespace in sorted(own - watched):
        yield f"no alarm rings when nobody publishes metrics of {namespace}"


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
    counted = {
        (one.get("metricTransformation", "namespace"), one.get("metricTransformation", "name"))
        for one in graph.of(METRIC_FILTER)
    }
    for metric in metrics(resource):
        namespace, name = metric.get("namespace"), metric.get("metricName")
        if namespace in {of_filter for of_filter, _ in counted} and (namespace, name) not in counted:
            yield f"no metric filter counts {name}"


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
    ringing = {
        mapping(metric.get("dimensions")).get("Rule")
        for alarm in graph.of(ALARM)
        for metric in metrics(alarm)
        if metric.get("metricName") == "BlockedRequests"
    }
    if "ALL" not in ringing:
        yield "no alarm on all that it refuses"
    for kind, what in (("rateBasedStatement", "a rate limit"), ("managedRuleGroupStatement", "a managed group")):
        named = {
            look(one, "visibilityConfig", "metricName") for one in rules_of(resource) if look(one, "statement", kind)
        }
        if named and not named & ringing:
            yield f"no alarm on what {what} refuses"
