"""What holds for the whole program in every stack, before and after its resources exist."""

import json
import re
from importlib import import_module

import pytest

from components.component import Component
from tests.recorder import ROOT, Graph, Recorded
from tests.recordings import recorded

_STACKS = ("prod", "staging", "dev")
_STATEFUL = (
    "rds/instance:Instance",
    "elasticache/replicationGroup:ReplicationGroup",
    "s3/bucket:Bucket",
    "kms/key:Key",
    "secretsmanager/secret:Secret",
    "backup/vault:Vault",
    "opensearch/domain:Domain",
)
_TOKENS = {
    "alarms": "dify:observability:Alarms",
    "application": "dify:compute:Application",
    "application_errors": "dify:observability:ApplicationErrors",
    "audit_queries": "dify:security:AuditQueries",
    "audit_store": "dify:security:AuditStore",
    "backup": "dify:data:Backup",
    "boundary": "dify:security:Boundary",
    "bucket": "dify:data:Bucket",
    "burn_rates": "dify:observability:BurnRates",
    "business_history": "dify:data:BusinessHistory",
    "business_metrics": "dify:observability:BusinessMetrics",
    "business_queries": "dify:observability:BusinessQueries",
    "cache": "dify:data:Cache",
    "causes": "dify:observability:Causes",
    "certificate": "dify:edge:Certificate",
    "cluster": "dify:compute:Cluster",
    "costs": "dify:observability:Costs",
    "dashboards": "dify:observability:Dashboards",
    "database": "dify:data:Database",
    "database_backups_replica": "dify:data:DatabaseBackupsReplica",
    "database_events": "dify:observability:DatabaseEvents",
    "database_setup": "dify:data:DatabaseSetup",
    "detection": "dify:security:Detection",
    "dns_logs": "dify:network:DnsLogs",
    "dns_records": "dify:edge:DnsRecords",
    "endpoints": "dify:network:Endpoints",
    "events": "dify:observability:Events",
    "files_replica": "dify:data:FilesReplica",
    "files_replication": "dify:data:FilesReplication",
    "firewall": "dify:network:Firewall",
    "flow_logs": "dify:network:FlowLogs",
    "function": "dify:compute:Function",
    "images": "dify:compute:Images",
    "key": "dify:security:Key",
    "keys": "dify:security:Keys",
    "load_balancer": "dify:edge:LoadBalancer",
    "log_queries": "dify:observability:LogQueries",
    "network": "dify:network:Network",
    "notifications": "dify:observability:Notifications",
    "probe": "dify:observability:Probe",
    "queue_depth": "dify:compute:QueueDepth",
    "rehearsal": "dify:observability:Rehearsal",
    "restore_testing": "dify:data:RestoreTesting",
    "rotation": "dify:security:Rotation",
    "scaling": "dify:compute:Scaling",
    "search": "dify:data:Search",
    "search_snapshots": "dify:data:SearchSnapshots",
    "secrets": "dify:security:Secrets",
    "service": "dify:compute:FargateService",
    "storage": "dify:data:Storage",
    "task": "dify:compute:Task",
    "trail": "dify:security:Trail",
    "vector_store": "dify:data:VectorStore",
    "web_acl": "dify:edge:WebAcl",
}
"""Module -> type token. A token is part of every URN: changing one replaces what stands below it."""

_OPTIONAL = {
    "chat": "dify:observability:Chat",
    "content_delivery": "dify:edge:ContentDelivery",
    "database_proxy": "dify:data:DatabaseProxy",
    "dns_firewall": "dify:network:DnsFirewall",
    "package_index": "dify:compute:PackageIndex",
    "pipeline": "dify:security:Pipeline",
    "sign_in": "dify:edge:SignIn",
    "webhooks": "dify:observability:Webhooks",
}
"""Used where a stack wants CloudFront, pooled connections, filtered names, no internet, deployment from a repository,
an identity provider, or alarms in a chat channel or at an address that is a secret."""

HOST = {
    "docker_host.application": "dify:host:Application",
    "docker_host.backup": "dify:host:Backup",
    "docker_host.container": "dify:host:Container",
    "docker_host.database": "dify:host:DatabasePair",
    "docker_host.images": "dify:host:Images",
    "docker_host.networks": "dify:host:Networks",
    "docker_host.nginx": "dify:host:Nginx",
    "docker_host.redis": "dify:host:Redis",
    "docker_host.secret_keeper": "dify:host:SecretKeeper",
    "docker_host.volumes": "dify:host:Volumes",
}
"""Used by the stack whose target is one Docker host."""

_REGIONS = {
    "prod": ["eu-central-1", "eu-west-1"],
    "staging": ["eu-central-1"],
    "dev": ["eu-central-1"],
}
"""Where each stack has resources: production copies its files."""

_SECRET_VALUE = re.compile(
    r"PRIVATE KEY|difyai123456|AKIA[0-9A-Z]{16}|sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U"
    r"|password=[^{\s]|://[^/\s{}]+:[^/\s{}]+@",
    re.IGNORECASE,
)


_STATEFUL_HERE = {"dev": tuple(kind for kind in _STATEFUL if kind != "opensearch/domain:Domain")}
"""dev keeps its vectors in PostgreSQL."""


def _aws(graph: Graph) -> list[Recorded]:
    return [resource for resource in graph.resources if resource.type.startswith("aws:")]


@pytest.mark.parametrize("stack", _STACKS)
def test_no_two_resources_share_a_urn(stack: str) -> None:
    urns = [resource.urn for resource in recorded(stack).resources]
    assert len(urns) > 350
    assert len(set(urns)) == len(urns)


@pytest.mark.parametrize("stack", _STACKS)
def test_every_resource_of_aws_sits_under_a_component(stack: str) -> None:
    graph = recorded(stack)
    components = {resource.urn for resource in graph.resources if resource.type.startswith("dify:")}
    assert not [resource.name for resource in _aws(graph) if resource.parent not in components]


@pytest.mark.parametrize("stack", _STACKS)
def test_a_preview_shows_exactly_the_resources_that_an_update_makes(stack: str) -> None:
    shown = {resource.urn for resource in recorded(stack, preview=True).resources}
    assert shown == {resource.urn for resource in recorded(stack).resources}


@pytest.mark.parametrize("stack", _STACKS)
def test_stateful_resources_are_protected_exactly_where_data_is_retained(stack: str) -> None:
    for kind in _STATEFUL_HERE.get(stack, _STATEFUL):
        found = recorded(stack).of(kind)
        assert found, kind
        assert {resource.protect for resource in found} == {stack != "dev"}, kind


@pytest.mark.parametrize("stack", _STACKS)
def test_nothing_but_data_is_protected(stack: str) -> None:
    protected = {resource.type for resource in recorded(stack).resources if resource.protect}
    assert {kind.removeprefix("aws:") for kind in protected} <= {*_STATEFUL, "dify:data:VectorStore"}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("stack", _STACKS)
def test_every_resource_of_aws_uses_an_explicit_provider_and_none_is_idle(stack: str, preview: bool) -> None:
    graph = recorded(stack, preview=preview)
    providers = {provider.urn for provider in graph.of("pulumi:providers:aws")}
    assert {resource.provider.rsplit("::", 1)[0] for resource in _aws(graph)} == providers
    assert len(providers) == len(_REGIONS[stack])


@pytest.mark.parametrize(
    ("stack", "account"), [("prod", "111122223333"), ("staging", "111122224444"), ("dev", "111122225555")]
)
def test_each_provider_refuses_any_other_account_and_tags_everything(stack: str, account: str) -> None:
    providers = [provider.inputs for provider in recorded(stack).of("pulumi:providers:aws")]
    assert sorted(provider["region"] for provider in providers) == _REGIONS[stack]
    for inputs in providers:
        assert json.loads(inputs["allowedAccountIds"]) == [account]
        assert json.loads(inputs["defaultTags"])["tags"] == {
            "project": "dify", "stack": f"dify-{stack}", "managed-by": "pulumi",
            "environment": stack, "owner": "platform", "cost-center": "ai"
        }  # fmt: skip


@pytest.mark.parametrize("stack", _STACKS)
def test_no_input_anywhere_carries_the_value_of_a_secret(stack: str) -> None:
    found = {r.name: m.group() for r in recorded(stack).resources if (m := _SECRET_VALUE.search(str(r.inputs)))}
    assert found == {}


@pytest.mark.parametrize("text", ["PASSWORD=abc", "redis://user:word@host", "-----BEGIN PRIVATE KEY-----"])
def test_the_search_for_secrets_finds_one(text: str) -> None:
    assert _SECRET_VALUE.search(text)


@pytest.mark.parametrize("stack", _STACKS)
def test_no_plain_variable_of_a_container_has_the_name_of_a_secret(stack: str) -> None:
    containers = [
        c for d in recorded(stack).of(":TaskDefinition") for c in json.loads(d.inputs["containerDefinitions"])
    ]
    names = {variable["name"] for container in containers for variable in container.get("environment", [])}
    assert len(containers) >= 9
    assert not [name for name in names if re.search("PASSWORD|SECRET|API_KEY|PRIVATE|BROKER_URL", name)]


def test_every_component_has_its_pinned_type() -> None:
    import_module("assembly")
    classes = [kind for kind in Component.__subclasses__() if kind.__module__.startswith("components.")]
    assert {kind.__module__.removeprefix("components."): kind.type_token for kind in classes} == {
        **_TOKENS, **_OPTIONAL, **HOST
    }  # fmt: skip


def test_every_pinned_type_is_used_by_the_program() -> None:
    used = {resource.type for resource in recorded("prod").resources if resource.type.startswith("dify:")}
    assert used == set(_TOKENS.values())


@pytest.mark.parametrize("stack", _STACKS)
def test_every_component_registers_its_outputs(stack: str) -> None:
    components = {resource.urn for resource in recorded(stack).resources if resource.type.startswith("dify:")}
    assert components <= set(recorded(stack).component_outputs)


_MORE_OUTPUTS = {"prod": ("copies", "database_copies", "vectors"), "staging": ("vectors",)}


@pytest.mark.parametrize("stack", _STACKS)
def test_the_stack_says_everything_that_operations_need(stack: str) -> None:
    outputs = recorded(stack).stack_outputs
    assert set(outputs) == {
        "url", "release", "load_balancer", "cluster", "services", "migration_task_definition",
        "migration_security_group",
        "private_subnets", "database", "database_secret", "cache", "application_secret", "buckets", "backup_vault",
        "backup_role", "alarm_topics", "log_groups", "secrets", "functions", "audit", "availability", "dashboards",
        *_MORE_OUTPUTS.get(stack, ()),
    }  # fmt: skip
    assert all(outputs.values())
    assert set(outputs["services"]) == {
        "web", "api", "api-websocket", "worker", "beat", "plugin-daemon", "sandbox", "ssrf-proxy"
    }  # fmt: skip
    assert set(outputs["buckets"]) == {"files", "plugins", "history", "logs", "audit"}


@pytest.mark.parametrize("stack", _STACKS)
def test_stacks_never_share_a_name_in_an_account(stack: str) -> None:
    graph = recorded(stack)
    assert graph.named("cluster-cluster").inputs["name"] == f"dify-{stack}"
    assert graph.named("backup-vault").inputs["name"] == f"dify-{stack}"
    assert graph.named("database-instance").inputs["identifier"] == f"dify-{stack}-database"
    assert all(f"dify-{stack}" in group.inputs["name"] for group in graph.of(":LogGroup"))


def test_the_program_has_a_table_of_every_stack_file() -> None:
    assert {path.name for path in ROOT.glob("Pulumi.*.yaml")} == {
        f"Pulumi.{stack}.yaml" for stack in (*_STACKS, "host")
    }
