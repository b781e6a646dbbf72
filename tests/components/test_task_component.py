"""Task definitions: their size, their two roles and their logs."""

import json
from functools import cache

import pytest

from components.task import Task, TaskArgs, task_role_arn
from dify.plan import Deployment
from dify.services import PLUGIN_DAEMON, WORKER
from tests.components.component_graphs import LOGS, container, document, pairs, program, site
from tests.components.program_variants import AGENTS, variant
from tests.recorder import Graph, record

_API_IMAGE = ("api", "api-websocket", "worker", "beat", "migration")


@cache
def _task() -> Graph:
    args = TaskArgs(
        site=site(), logs=LOGS, deployment=Deployment(service=WORKER, cpu=1024, memory=2048), image="image:1",
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
    assert inputs["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}


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


def test_a_tasks_role_has_the_name_by_which_others_let_it_in_before_it_is_made() -> None:
    given = _task().named("worker-task").inputs
    assert given["path"] == "/dify-prod/"
    assert task_role_arn(site(), "worker") == f"arn:aws:iam::111122223333:role/dify-prod/{given['name']}"


def test_every_role_with_a_name_of_its_own_keeps_to_the_length_of_iam() -> None:
    names = [role.inputs["name"] for role in variant(AGENTS).of("iam/role:Role") if "name" in role.inputs]
    assert len(names) == len(set(names)) >= 12
    assert max(map(len, names)) <= 64


def test_logs_are_written_to_the_tasks_own_group_only() -> None:
    (write,) = [s for s in document(_task().named("worker-execution-policy").inputs["policy"]) if s["Sid"] != "Read"]
    assert write["Resource"] == "worker-logs-arn:*"
    assert write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_the_container_gets_what_the_task_is_given() -> None:
    (made,) = json.loads(_task().one(":TaskDefinition").inputs["containerDefinitions"])
    assert (made["name"], made["image"]) == ("worker", "image:1")
    assert made["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert made["secrets"] == [{"name": "KEY", "valueFrom": "arn:secret:KEY::"}]


def test_a_larger_disk_than_the_free_one_is_asked_for_where_it_is_chosen() -> None:
    def built(service_disk: int) -> Graph:
        deployment = Deployment(service=PLUGIN_DAEMON, cpu=1024, memory=2048, disk_gib=service_disk)
        args = TaskArgs(site=site(), logs=LOGS, deployment=deployment, image="image:1", environment={}, secrets={})
        return record(lambda: Task("plugin-daemon", args))

    assert built(21).one(":TaskDefinition").inputs["ephemeralStorage"] == {"sizeInGib": 21}
    assert "ephemeralStorage" not in built(20).one(":TaskDefinition").inputs


def test_only_the_migration_migrates() -> None:
    flags = {
        service: pairs(container(program(), service)["environment"])["MIGRATION_ENABLED"] for service in _API_IMAGE
    }
    assert flags == {**dict.fromkeys(_API_IMAGE, "false"), "migration": "true"}


def test_the_migration_is_a_task_definition_that_nothing_keeps_running() -> None:
    assert program().named("migration-definition").inputs["family"] == "dify-prod-migration"
    assert "migration" not in {service.inputs["name"] for service in program().of("ecs/service:Service")}


def test_the_services_of_the_api_image_run_the_same_image() -> None:
    assert len({container(program(), service)["image"] for service in _API_IMAGE}) == 1


def test_what_is_copied_runs_by_the_digest_of_the_copy() -> None:
    for definition in program().of(":TaskDefinition"):
        for made in json.loads(definition.inputs["containerDefinitions"]):
            assert made["image"].startswith("images-"), definition.name
            assert "-repository-repositoryUrl@sha256:" in made["image"], definition.name


def test_a_service_is_reached_inside_by_the_name_that_it_registers() -> None:
    graph = variant(AGENTS)
    zone = graph.named("cluster-namespace").inputs["name"]
    registered = {entry.inputs["name"] for entry in graph.of("servicediscovery/service:Service")}
    asked: set[str] = set()
    for definition in graph.of(":TaskDefinition"):
        (made,) = [one for one in json.loads(definition.inputs["containerDefinitions"]) if one["name"] != "disk-owner"]
        for value in pairs(made["environment"]).values():
            asked |= {part.split("//")[-1].split(f".{zone}")[0] for part in value.split(",") if f".{zone}:" in part}
    assert asked == registered
