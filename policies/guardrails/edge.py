"""The load balancer: listeners, rules and target groups. Certificates and CloudFront have files of their own."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .hsts import LEAST_HSTS_SECONDS
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    LISTENER,
    LISTENER_RULE,
    LOAD_BALANCER,
    TARGET_ATTACHMENTS,
    TARGET_GROUP,
    VPC_ORIGIN,
    every_name,
)
from .values import UNKNOWN, UndecidedError, is_one_of, is_true, look

MODERN_TLS = re.compile(r"^ELBSecurityPolicy-TLS13-1-[23](-Res|-FIPS|-Res-FIPS)?(-PQ)?-20\d\d-\d\d$")
"""TLS 1.2 with forward secrecy or newer; Ext policies bring old ciphers back (ELB guide, describe-ssl-policies)."""

HSTS = re.compile(r"(?:^|;)\s*max-age=(\d+)")


@rule(
    "lb-listener-must-redirect-http",
    *every_name(LISTENER),
    severity=Severity.HIGH,
    description="A listener is HTTPS, or does nothing but redirect to it.",
    remediation="Set protocol HTTPS, or a redirect default action with protocol HTTPS and status HTTP_301.",
    references=References(fsbp="ELB.1, ELB.18", checkov="CKV_AWS_2, CKV2_AWS_20"),
)
def http_redirects(resource: Resource) -> Iterator[Finding]:
    if is_one_of(resource.get("protocol"), {"HTTPS", "TLS"}):
        return
    actions = resource.entries("defaultActions")
    if not actions:
        yield "is not HTTPS and has no default action that redirects"
    for action in actions:
        if look(action, "type") != "redirect" or look(action, "redirect", "protocol") != "HTTPS":
            yield "is not HTTPS and its default action does not redirect to HTTPS"


@rule(
    "lb-listener-must-use-modern-tls",
    *every_name(LISTENER),
    severity=Severity.HIGH,
    description="HTTPS listeners take TLS 1.2 with forward secrecy or newer, with a certificate.",
    remediation="Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06 or a stricter one, and certificateArn.",
    references=References(fsbp="ELB.17", checkov="CKV_AWS_103, CKV2_AWS_74"),
)
def modern_tls(resource: Resource) -> Iterator[Finding]:
    if not is_one_of(resource.get("protocol"), {"HTTPS", "TLS"}):
        return
    yield from expect(
        resource, "sslPolicy", lambda value: bool(MODERN_TLS.match(str(value))), "sslPolicy is missing or out of date"
    )
    if not resource.has("certificateArn"):
        yield "has no certificate"


@rule(
    "lb-listener-must-send-hsts",
    LISTENER,
    severity=Severity.MEDIUM,
    description="An HTTPS listener tells browsers to stay with HTTPS; behind CloudFront, CloudFront does.",
    remediation="Set routingHttpResponseStrictTransportSecurityHeaderValue to max-age=31536000.",
    references=References(checkov="CKV_AWS_259", practice="SEC09-BP02"),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html",
)
def sends_hsts(resource: Resource, graph: Graph) -> Iterator[Finding]:
    balancers = graph.linked(resource, "loadBalancerArn", LOAD_BALANCER)
    if resource.get("protocol") != "HTTPS" or any(
        graph.pointing_at(balancer, "vpcOriginEndpointConfig", VPC_ORIGIN) for balancer in balancers
    ):
        return
    yield from expect(
        resource,
        "routingHttpResponseStrictTransportSecurityHeaderValue",
        lambda value: _hsts_seconds(value) >= LEAST_HSTS_SECONDS,
        "sends no Strict-Transport-Security of a year or more",
    )


def _hsts_seconds(value: object) -> int:
    found = HSTS.search(str(value))
    return int(found[1]) if found else 0


@rule(
    "lb-listener-rule-must-belong-to-https",
    LISTENER_RULE,
    severity=Severity.HIGH,
    description="Requests are forwarded from HTTPS listeners only: the targets speak HTTP inside the network.",
    remediation="Set listenerArn to that of the HTTPS listener.",
    references=References(fsbp="ELB.1", checkov="CKV_AWS_378"),
)
def forwarded_from_https(resource: Resource, graph: Graph) -> Iterator[Finding]:
    listeners = graph.linked(resource, "listenerArn", LISTENER)
    if not listeners:
        yield "belongs to no listener of this stack"
    for listener in listeners:
        yield from expect(
            listener, "protocol", lambda value: value == "HTTPS", f"belongs to {listener.name}, which is not HTTPS"
        )


@rule(
    "lb-load-balancer-must-drop-invalid-headers",
    *every_name(LOAD_BALANCER),
    severity=Severity.MEDIUM,
    description="The load balancer drops malformed headers and desynchronised requests.",
    remediation="Set dropInvalidHeaderFields to true and leave desyncMitigationMode at defensive or strictest.",
    references=References(fsbp="ELB.4, ELB.12", checkov="CKV_AWS_131, CKV_AWS_328"),
    remedy=(
        Setting(path="dropInvalidHeaderFields"),
        Setting(path="desyncMitigationMode", value="defensive", in_place_of=("monitor",)),
    ),
)
def drops_invalid_headers(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "dropInvalidHeaderFields", is_true, "dropInvalidHeaderFields is not true")
    # AWS starts a load balancer in defensive mode.
    yield from expect(
        resource, "desyncMitigationMode", lambda mode: mode != "monitor", "desyncMitigationMode only monitors"
    )


@rule(
    "lb-load-balancer-must-log-access",
    *every_name(LOAD_BALANCER),
    severity=Severity.MEDIUM,
    description="The load balancer writes the logs of requests and of connections to a bucket.",
    remediation="Set accessLogs and connectionLogs with enabled true and the log bucket.",
    references=References(fsbp="ELB.5", checkov="CKV_AWS_91"),
)
def load_balancer_logs(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "accessLogs.enabled", is_true, "accessLogs is not enabled")
    yield from expect(resource, "connectionLogs.enabled", is_true, "connectionLogs is not enabled")


@rule(
    "lb-load-balancer-must-refuse-deletion",
    *every_name(LOAD_BALANCER),
    severity=Severity.HIGH,
    description="The load balancer of production cannot be deleted by accident.",
    remediation="Set enableDeletionProtection to true (lifecycle: retain).",
    references=References(fsbp="ELB.6", checkov="CKV_AWS_150"),
    production_only=True,
    remedy=(Setting(path="enableDeletionProtection"),),
)
def load_balancer_protected(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "enableDeletionProtection", is_true, "enableDeletionProtection is not true")


@rule(
    "lb-target-group-must-check-health",
    *every_name(TARGET_GROUP),
    severity=Severity.MEDIUM,
    description="A target group asks its targets a question only a working service answers.",
    remediation="Set healthCheck with the path of the service's health endpoint, and targetType ip.",
    references=References(checkov="CKV_AWS_261", practice="REL11-BP01"),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
)
def target_group_checks(resource: Resource) -> Iterator[Finding]:
    if resource.props.get("healthCheck") is UNKNOWN:
        yield UndecidedError(("healthCheck",))
    yield from expect(resource, "healthCheck.path", bool, "healthCheck has no path")
    yield from expect(resource, "healthCheck.enabled", lambda value: value is not False, "healthCheck is switched off")
    yield from expect(resource, "targetType", lambda value: value == "ip", "targetType is not ip")


@rule(
    "lb-target-group-must-have-targets",
    *every_name(TARGET_GROUP),
    severity=Severity.HIGH,
    description="Something of the stack registers in each target group: what is sent to an empty one is answered 503.",
    remediation="Name the target group in loadBalancers of a service, or attach a target or a scaling group to it.",
    references=References(practice="REL11-BP02"),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html",
)
def has_targets(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not any(graph.pointing_at(resource, name, *types) for name, types in TARGET_ATTACHMENTS.items()):
        yield "nothing registers targets in it"
