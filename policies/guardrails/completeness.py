"""Every X has its Y: what goes missing with no property to show it, so that only the whole graph can tell."""

from collections.abc import Callable, Iterator
from typing import Any

from pulumi_policy import Severity

from .container_definitions import LATE, containers_of
from .documents import statements
from .graph import Graph, once_per_graph, single
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    CACHE,
    CLUSTER,
    DATABASE,
    DATABASE_PROXY,
    FUNCTION,
    LISTENER,
    LOAD_BALANCER,
    LOG_GROUP,
    LOG_RESOURCE_POLICY,
    QUERY_LOG,
    SEARCH,
    TASK_DEFINITION,
    TOPIC,
    TOPIC_POLICY,
    VPC_ORIGIN,
)
from .values import UNKNOWN, UndecidedError, is_one_of, look, mapping

LOGS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
LEAVE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html"


@rule(
    "cloudwatch-log-group-must-exist-for-its-writer",
    TASK_DEFINITION,
    FUNCTION,
    DATABASE,
    DATABASE_PROXY,
    CACHE,
    CLUSTER,
    SEARCH,
    severity=Severity.HIGH,
    description="Each log goes to a log group of the stack, with its key and retention, and not to one that AWS makes.",
    remediation="Add a LogGroup of exactly the name that the resource writes to.",
    references=References(checkov="CKV_AWS_158, CKV_AWS_338", practice="SEC04-BP01"),
    url=LOGS,
    late=LATE,
)
def writes_to_own_log_group(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.type == SEARCH:
        published = resource.entries("logPublishingOptions")
        if len(graph.linked(resource, "logPublishingOptions", LOG_GROUP)) < len(published):
            yield f"publishes {len(published)} logs, not all to log groups of the stack"
        return
    there = _log_groups(graph)
    for name in _WRITTEN[resource.type](resource):
        if name is UNKNOWN:
            yield UndecidedError(("name",))
        elif not is_one_of(name, there):
            yield f"writes to {name}, which is no log group of the stack"


@once_per_graph
def _log_groups(graph: Graph) -> set[str]:
    """The names of all log groups of the stack."""
    return {str(group.get("name")) for group in graph.of(LOG_GROUP)}


def _of_containers(resource: Resource) -> Iterator[Any]:
    for container in containers_of(resource):
        configuration = mapping(container.get("logConfiguration"))
        if configuration.get("logDriver") == "awslogs":
            yield mapping(configuration.get("options")).get("awslogs-group")


def _of_function(resource: Resource) -> Iterator[Any]:
    given = resource.get("loggingConfig", "logGroup")
    if given is not None or resource.has("name"):
        yield given or f"/aws/lambda/{resource.get('name')}"
    else:
        yield "a log group of AWS's choice"


def _of_database(resource: Resource) -> Iterator[Any]:
    for log in resource.entries("enabledCloudwatchLogsExports"):
        yield UNKNOWN if log is UNKNOWN else f"/aws/rds/instance/{resource.get('identifier')}/{log}"


def _of_pool(resource: Resource) -> Iterator[Any]:
    yield f"/aws/rds/proxy/{resource.get('name')}"


def _of_cache(resource: Resource) -> Iterator[Any]:
    for delivery in resource.entries("logDeliveryConfigurations"):
        if look(delivery, "destinationType") == "cloudwatch-logs":
            yield mapping(delivery).get("destination")


def _of_cluster(resource: Resource) -> Iterator[Any]:
    name = resource.get("configuration", "executeCommandConfiguration", "logConfiguration", "cloudWatchLogGroupName")
    if name is not None:
        yield name


_WRITTEN: dict[str, Callable[[Resource], Iterator[Any]]] = {
    TASK_DEFINITION: _of_containers,
    FUNCTION: _of_function,
    DATABASE: _of_database,
    DATABASE_PROXY: _of_pool,
    CACHE: _of_cache,
    CLUSTER: _of_cluster,
}
"""Type -> names of the log groups that one of it writes to."""


WRITERS = {
    SEARCH: ("logPublishingOptions", "es.amazonaws.com"),
    CACHE: ("logDeliveryConfigurations", "delivery.logs.amazonaws.com"),
    QUERY_LOG: ("destinationArn", "delivery.logs.amazonaws.com"),
}
"""Type -> the property that names its log groups, and who writes in them (the guides of these services)."""


@rule(
    "cloudwatch-log-group-must-admit-its-writer",
    *WRITERS,
    severity=Severity.HIGH,
    description="What writes to a log group may; a service of AWS that may not is silent about it.",
    remediation="Add a LogResourcePolicy that lets the service put log events into the log group.",
    references=References(fsbp="Opensearch.4, Opensearch.5", checkov="CKV_AWS_84, CKV_AWS_317"),
    url=LEAVE,
    late=("policyDocument",),
)
def writer_admitted(resource: Resource, graph: Graph) -> Iterator[Finding]:
    name, service = WRITERS[resource.type]
    for group in graph.linked(resource, name, LOG_GROUP):
        policies = graph.pointing_at(group, "policyDocument", LOG_RESOURCE_POLICY)
        if not any(_admits(policy, service) for policy in policies):
            yield f"no LogResourcePolicy lets {service} write to {group.name}"


def _admits(policy: Resource, service: str) -> bool:
    found = statements(policy.props.get("policyDocument"), "policyDocument")
    return any(one.allows and service in one.principals.get("Service", ()) for one in found)


@rule(
    "sns-topic-must-have-a-policy",
    TOPIC,
    severity=Severity.HIGH,
    description="Each topic says who may publish to it.",
    remediation="Add one TopicPolicy that names the publishing services, tied to this account with aws:SourceAccount.",
    references=References(fsbp="SNS.4", checkov="CKV_AWS_169"),
)
def topic_has_policy(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if single(graph.pointing_at(resource, "arn", TOPIC_POLICY)) is None:
        yield "does not have exactly one TopicPolicy"


@rule(
    "lb-load-balancer-must-lead-to-https",
    LOAD_BALANCER,
    severity=Severity.HIGH,
    description="A load balancer takes HTTPS, and sends who comes by HTTP there, unless CloudFront stands before it.",
    remediation="Add a Listener with protocol HTTPS, and one on port 80 whose default action redirects to HTTPS.",
    references=References(fsbp="ELB.1", checkov="CKV2_AWS_20"),
)
def leads_to_https(resource: Resource, graph: Graph) -> Iterator[Finding]:
    listeners = graph.pointing_at(resource, "loadBalancerArn", LISTENER)
    if not any(listener.get("protocol") == "HTTPS" for listener in listeners):
        yield "has no HTTPS listener"
    if graph.pointing_at(resource, "vpcOriginEndpointConfig", VPC_ORIGIN):
        return
    if not any(listener.get("protocol") == "HTTP" for listener in listeners):
        yield "has no listener that sends HTTP to HTTPS"
