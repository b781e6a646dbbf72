"""Cases of the rules about OpenSearch."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, every_statement, named, put, remove, unlink

CASES = [
    Case(
        rule="opensearch-domain-must-be-encrypted",
        at=t.SEARCH,
        breaks=put("encryptAtRest.enabled", False),
        loses="encryptAtRest",
        hides="encryptAtRest.enabled",
    ),
    Case(
        rule="opensearch-domain-must-encrypt-between-nodes",
        at=t.SEARCH,
        breaks=put("nodeToNodeEncryption.enabled", False),
        loses="nodeToNodeEncryption",
        hides="nodeToNodeEncryption.enabled",
    ),
    Case(
        rule="opensearch-domain-must-demand-tls",
        at=t.SEARCH,
        breaks=put("domainEndpointOptions.tlsSecurityPolicy", "Policy-Min-TLS-1-0-2019-07"),
        loses="domainEndpointOptions.enforceHttps",
        hides="domainEndpointOptions.enforceHttps",
    ),
    Case(
        rule="opensearch-domain-must-be-in-the-network",
        at=t.SEARCH,
        breaks=put("vpcOptions.subnetIds", []),
        loses="vpcOptions.securityGroupIds",
        hides="vpcOptions",
    ),
    Case(
        rule="opensearch-domain-must-control-access",
        at=t.SEARCH,
        breaks=put("advancedSecurityOptions.internalUserDatabaseEnabled", True),
        loses="advancedSecurityOptions",
        hides="advancedSecurityOptions.enabled",
    ),
    Case(
        rule="opensearch-domain-policy-must-not-be-public",
        at=t.SEARCH,
        breaks=every_statement(Principal={"AWS": "*"})("accessPolicies"),
        loses="accessPolicies",
        hides="accessPolicies",
    ),
    Case(
        rule="opensearch-domain-must-publish-its-logs",
        at=t.SEARCH,
        breaks=put("logPublishingOptions", [{"logType": "ES_APPLICATION_LOGS"}]),
        loses="logPublishingOptions",
        hides="logPublishingOptions",
    ),
    Case(
        rule="opensearch-domain-must-outlive-a-zone",
        at=t.SEARCH,
        breaks=put("clusterConfig.instanceCount", 2),
        loses="clusterConfig.dedicatedMasterCount",
        hides="clusterConfig.zoneAwarenessEnabled",
    ),
    Case(
        rule="opensearch-domain-must-have-snapshots-outside",
        at=t.ROLE_POLICY,
        where=named("search-snapshots-role-policy"),
        breaks=remove,
        loses=unlink("policy"),
        hides="policy",
        # A bucket of which nobody knows that it holds snapshots is one that needs a backup.
        also=frozenset({"backup-selection-must-cover-stores"}),
        set_when_unknown=True,
    ),
    Case(
        rule="opensearch-domain-must-update-itself",
        at=t.SEARCH,
        breaks=put("softwareUpdateOptions.autoSoftwareUpdateEnabled", False),
        loses="softwareUpdateOptions",
        hides="softwareUpdateOptions.autoSoftwareUpdateEnabled",
    ),
]
