"""Athena: where answers go is not the choice of who asks."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import BUCKET, KEY, WORKGROUP
from .values import is_one_of, is_true, number

SETTINGS = "https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html"
ENCRYPTION = "https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html"


def holds_results(bucket: Resource, graph: Graph) -> bool:
    """Whether a workgroup writes its answers there: they can be asked for again."""
    return bool(graph.pointing_at(bucket, "configuration", WORKGROUP))


@rule(
    "athena-workgroup-must-bind-its-users",
    WORKGROUP,
    severity=Severity.MEDIUM,
    description="The settings of a workgroup hold for all who use it, and no query reads without end.",
    remediation="Set configuration.enforceWorkgroupConfiguration to true and bytesScannedCutoffPerQuery to a limit.",
    references=References(checkov="CKV_AWS_82", practice="SEC08-BP04"),
    url=SETTINGS,
)
def binds_users(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "configuration.enforceWorkgroupConfiguration", is_true, "who uses it may override its settings"
    )
    yield from expect(
        resource,
        "configuration.bytesScannedCutoffPerQuery",
        lambda limit: number(limit) > 0,
        "a query may read without end",
    )


@rule(
    "athena-workgroup-must-encrypt-results",
    WORKGROUP,
    severity=Severity.HIGH,
    description="Answers go to a bucket of this stack and are encrypted with a key of this stack.",
    remediation="Set configuration.resultConfiguration: outputLocation in a bucket of this stack, "
    "encryptionConfiguration with encryptionOption SSE_KMS and kmsKeyArn.",
    references=References(checkov="CKV_AWS_159", practice="SEC08-BP02"),
    url=ENCRYPTION,
)
def encrypts_results(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.linked(resource, "configuration", BUCKET):
        yield "writes results to no bucket of this stack"
    if not graph.linked(resource, "configuration", KEY):
        yield "encrypts results with no key of this stack"
    yield from expect(
        resource,
        "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
        lambda option: is_one_of(option, {"SSE_KMS", "CSE_KMS"}),
        "results are not encrypted with KMS",
    )


@rule(
    "athena-workgroup-must-be-measured",
    WORKGROUP,
    severity=Severity.MEDIUM,
    description="How many queries fail and how much they read is a metric.",
    remediation="Set configuration.publishCloudwatchMetricsEnabled to true.",
    references=References(fsbp="Athena.4"),
    remedy=(Setting(path="configuration.publishCloudwatchMetricsEnabled"),),
)
def measured(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "configuration.publishCloudwatchMetricsEnabled", is_true, "publishes no metrics")
