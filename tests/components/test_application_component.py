"""Dify's services together: who may read, reach and run what."""

import json
from typing import Any

import pytest

from components.application import Application
from dify.queues import ALL_QUEUES
from tests.components.component_graphs import below, container, containers, document, pairs, program
from tests.components.program_variants import AGENTS, CLOSED, POOLED, variant
from tests.recorder import Graph

_SERVICES = (
    "web", "api", "api-websocket", "worker", "beat", "plugin-daemon", "sandbox", "ssrf-proxy", "agent-backend",
    "local-sandbox", "agent-ssrf-proxy", "migration",
)  # fmt: skip
_AGENTS = {"agent-backend", "local-sandbox", "agent-ssrf-proxy"}
_API_IMAGE = ("api", "api-websocket", "worker", "beat", "migration")
_NOTHING = ("web", "sandbox", "ssrf-proxy", "agent-backend", "local-sandbox", "agent-ssrf-proxy")
_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:mail-AbCdEf"
_MAIL = {"mail": {"port": 587, "sender": "dify@example.com", "server": "smtp.example.com", "login": _LOGIN}}


def _statements(graph: Graph, role: str) -> list[dict[str, Any]]:
    return [
        statement
        for policy in graph.of("iam/rolePolicy:RolePolicy")
        if policy.name == f"{role}-policy"
        for statement in document(policy.inputs["policy"])
    ]


def _listed(statement: dict[str, Any]) -> list[str]:
    resource: str | list[str] = statement["Resource"]
    return [resource] if isinstance(resource, str) else resource


def _resources(statements: list[dict[str, Any]], action: str) -> set[str]:
    return {resource for s in statements if action in s["Action"] for resource in _listed(s)}


def _sources(graph: Graph, service: str) -> dict[str, str]:
    """The `valueFrom` of every secret variable of every container of a service."""
    return {
        name: source
        for made in containers(graph, service).values()
        for name, source in pairs(made.get("secrets", []), "valueFrom").items()
    }


def _running(graph: Graph) -> set[str]:
    return {service.inputs["name"] for service in graph.of("ecs/service:Service")}


@pytest.mark.parametrize("changes", [AGENTS, CLOSED, POOLED, _MAIL], ids=["agents", "closed", "pooled", "mail"])
def test_who_starts_a_task_reads_exactly_the_secrets_that_its_containers_name(changes: dict[str, Any]) -> None:
    graph = variant(changes)
    for service in _running(graph) | {"migration"}:
        readable = _resources(_statements(graph, f"{service}-execution"), "secretsmanager:GetSecretValue")
        assert readable == {source.rsplit(":", 3)[0] for source in _sources(graph, service).values()}, service


def test_a_secret_comes_by_reference_to_one_field_of_a_secret_of_this_stack() -> None:
    graph = variant(AGENTS)
    secrets = {f"{secret.name}-arn" for secret in graph.of(":Secret")}
    for service in _SERVICES:
        for name, source in _sources(graph, service).items():
            arn, field, *versions = source.rsplit(":", 3)
            assert arn in secrets, (service, name)
            assert field, (service, name)
            assert versions == ["", ""], (service, name)


@pytest.mark.parametrize("service", _API_IMAGE)
def test_the_api_image_takes_its_key_and_its_logins_by_reference(service: str) -> None:
    named = {"SECRET_KEY", "INIT_PASSWORD", "DB_USERNAME", "DB_PASSWORD", "REDIS_PASSWORD", "CELERY_BROKER_URL"}
    assert named <= set(_sources(program(), service))
    assert not named & set(pairs(container(program(), service)["environment"]))


def test_no_service_ever_reads_the_login_of_the_databases_owner() -> None:
    owner = "database-instance-masterUserSecrets-secretArn"
    graph = variant(AGENTS)
    readers = {
        policy.name
        for policy in graph.of("iam/rolePolicy:RolePolicy")
        if owner in _resources(document(policy.inputs["policy"]), "secretsmanager:GetSecretValue")
    }
    assert readers == {"database-setup-role-policy", "rotation-role-policy"}


def test_the_plugin_daemon_shares_with_the_api_only_the_keys_by_which_they_know_each_other() -> None:
    graph = program()
    api, plugins = set(_sources(graph, "api").values()), set(_sources(graph, "plugin-daemon").values())
    assert api & plugins == {"secrets-plugin-daemon-key-arn:KEY::", "secrets-inner-api-key-arn:KEY::"}


@pytest.mark.parametrize(("service", "secrets"), [
    ("web", set[str]()), ("ssrf-proxy", set[str]()), ("agent-ssrf-proxy", set[str]()),
    ("sandbox", {"secrets-sandbox-key-arn:KEY::"}), ("local-sandbox", {"secrets-local-sandbox-token-arn:TOKEN::"}),
])  # fmt: skip
def test_who_runs_or_carries_other_peoples_code_has_the_key_to_its_own_door_at_most(
    service: str, secrets: set[str]
) -> None:
    assert set(_sources(variant(AGENTS), service).values()) == secrets


def test_the_web_starts_with_leave_to_pull_its_image_and_to_write_its_logs_and_nothing_more() -> None:
    assert {s["Sid"] for s in _statements(program(), "web-execution")} == {"WriteLogs", "RegistryLogin", "PullImages"}


@pytest.mark.parametrize("service", _SERVICES)
def test_who_starts_a_task_pulls_its_images_and_no_other(service: str) -> None:
    graph = variant(AGENTS)
    repositories = _resources(_statements(graph, f"{service}-execution"), "ecr:BatchGetImage")
    images = {made["image"].split("-repositoryUrl@")[0] for made in containers(graph, service).values()}
    assert repositories == {f"{image}-arn" for image in images}


@pytest.mark.parametrize("service", _NOTHING)
def test_who_needs_nothing_of_aws_runs_with_a_role_that_may_do_nothing(service: str) -> None:
    graph = variant(AGENTS)
    assert graph.named(f"{service}-definition").inputs["taskRoleArn"] == f"{service}-task-arn"
    assert _statements(graph, f"{service}-task") == []
    attached = [a.name for a in graph.of(":RolePolicyAttachment") if a.name.startswith(f"{service}-task")]
    assert attached == []


@pytest.mark.parametrize("service", _API_IMAGE)
def test_dify_reaches_the_files_bucket_and_no_other(service: str) -> None:
    statements = _statements(program(), f"{service}-task")
    bucket = "storage-files-bucket-arn"
    assert {r for s in statements if "s3:" in s["Action"][0] for r in _listed(s)} == {bucket, f"{bucket}/*"}
    assert not [action for s in statements for action in s["Action"] if "*" in action]


@pytest.mark.parametrize(("service", "searches"), [
    ("api", True), ("worker", True), ("migration", True), ("api-websocket", False), ("beat", False),
])  # fmt: skip
def test_vectors_are_reached_by_those_who_read_and_write_them(service: str, searches: bool) -> None:
    assert bool(_resources(_statements(program(), f"{service}-task"), "es:ESHttpPost")) is searches


@pytest.mark.parametrize("service", ["api", "worker", "migration"])
def test_who_keeps_vectors_starts_once_the_search_domain_lets_its_role_in(service: str) -> None:
    definition = program().named(f"{service}-definition")
    assert program().named("search-setup-readers").urn in definition.property_dependencies["containerDefinitions"]


def test_the_plugin_daemon_reaches_the_plugins_bucket_only() -> None:
    statements = _statements(program(), "plugin-daemon-task")
    bucket = "storage-plugins-bucket-arn"
    assert {r for s in statements if s["Sid"] != "EncryptPlugins" for r in _listed(s)} == {bucket, f"{bucket}/*"}
    (encrypt,) = [s for s in statements if s["Sid"] == "EncryptPlugins"]
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}


def test_without_the_internet_the_plugin_daemon_may_also_fetch_packages_and_nobody_else_may() -> None:
    graph = variant(CLOSED)
    readers = {
        policy.name
        for policy in graph.of("iam/rolePolicy:RolePolicy")
        if _resources(document(policy.inputs["policy"]), "codeartifact:ReadFromRepository")
    }
    assert readers == {"plugin-daemon-task-policy"}


def test_agents_bring_exactly_their_services() -> None:
    assert _running(variant(AGENTS)) - _running(program()) == _AGENTS
    assert _running(program()) == set(_SERVICES) - _AGENTS - {"migration"}


def test_agents_bring_exactly_their_secrets() -> None:
    added = {s.name for s in variant(AGENTS).of(":Secret")} - {s.name for s in program().of(":Secret")}
    agents = ("agent-cache", "agent-token", "agent-server-key", "local-sandbox-token")
    assert added == {f"secrets-{name}" for name in agents}


def test_a_feature_is_shown_exactly_where_its_services_run() -> None:
    shown = [pairs(container(graph, "web")["environment"]) for graph in (program(), variant(AGENTS))]
    assert [variables["NEXT_PUBLIC_ENABLE_AGENT_V2"] for variables in shown] == ["false", "true"]
    told = ["AGENT_BACKEND_BASE_URL" in pairs(container(g, "api")["environment"]) for g in (program(), variant(AGENTS))]
    assert told == [False, True]


def test_without_collaboration_nobody_runs_for_it_nothing_is_routed_there_and_it_is_hidden() -> None:
    graph = variant({"services.collaboration.enabled": False})
    assert _running(program()) - _running(graph) == {"api-websocket"}
    assert not [group for group in graph.of(":TargetGroup") if "websocket" in group.name]
    assert "/socket.io/" not in json.dumps([rule.inputs["conditions"] for rule in graph.of(":ListenerRule")])
    assert "NEXT_PUBLIC_SOCKET_URL" not in pairs(container(graph, "web")["environment"])
    assert pairs(container(graph, "api")["environment"])["ENABLE_COLLABORATION_MODE"] == "false"


def test_the_operators_own_secrets_are_read_by_the_api_image_alone() -> None:
    graph = variant(_MAIL)
    takers = {service for service in _running(graph) if "SMTP_PASSWORD" in _sources(graph, service)}
    assert takers == {"api", "api-websocket", "worker", "beat"}
    assert _sources(graph, "api")["SMTP_PASSWORD"] == f"{_LOGIN}:password::"


def test_worker_groups_replace_the_worker_and_each_takes_its_own_queues() -> None:
    groups = [{"name": name, "queues": list(ALL_QUEUES[at::2])} for at, name in enumerate(("even", "odd"))]
    graph = variant({"services.workerGroups": groups, "database.poolSize": 4, "database.maxOverflow": 4})
    assert _running(graph) - _running(program()) == {"worker-even", "worker-odd"}
    assert "worker" not in _running(graph)
    taken = {n: pairs(container(graph, f"worker-{n}")["environment"])["CELERY_WORKER_QUEUES"] for n in ("even", "odd")}
    assert {name: queues.split(",") for name, queues in taken.items()} == {g["name"]: g["queues"] for g in groups}
    for name in ("even", "odd"):
        assert {s["Sid"] for s in _statements(graph, f"worker-{name}-task")} == {
            s["Sid"] for s in _statements(program(), "worker-task")
        }


def test_every_service_belongs_to_the_application() -> None:
    names = {component.name for component in below(variant(AGENTS), Application, "application")}
    assert names == set(_SERVICES)
