"""OpenSearch: encrypted, private, signed in to, redundant."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .documents import statements
from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import BUCKET, KEY, ROLE, ROLE_POLICY, SEARCH
from .values import UNKNOWN, UndecidedError, is_not_true, is_one_of, is_true, items, look, mapping, number

FORWARD_SECRECY = "Policy-Min-TLS-1-2-PFS-2023-10"
OLD_TLS_POLICIES = ("Policy-Min-TLS-1-0-2019-07", "Policy-Min-TLS-1-2-2019-07")
TLS_POLICIES = frozenset(
    {
        FORWARD_SECRECY,
        "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08",
        "Policy-Min-TLS-1-2-FIPS-PQ-2026-10",
    }
)
"""Policies of TLS 1.2 and later with forward secrecy (OpenSearch Service API reference, DomainEndpointOptions)."""

LOGS = ("ES_APPLICATION_LOGS", "AUDIT_LOGS")
LEAST_NODES = 3

SERVICE = "es.amazonaws.com"
SNAPSHOTS = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html"


def holds_snapshots(bucket: Resource, graph: Graph) -> bool:
    """Whether OpenSearch Service keeps snapshots there: it has a role for the bucket. They are a backup themselves."""
    return any(
        SERVICE in statement.principals.get("Service", ())
        for policy in graph.pointing_at(bucket, "policy", ROLE_POLICY)
        for role in graph.linked(policy, "role", ROLE)
        for statement in statements(role.props.get("assumeRolePolicy"), "assumeRolePolicy")
    )


@rule(
    "opensearch-domain-must-be-encrypted",
    SEARCH,
    severity=Severity.CRITICAL,
    description="The domain is encrypted with a key of this stack.",
    remediation="Set encryptAtRest.enabled to true and encryptAtRest.kmsKeyId.",
    references=References(fsbp="Opensearch.1", checkov="CKV_AWS_5, CKV_AWS_247"),
)
def encrypted(resource: Resource, graph: Graph) -> Iterator[Finding]:
    yield from expect(resource, "encryptAtRest.enabled", is_true, "encryptAtRest.enabled is not true")
    # Of a key that a preview has yet to make, only the link is known.
    if not _holds(resource, "encryptAtRest", "kmsKeyId") and not graph.linked(resource, "encryptAtRest", KEY):
        yield "encryptAtRest.kmsKeyId is missing"


@rule(
    "opensearch-domain-must-encrypt-between-nodes",
    SEARCH,
    severity=Severity.HIGH,
    description="The nodes of the domain speak TLS with each other.",
    remediation="Set nodeToNodeEncryption.enabled to true.",
    references=References(fsbp="Opensearch.3", checkov="CKV_AWS_6"),
    remedy=(Setting(path="nodeToNodeEncryption.enabled", at_creation=True),),
)
def encrypted_between_nodes(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "nodeToNodeEncryption.enabled", is_true, "nodeToNodeEncryption.enabled is not true")


@rule(
    "opensearch-domain-must-demand-tls",
    SEARCH,
    severity=Severity.CRITICAL,
    description="The domain answers over TLS 1.2 or later with forward secrecy, and over nothing else.",
    remediation="Set domainEndpointOptions.enforceHttps to true and tlsSecurityPolicy to "
    "Policy-Min-TLS-1-2-PFS-2023-10.",
    references=References(fsbp="Opensearch.8", checkov="CKV_AWS_83, CKV_AWS_228"),
    remedy=(
        Setting(path="domainEndpointOptions.enforceHttps"),
        Setting(
            path="domainEndpointOptions.tlsSecurityPolicy",
            value=FORWARD_SECRECY,
            in_place_of=(None, *OLD_TLS_POLICIES),
        ),
    ),
)
def demands_tls(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "domainEndpointOptions.enforceHttps", is_true, "enforceHttps is not true")
    yield from expect(
        resource,
        "domainEndpointOptions.tlsSecurityPolicy",
        lambda policy: is_one_of(policy, TLS_POLICIES),
        "tlsSecurityPolicy is missing or admits old TLS",
    )


@rule(
    "opensearch-domain-must-be-in-the-network",
    SEARCH,
    severity=Severity.CRITICAL,
    description="The domain has no public endpoint: it is in subnets, behind a security group of its own.",
    remediation="Set vpcOptions.subnetIds and vpcOptions.securityGroupIds; on an existing domain this replaces it.",
    references=References(fsbp="Opensearch.2", checkov="CKV_AWS_137, CKV_AWS_248"),
)
def in_network(resource: Resource) -> Iterator[Finding]:
    for name in ("subnetIds", "securityGroupIds"):
        if not _holds(resource, "vpcOptions", name):
            yield f"vpcOptions.{name} is missing"


@rule(
    "opensearch-domain-must-control-access",
    SEARCH,
    severity=Severity.CRITICAL,
    description="The domain decides about each index by the caller's IAM role; it keeps no passwords.",
    remediation="Set advancedSecurityOptions.enabled to true with masterUserOptions.masterUserArn; leave "
    "internalUserDatabaseEnabled and anonymousAuthEnabled off.",
    references=References(fsbp="Opensearch.7", checkov="CKV2_AWS_52"),
)
def controls_access(resource: Resource) -> Iterator[Finding]:
    options = "advancedSecurityOptions"
    yield from expect(resource, f"{options}.enabled", is_true, f"{options}.enabled is not true")
    for name in ("internalUserDatabaseEnabled", "anonymousAuthEnabled"):
        yield from expect(resource, f"{options}.{name}", is_not_true, f"{name} is true")
    master = mapping(_block(resource, options).get("masterUserOptions"))
    if master.get("masterUserPassword"):
        yield "has a master with a password"
    elif not master.get("masterUserArn"):
        yield "has no master, so nobody can say who may read what"


@rule(
    "opensearch-domain-policy-must-not-be-public",
    SEARCH,
    severity=Severity.CRITICAL,
    description="The domain's access policy names who may call it; without one, everybody in the network may.",
    remediation="Set accessPolicies to statements whose principals are roles.",
    references=References(practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
    late=("accessPolicies",),
)
def policy_not_public(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("accessPolicies"), "accessPolicies"):
        if statement.is_public:
            yield "allows anyone"


@rule(
    "opensearch-domain-must-publish-its-logs",
    SEARCH,
    severity=Severity.MEDIUM,
    description="Errors of the domain and who did what in it are in CloudWatch.",
    remediation="Add logPublishingOptions for ES_APPLICATION_LOGS and AUDIT_LOGS.",
    references=References(fsbp="Opensearch.4, Opensearch.5", checkov="CKV_AWS_84, CKV_AWS_317"),
)
def publishes_logs(resource: Resource) -> Iterator[Finding]:
    options = resource.entries("logPublishingOptions")
    if UNKNOWN in options:
        yield UndecidedError(("logPublishingOptions",))
        return
    published = {str(look(option, "logType")) for option in options if mapping(option).get("enabled") is not False}
    for kind in LOGS:
        if kind not in published:
            yield f"does not publish {kind}"


@rule(
    "opensearch-domain-must-outlive-a-zone",
    SEARCH,
    severity=Severity.HIGH,
    description="The domain of production has data nodes in several zones and three masters of their own.",
    remediation="Set clusterConfig: instanceCount 3 or more, zoneAwarenessEnabled true, dedicatedMasterEnabled true, "
    "dedicatedMasterCount 3.",
    references=References(fsbp="Opensearch.6, Opensearch.11", checkov="CKV_AWS_318, CKV2_AWS_59"),
    production_only=True,
)
def outlives_zone(resource: Resource) -> Iterator[Finding]:
    def few(nodes: Any) -> bool:
        return number(nodes) >= LEAST_NODES

    cluster = "clusterConfig"
    yield from expect(resource, f"{cluster}.instanceCount", few, "has fewer than three data nodes")
    yield from expect(resource, f"{cluster}.zoneAwarenessEnabled", is_true, "zoneAwarenessEnabled is not true")
    yield from expect(resource, f"{cluster}.dedicatedMasterEnabled", is_true, "has no masters of their own")
    yield from expect(resource, f"{cluster}.dedicatedMasterCount", few, "has fewer than three masters")


@rule(
    "opensearch-domain-must-have-snapshots-outside",
    SEARCH,
    severity=Severity.HIGH,
    description="Production keeps snapshots of its domain in a bucket of its own: the service's are gone with the "
    "domain, and after 14 days.",
    remediation="Add a bucket, and a role for es.amazonaws.com whose policy names it; register it as a repository.",
    references=References(practice="REL09-BP01"),
    url=SNAPSHOTS,
    production_only=True,
    late=("assumeRolePolicy",),
)
def snapshots_outside(_: Resource, graph: Graph) -> Iterator[Finding]:
    if not any(holds_snapshots(bucket, graph) for bucket in graph.of(BUCKET)):
        yield "has no bucket of this stack for its snapshots"


@rule(
    "opensearch-domain-must-update-itself",
    SEARCH,
    severity=Severity.MEDIUM,
    description="The domain takes the service's security updates by itself, at quiet hours.",
    remediation="Set softwareUpdateOptions.autoSoftwareUpdateEnabled to true.",
    references=References(fsbp="Opensearch.10"),
    remedy=(Setting(path="softwareUpdateOptions.autoSoftwareUpdateEnabled"),),
)
def updates_itself(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "softwareUpdateOptions.autoSoftwareUpdateEnabled",
        is_true,
        "autoSoftwareUpdateEnabled is not true",
    )


def _block(resource: Resource, name: str) -> dict[str, Any]:
    """The block `name`, which providers show as an object or as a list of one. Raises UndecidedError if unknown."""
    value = resource.get(name)
    entries = items(value)
    return mapping(entries[0] if len(entries) == 1 else value)


def _holds(resource: Resource, block: str, name: str) -> bool:
    """Whether the block has a value for `name`, known or not."""
    return _block(resource, block).get(name) not in (None, "", [])
