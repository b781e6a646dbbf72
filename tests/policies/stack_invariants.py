"""What holds for every stack and is no rule of the pack, because it takes knowing Dify."""

from collections import Counter
from collections.abc import Iterator

from components.dns_firewall import THREATS
from settings.endpoints import CLOSED
from settings.severity import Severity
from tests.network.aws_calls import called_services, reached_services
from tests.network.network_shapes import UnknownShapeError
from tests.network.reachability import reachable
from tests.recorder import Graph

LOGINS = ("database-login", "plugin-database-login", "metrics-login", "cache", "plugin-cache", "agent-cache")
"""Secrets whose readers do not notice that they are replaced, so that they are replaced by a schedule (docs/secure.md,
Secrets)."""

TIMED = ("web", "api")
"""Services whose answers should begin soon."""


def broken(graph: Graph, whole: Graph) -> Iterator[str]:
    """What no longer holds in `graph`, which was once `whole`."""
    rotated = {
        link for rotation in graph.of(":SecretRotation") for link in rotation.property_dependencies.get("secretId", [])
    }
    for secret in graph.of(":Secret"):
        if secret.name.removeprefix("secrets-") in LOGINS and secret.urn not in rotated:
            yield f"{secret.name} is not rotated"
    for service in TIMED:
        if not any(_times(alarm.inputs, service) for alarm in graph.of(":MetricAlarm")):
            yield f"no alarm on slow answers of {service}"
    yield from _of_names(graph)
    yield from _of_topics(graph)
    if not graph.of("ec2/internetGateway:InternetGateway"):
        for service in sorted({*CLOSED, "s3"} - reached_services(graph)):
            yield f"a closed network does not reach {service}"
    try:
        found = reachable(graph)
    except UnknownShapeError as unknown:
        yield str(unknown)
        return
    if found != reachable(whole):
        yield "connections are not what the table of tests/network says"
    outside = {flow.source for flow in found if flow.target.startswith("internet")}
    kept_inside = {flow.source for flow in found} - outside
    for service in sorted(called_services(graph, within=kept_inside) - reached_services(graph)):
        yield f"nothing leads to {service}"


def _of_names(graph: Graph) -> Iterator[str]:
    rules = [rule.inputs for rule in graph.of(":ResolverFirewallRule")]
    for rule in rules:
        if not rule.get("firewallDomainListId") and not rule.get("dnsThreatProtection"):
            yield f"the rule {rule.get('name')} is about no name"
    if not graph.of(":ResolverFirewallRuleGroup"):
        return
    for threat in sorted({*THREATS} - {rule.get("dnsThreatProtection") for rule in rules}):
        yield f"no rule looks for {threat}"
    names = {rule.get("name") for rule in rules}
    if "allowed" in names and "rest" not in names:
        yield "names that are not allowed are answered all the same"


def _of_topics(graph: Graph) -> Iterator[str]:
    regions = Counter(topic.provider for topic in graph.of("sns/topic:Topic"))
    for provider, topics in regions.items():
        if topics != len(Severity):
            yield f"{topics} topics of {provider} for {len(Severity)} severities"


def _times(alarm: dict[str, object], service: str) -> bool:
    text = str(alarm.get("metricQueries"))
    return "TargetResponseTime" in text and f"'edge-{service}-arnSuffix'" in text
