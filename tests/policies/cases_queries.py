"""Cases of the rules about Athena."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, put

_RESULTS = "configuration.resultConfiguration"

CASES = [
    Case(
        rule="athena-workgroup-must-bind-its-users",
        at=t.WORKGROUP,
        breaks=put("configuration.enforceWorkgroupConfiguration", False),
        loses="configuration.bytesScannedCutoffPerQuery",
        hides="configuration.enforceWorkgroupConfiguration",
    ),
    Case(
        rule="athena-workgroup-must-encrypt-results",
        at=t.WORKGROUP,
        breaks=put(f"{_RESULTS}.encryptionConfiguration.encryptionOption", "SSE_S3"),
        loses=_RESULTS,
        hides=f"{_RESULTS}.encryptionConfiguration.encryptionOption",
    ),
    Case(
        rule="athena-workgroup-must-be-measured",
        at=t.WORKGROUP,
        breaks=put("configuration.publishCloudwatchMetricsEnabled", False),
        loses="configuration.publishCloudwatchMetricsEnabled",
        hides="configuration.publishCloudwatchMetricsEnabled",
    ),
]
