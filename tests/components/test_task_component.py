"""Task definitions: what each container is allowed and given."""

import json
from functools import cache
from typing import Any

import pytest

from components.task import Task, TaskArgs
from dify.services import WORKER
from tests.components.component_graphs import LOGS, container, document, pairs, program, site
from tests.recorder import Graph, record

_ALL = ("web", "api", "worker", "beat", "migration")
_API_IMAGE = ("api", "worker", "beat", "migration")


@cache
def _task() -> Graph:
    args = TaskArgs(
        site=site(), logs=LOGS, service=WORKER, image="image:1", cpu=1024, memory=2048,
        environment={"B": "2", "A": "1"}, secrets={"KEY": "arn:secret:KEY::"},
        secret_statements=[{"Sid": "Read", "Effect": "Allow", "Action": ["read"], "Resource": "secret"}],
        statements=[{"Sid": "Files", "Effect": "Allow", "Action": ["files"], "Resource": "bucket"}],
    )  # fmt: skip
    return record(lambda: Task("worker", args))


def _sids(graph: Graph, role: str) -> set[str]:
    return {statement["Sid"] for statement in document(graph.named(f"{role}-policy").inputs["policy"])}


def test_a_task_is_of_the_given_size_on_fargate() -> None:
    inputs = _task().one(":TaskDefinition").inputs
    assert (inputs["cpu"], inputs["memory"]) == ("1024", "2048")
    assert (inputs["requiresCompatibilities"], inputs["networkMode"]) == (["FARGATE"], "awsvpc")


def test_who_starts_a_task_and_who_runs_in_it_are_two_roles() -> None:
    inputs = _task().one(":TaskDefinition").inputs
    assert (inputs["executionRoleArn"], inputs["taskRoleArn"]) == ("worker-execution-arn", "worker-task-arn")


def test_only_who_starts_a_task_reads_its_secrets_and_only_dify_reads_files() -> None:
    assert _sids(_task(), "worker-execution") == {"WriteLogs", "Read"}
    assert _sids(_task(), "worker-task") == {"Files"}


@pytest.mark.parametrize("role", ["worker-execution", "worker-task"])
def test_the_roles_are_taken_by_tasks_of_this_account_only(role: str) -> None:
    (statement,) = document(_task().named(role).inputs["assumeRolePolicy"])
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_logs_are_written_to_the_tasks_own_group_only() -> None:
    (write,) = [s for s in document(_task().named("worker-execution-policy").inputs["policy"]) if s["Sid"] != "Read"]
    assert write["Resource"] == "worker-logs-arn:*"
    assert write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_variables_and_secrets_arrive_sorted_so_that_no_change_is_no_deployment() -> None:
    (made,) = json.loads(_task().one(":TaskDefinition").inputs["containerDefinitions"])
    assert made["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert made["secrets"] == [{"name": "KEY", "valueFrom": "arn:secret:KEY::"}]


@pytest.mark.parametrize("service", _ALL)
def test_the_root_file_system_is_read_only_and_scratch_is_in_memory(service: str) -> None:
    made = container(program(), service)
    assert made["readonlyRootFilesystem"] is True
    assert "/tmp" in {mount["containerPath"] for mount in made["linuxParameters"]["tmpfs"]}  # noqa: S108
    assert all(0 < mount["size"] <= 1024 for mount in made["linuxParameters"]["tmpfs"])


@pytest.mark.parametrize("service", _ALL)
def test_a_container_has_neither_root_nor_privileges(service: str) -> None:
    made = container(program(), service)
    assert int(made["user"]) > 0
    assert not {"privileged", "dockerSecurityOptions"} & set(made)
    assert "capabilities" not in made["linuxParameters"]


@pytest.mark.parametrize("service", _ALL)
def test_a_container_logs_to_its_services_encrypted_group_without_ever_blocking(service: str) -> None:
    options = container(program(), service)["logConfiguration"]["options"]
    group = program().named(f"{service}-logs").inputs
    assert options["awslogs-group"] == group["name"] == f"/dify-prod/{service}"
    assert options["mode"] == "non-blocking"
    assert group["retentionInDays"] == 365


@pytest.mark.parametrize("service", _API_IMAGE)
def test_secrets_come_by_reference_to_secrets_of_this_stack_only(service: str) -> None:
    secrets = pairs(container(program(), service)["secrets"], "valueFrom")
    assert {"SECRET_KEY", "DB_PASSWORD", "REDIS_PASSWORD", "CELERY_BROKER_URL"} <= set(secrets)
    owners = ("secrets-application-arn:", "secrets-cache-arn:", "database-instance-masterUserSecrets-secretArn:")
    assert all(source.startswith(owners) for source in secrets.values())


def test_the_web_gets_no_secret_and_no_permission_beyond_its_logs() -> None:
    assert container(program(), "web")["secrets"] == []
    assert _sids(program(), "web-execution") == {"WriteLogs"}
    assert not [resource for resource in program().resources if resource.name == "web-task-policy"]


@pytest.mark.parametrize("service", _API_IMAGE)
def test_who_starts_the_api_image_reads_exactly_the_secrets_that_it_takes(service: str) -> None:
    statements = document(program().named(f"{service}-execution-policy").inputs["policy"])
    readable = _resources(statements, "secretsmanager:GetSecretValue")
    taken = pairs(container(program(), service)["secrets"], "valueFrom").values()
    assert readable == {source.rsplit(":", 3)[0] for source in taken}


@pytest.mark.parametrize("service", _API_IMAGE)
def test_dify_reaches_the_files_bucket_and_no_other(service: str) -> None:
    statements = document(program().named(f"{service}-task-policy").inputs["policy"])
    bucket = "storage-files-bucket-arn"
    assert {r for s in statements if s["Sid"] != "EncryptFiles" for r in _listed(s)} == {bucket, f"{bucket}/*"}
    assert not [action for s in statements for action in s["Action"] if "*" in action]


def test_only_the_migration_migrates() -> None:
    flags = {
        service: pairs(container(program(), service)["environment"])["MIGRATION_ENABLED"] for service in _API_IMAGE
    }
    assert flags == {"api": "false", "worker": "false", "beat": "false", "migration": "true"}


def test_the_services_of_the_api_image_run_the_same_image() -> None:
    assert len({container(program(), service)["image"] for service in _API_IMAGE}) == 1


def test_the_api_is_reached_inside_by_the_name_that_it_registers() -> None:
    graph = program()
    name, zone = graph.named("api-discovery").inputs["name"], graph.named("cluster-namespace").inputs["name"]
    environment = pairs(container(graph, "web")["environment"])
    assert environment["SERVER_CONSOLE_API_URL"] == f"http://{name}.{zone}:5001"


def _listed(statement: dict[str, Any]) -> list[str]:
    resource: str | list[str] = statement["Resource"]
    return [resource] if isinstance(resource, str) else resource


def _resources(statements: list[dict[str, Any]], action: str) -> set[str]:
    return {resource for s in statements if action in s["Action"] for resource in _listed(s)}
