"""Container definitions: what each container of the program may touch, waits for and is asked."""

from dataclasses import replace
from typing import Any

import pytest

from components.container import DISK_OWNER, Contents, Logging, OperatorSecret, Reservation, Sidecar
from components.container import containers as containers_of
from dify.services import BEAT, PLUGIN_DAEMON, SANDBOX
from settings.plan import deployments, migration
from tests.components.component_graphs import container, containers, pairs, program, settings
from tests.components.program_variants import AGENTS, CLOSED, variant
from tests.recorder import Graph

ALL = tuple(one.name for one in (*deployments(settings()), migration(settings())))
OF_AGENTS = ("agent-backend", "local-sandbox", "agent-ssrf-proxy")
_DOCKERS = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
_SIDECAR = Sidecar(name="login", image="cli:1", command=["renew"], ready=["test"], folder="/login", user="0")
_SPARE = Sidecar(
    name="spare", image="spare:1", ready=["test"], user="4317", needed=False,
    reservation=Reservation(cpu=32, memory=256), environment={"B": "2", "A": "1"},
    secrets=[OperatorSecret(arn="arn:secret", fields={"KEY": "key"})],
)  # fmt: skip
_DISKS = {"plugin-daemon": ["/app/storage"], "local-sandbox": ["/home/dify", "/workspace"]}


def _graph(service: str) -> Graph:
    return variant(AGENTS) if service in OF_AGENTS else program()


def _main(service: str) -> dict[str, Any]:
    return container(_graph(service), service)


def _kept(made: dict[str, Any]) -> set[str]:
    """The capabilities that a container is left with."""
    dropped = set(made["linuxParameters"]["capabilities"]["drop"])
    return set[str]() if dropped == {"ALL"} else _DOCKERS - dropped


def test_these_are_all_services_of_a_stack_with_every_option() -> None:
    recorded = [definition.inputs["family"] for definition in variant(AGENTS).of(":TaskDefinition")]
    assert {family.removeprefix("dify-prod-") for family in recorded} == {*ALL, *OF_AGENTS}


@pytest.mark.parametrize("service", sorted({*ALL, *OF_AGENTS} - {SANDBOX.name}))
def test_the_root_file_system_is_read_only_and_scratch_is_in_memory(service: str) -> None:
    for made in containers(_graph(service), service).values():
        assert made["readonlyRootFilesystem"] is True
    mounts = _main(service)["linuxParameters"]["tmpfs"]
    assert "/tmp" in {mount["containerPath"] for mount in mounts}  # noqa: S108
    assert all(0 < mount["size"] <= 1024 for mount in mounts)


def test_only_the_sandbox_may_write_its_root_because_it_builds_a_chroot_there() -> None:
    made = _main(SANDBOX.name)
    assert made["readonlyRootFilesystem"] is False
    assert made["linuxParameters"]["tmpfs"] == []


@pytest.mark.parametrize("service", sorted({*ALL, *OF_AGENTS} - {SANDBOX.name}))
def test_a_container_has_neither_root_nor_capabilities_nor_privileges(service: str) -> None:
    made = _main(service)
    assert int(made["user"]) > 0
    assert made["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"privileged", "dockerSecurityOptions"} & set(made)


def test_the_sandbox_starts_as_root_with_exactly_what_it_needs_to_give_that_up_for_each_program() -> None:
    made = _main(SANDBOX.name)
    assert made["user"] == "0"
    assert _kept(made) == {"CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID", "SYS_CHROOT"}
    assert not {"privileged", "dockerSecurityOptions"} & set(made)


@pytest.mark.parametrize("service", _DISKS)
def test_what_is_too_large_for_memory_is_on_a_disk_that_its_user_owns(service: str) -> None:
    made, owner = _main(service), containers(_graph(service), service)[DISK_OWNER]
    mounts = {mount["containerPath"]: mount for mount in made["mountPoints"]}
    assert list(mounts) == _DISKS[service]
    assert not [path for path, mount in mounts.items() if mount["readOnly"]]
    assert [*owner["entryPoint"], *owner["command"]] == ["chown", f"{made['user']}:{made['user']}", *_DISKS[service]]
    assert owner["mountPoints"] == made["mountPoints"]
    assert owner["image"] == made["image"]


@pytest.mark.parametrize("service", _DISKS)
def test_who_gives_the_disk_away_can_do_nothing_else_and_ends_before_the_service_starts(service: str) -> None:
    owner = containers(_graph(service), service)[DISK_OWNER]
    assert (owner["user"], owner["essential"], _kept(owner)) == ("0", False, {"CHOWN"})
    assert not {"environment", "secrets", "portMappings"} & set(owner)
    assert _main(service)["dependsOn"] == [{"containerName": DISK_OWNER, "condition": "SUCCESS"}]


@pytest.mark.parametrize("service", _DISKS)
def test_a_disk_is_as_large_as_chosen_and_each_of_its_folders_a_volume(service: str) -> None:
    inputs = _graph(service).named(f"{service}-definition").inputs
    assert inputs["ephemeralStorage"] == {"sizeInGib": 50}
    mounted = [mount["sourceVolume"] for mount in _main(service)["mountPoints"]]
    assert [volume["name"] for volume in inputs["volumes"]] == mounted


def test_a_service_without_a_disk_has_the_free_one_no_volume_and_no_helper() -> None:
    inputs = program().named("worker-definition").inputs
    assert not {"ephemeralStorage", "volumes"} & set(inputs)
    assert list(containers(program(), "worker")) == ["worker"]
    assert not {"dependsOn", "healthCheck"} & set(_main("worker"))


def test_the_free_disk_is_not_asked_for() -> None:
    assert "ephemeralStorage" not in program("dev").named("plugin-daemon-definition").inputs


@pytest.mark.parametrize("service", ["sandbox", "agent-backend"])
def test_what_no_load_balancer_asks_is_asked_inside_its_container(service: str) -> None:
    made = _main(service)
    check = made["healthCheck"]
    (port,) = [mapping["containerPort"] for mapping in made["portMappings"]]
    assert check["command"][0] == "CMD"
    assert f"http://localhost:{port}/" in " ".join(check["command"])
    assert check["timeout"] < check["interval"]
    assert check["startPeriod"] >= 60


@pytest.mark.parametrize("service", [*ALL, *OF_AGENTS])
def test_every_container_logs_to_its_services_encrypted_group_without_ever_blocking(service: str) -> None:
    group = _graph(service).named(f"{service}-logs").inputs
    assert (group["name"], group["retentionInDays"], group["kmsKeyId"]) == (
        f"/dify-prod/{service}",
        365,
        "logs-key-arn",
    )
    for name, made in containers(_graph(service), service).items():
        options = made["logConfiguration"]["options"]
        assert (options["awslogs-group"], options["awslogs-stream-prefix"]) == (group["name"], name)
        assert options["mode"] == "non-blocking"


@pytest.mark.parametrize("service", [*ALL, *OF_AGENTS])
def test_a_container_has_time_to_finish_within_what_fargate_allows(service: str) -> None:
    assert 30 <= _main(service)["stopTimeout"] <= 120


@pytest.mark.parametrize("service", [*ALL, *OF_AGENTS])
def test_no_variable_is_given_twice_or_both_in_the_open_and_as_a_secret(service: str) -> None:
    names = [entry["name"] for entry in (*_main(service)["environment"], *_main(service)["secrets"])]
    assert len(names) == len(set(names))


def test_only_the_proxies_ask_for_more_open_files_than_fargate_gives() -> None:
    asking = {service: _main(service)["ulimits"] for service in (*ALL, *OF_AGENTS) if "ulimits" in _main(service)}
    assert set(asking) == {"ssrf-proxy", "agent-ssrf-proxy"}
    for (limit,) in asking.values():
        assert limit["name"] == "nofile"
        assert limit["softLimit"] == limit["hardLimit"] > 65_535


def test_an_entry_replaces_the_images_own_and_nothing_does_so_unasked() -> None:
    assert not {"entryPoint", "command"} & set(_made(entry=())[BEAT.name])
    replaced = _made(entry=["sh", "-c", "echo"])[BEAT.name]
    assert (replaced["entryPoint"], replaced["command"]) == (["sh"], ["-c", "echo"])


def test_squid_as_published_gets_the_same_script_and_template_as_the_image_that_is_built_here() -> None:
    for service in ("ssrf-proxy", "agent-ssrf-proxy"):
        made = container(variant(AGENTS, "dev"), service)
        shell, flag, script, _, template = [*made["entryPoint"], *made["command"]]
        assert (shell, flag) == ("sh", "-c")
        assert "exec squid" in script
        assert "http_access" in template
    assert "entryPoint" not in _main("ssrf-proxy")


def test_a_service_starts_once_its_sidecar_is_healthy_and_only_reads_what_that_writes() -> None:
    made = _made(sidecars=[_SIDECAR])
    assert made[BEAT.name]["dependsOn"] == [{"containerName": "login", "condition": "HEALTHY"}]
    assert made["login"]["healthCheck"]["command"] == ["CMD", "test"]
    assert [mount["readOnly"] for mount in made[BEAT.name]["mountPoints"]] == [True]
    assert [mount["readOnly"] for mount in made["login"]["mountPoints"]] == [False]


def test_a_sidecar_has_no_capability_no_secret_and_a_read_only_root() -> None:
    login = _made(sidecars=[_SIDECAR])["login"]
    assert (login["readonlyRootFilesystem"], login["essential"]) == (True, True)
    assert login["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"environment", "secrets", "portMappings"} & set(login)


def test_a_service_neither_waits_for_nor_ends_with_a_sidecar_that_it_does_not_need() -> None:
    made = _made(sidecars=[_SPARE])
    assert "dependsOn" not in made[BEAT.name]
    assert made["spare"]["essential"] is False
    assert made["spare"]["restartPolicy"] == {"enabled": True, "restartAttemptPeriod": 60}
    needed = _made(sidecars=[_SPARE, _SIDECAR])
    assert [need["containerName"] for need in needed[BEAT.name]["dependsOn"]] == ["login"]
    assert "restartPolicy" not in needed["login"]


def test_a_sidecar_with_a_part_of_the_task_takes_no_more_and_leaves_the_rest_of_its_cpu_to_the_service() -> None:
    made = _made(sidecars=[_SPARE], cpu=256)
    assert (made["spare"]["cpu"], made["spare"]["memory"]) == (32, 256)
    assert (made[BEAT.name]["cpu"], "memory" in made[BEAT.name]) == (224, False)
    assert "cpu" not in _made(sidecars=[_SIDECAR])[BEAT.name]


def test_a_sidecar_runs_its_images_own_command_where_it_is_given_none_and_shares_no_folder_unasked() -> None:
    made = _made(sidecars=[_SPARE])
    assert not {"entryPoint", "command"} & set(made["spare"])
    assert made["spare"]["mountPoints"] == made[BEAT.name]["mountPoints"] == []


def test_what_a_sidecar_is_told_and_reads_is_none_of_the_services_business() -> None:
    made = _made(sidecars=[_SPARE])
    assert made["spare"]["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert made["spare"]["secrets"] == [{"name": "KEY", "valueFrom": "arn:secret:key::"}]
    assert (made[BEAT.name]["environment"], made[BEAT.name]["secrets"]) == ([], [])


def test_without_the_internet_the_plugin_daemon_waits_for_its_login_and_its_disk() -> None:
    graph = variant(CLOSED)
    made = container(graph, PLUGIN_DAEMON.name)
    assert {need["containerName"]: need["condition"] for need in made["dependsOn"]} == {
        "package-login": "HEALTHY",
        DISK_OWNER: "SUCCESS",
    }
    assert {mount["containerPath"]: mount["readOnly"] for mount in made["mountPoints"]} == {
        "/app/storage": False,
        "/package-login": True,
    }
    volumes = {volume["name"] for volume in graph.named("plugin-daemon-definition").inputs["volumes"]}
    assert {mount["sourceVolume"] for mount in made["mountPoints"]} == volumes


def test_variables_and_secrets_arrive_sorted_so_that_no_change_is_no_deployment() -> None:
    made = _made(environment={"B": "2", "A": "1"}, secrets={"Z": "z", "KEY": "arn:secret:KEY::"})[BEAT.name]
    assert made["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert list(pairs(made["secrets"], "valueFrom")) == ["KEY", "Z"]


def _made(**given: Any) -> dict[str, dict[str, Any]]:
    """The containers of a beat that is given no more than this."""
    logging = Logging(group="/dify-prod/beat", region="eu-central-1")
    plain = Contents(service=BEAT, cpu=1024, image="image:1", environment={}, secrets={}, logging=logging)
    return {str(made["name"]): made for made in containers_of(replace(plain, **given))}
