"""Every container of a Docker host is hardened and bounded, and found again by its name and labels."""

from typing import Any

import pulumi
import pytest

from components.docker_host.container import Container, ContainerArgs, Limits, Program, digest
from components.docker_host.site import HostSite
from dify.nginx import CONNECT_SECONDS
from dify.services import API, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY, WEB, WORKER
from settings import Lifecycle
from tests.components.host_graphs import ONCE, containers, host_graph, labels, mounts, variables
from tests.recorder import Recorded, record

_PARTS = (
    *("nginx", "web-1", "web-2", "api-1", "api-2", "api-websocket-1", "worker-1", "worker-2", "beat"),
    *("plugin-daemon", "sandbox", "ssrf-proxy", "redis", "postgres-a", "postgres-b", "backup"),
    *("secret-keeper", "migration"),
)
_USERS = {
    **dict.fromkeys(("postgres-a", "postgres-b", "backup", "redis"), "999"),
    **dict.fromkeys(("sandbox", "secret-keeper"), "0"),
    "nginx": "101",
    "ssrf-proxy": "13",
}
_CAPABILITIES = {
    "secret-keeper": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"],
    "sandbox": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SYS_CHROOT"],
}

each_part = pytest.mark.parametrize("part", _PARTS)


def _container(part: str) -> Recorded:
    return containers(host_graph())[part]


def _inputs(part: str) -> dict[str, Any]:
    return _container(part).inputs


def test_a_host_runs_exactly_these_containers() -> None:
    assert sorted(containers(host_graph())) == sorted(_PARTS)


@each_part
def test_a_container_is_found_by_its_name_and_labels(part: str) -> None:
    assert _inputs(part)["name"] == f"dify-host-{part}"
    kind = {"postgres-a": "postgres", "postgres-b": "postgres"}.get(part, part.removesuffix("-1").removesuffix("-2"))
    found = labels(_container(part))
    assert {name: found[name] for name in ("dify.stack", "dify.part", "dify.kind")} == {
        "dify.stack": "host", "dify.part": part, "dify.kind": kind
    }  # fmt: skip


@each_part
def test_a_scratch_folder_is_its_users_own_at_every_start(part: str) -> None:
    inputs = _inputs(part)
    for options in inputs.get("tmpfs", {}).values():
        assert {f"uid={inputs['user']}", f"gid={inputs['user']}", "nosuid", "nodev"} <= {*options.split(",")}


@each_part
def test_only_what_every_release_brings_anew_is_labelled_with_it_and_so_replaced(part: str) -> None:
    kinds = ("api", "web", "worker", "beat", "migration")
    assert labels(_container(part)).get("dify.release") == ("1.17.1" if part.startswith(kinds) else None)


@each_part
def test_a_container_has_no_privilege_that_it_can_do_without(part: str) -> None:
    inputs = _inputs(part)
    assert inputs["privileged"] is False
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert inputs["capabilities"]["drops"] == ["ALL"]
    assert inputs["capabilities"].get("adds", []) == _CAPABILITIES.get(part, [])
    assert inputs["user"] == _USERS.get(part, "1001")
    assert {"pidMode", "ipcMode", "usernsMode", "devices", "publishAllPorts"} & set(inputs) == set()


@each_part
def test_only_the_sandbox_can_write_to_its_root(part: str) -> None:
    assert _inputs(part)["readOnly"] is (part != "sandbox")


@each_part
def test_a_container_cannot_take_all_of_the_host(part: str) -> None:
    inputs = _inputs(part)
    assert inputs["memory"] == inputs["memorySwap"] > 0
    assert float(inputs["cpus"]) > 0
    assert inputs["logDriver"] == "json-file"
    assert inputs["logOpts"] == {"max-size": "50m", "max-file": "5"}
    scratch = [int(options.partition("size=")[2].partition("m,")[0]) for options in inputs.get("tmpfs", {}).values()]
    assert all(0 < size <= 256 for size in scratch)
    assert 2 * sum(scratch) <= inputs["memory"], "a full scratch folder ends the container"


@each_part
def test_a_container_has_the_descriptors_and_the_backlog_of_a_server(part: str) -> None:
    assert _inputs(part)["ulimits"] == [{"name": "nofile", "soft": 65_536, "hard": 65_536}]
    if part != "secret-keeper":
        assert _inputs(part)["sysctls"] == {"net.core.somaxconn": "4096"}


@pytest.mark.parametrize("part", [part for part in _PARTS if part not in ONCE])
def test_what_runs_all_the_time_is_started_again_and_watched(part: str) -> None:
    inputs = _inputs(part)
    assert (inputs["restart"], inputs["mustRun"]) == ("unless-stopped", True)
    assert inputs["healthcheck"]["tests"][0] == "CMD"
    assert inputs["healthcheck"]["retries"] == 3
    assert inputs.get("wait") is (None if part in {"beat", "backup"} else True)


@pytest.mark.parametrize("part", ONCE)
def test_what_runs_once_is_waited_for_and_not_started_again(part: str) -> None:
    inputs = _inputs(part)
    assert (inputs["restart"], inputs["mustRun"], inputs["attach"], inputs["logs"]) == ("no", False, True, True)
    assert "healthcheck" not in inputs


@each_part
def test_a_new_container_takes_the_name_of_the_old_one_which_goes_first(part: str) -> None:
    assert _container(part).replaced_after_delete


@pytest.mark.parametrize(
    ("part", "service", "drain"),
    [
        ("web-1", WEB, CONNECT_SECONDS),
        ("api-2", API, CONNECT_SECONDS),
        ("worker-1", WORKER, 0),
        ("plugin-daemon", PLUGIN_DAEMON, 0),
        ("ssrf-proxy", SSRF_PROXY, 0),
    ],
)
def test_a_service_may_take_its_time_to_stop_after_its_last_request(part: str, service: Any, drain: int) -> None:
    assert _inputs(part)["stopTimeout"] == _inputs(part)["destroyGraceSeconds"] == service.stop_seconds + drain


def test_the_capabilities_of_the_sandbox_are_those_that_it_keeps_on_aws() -> None:
    assert not {one.removeprefix("CAP_") for one in _CAPABILITIES["sandbox"]} & {*SANDBOX.drops}


def test_nothing_is_mounted_from_the_host_but_the_given_certificate_and_its_key() -> None:
    bound = [
        (part, mount["source"], mount["readOnly"])
        for part, one in containers(host_graph()).items()
        for mount in one.inputs.get("mounts", [])
        if mount["type"] == "bind"
    ]
    assert bound == [
        ("secret-keeper", "/etc/dify/tls/certificate.pem", True),
        ("secret-keeper", "/etc/dify/tls/key.pem", True),
    ]


def test_no_volume_takes_over_what_an_image_has_at_its_place() -> None:
    found = [m for one in containers(host_graph()).values() for m in mounts(one).values() if m["type"] == "volume"]
    assert len(found) > 40
    assert all(mount["volumeOptions"]["noCopy"] for mount in found)


def test_only_what_owns_data_can_write_it() -> None:
    written: dict[str, set[str]] = {}
    for part, one in containers(host_graph()).items():
        for mount in mounts(one).values():
            if not mount["readOnly"] and part != "secret-keeper" and mount["source"] != "dify-host-ready":
                written.setdefault(mount["source"].removeprefix("dify-host-"), set()).add(part)
    backend = {"api-1", "api-2", "api-websocket-1", "worker-1", "worker-2", "beat", "migration"}
    assert written == {
        "postgres-a": {"postgres-a"},
        "postgres-b": {"postgres-b"},
        "postgres-role": {"postgres-a", "postgres-b"},
        "redis": {"redis"},
        "files": backend,
        "plugins": {"plugin-daemon"},
        "backups": {"backup"},
    }


def test_each_reader_sees_its_own_secrets_only() -> None:
    seen = {
        part: mounts(one)["/run/secrets/dify"]["source"].removeprefix("dify-host-secrets-")
        for part, one in containers(host_graph()).items()
        if "/run/secrets/dify" in mounts(one)
    }
    backend = ("api-1", "api-2", "api-websocket-1", "worker-1", "worker-2", "beat", "migration")
    assert seen == {
        **dict.fromkeys(backend, "backend"),
        **dict.fromkeys(("postgres-a", "postgres-b"), "postgres"),
        **{part: part for part in ("redis", "backup", "nginx", "plugin-daemon", "sandbox")},
    }


def test_the_entry_of_a_service_reads_its_secrets_before_the_image_starts() -> None:
    reads = 'set -a; . /run/secrets/dify/environment; set +a; exec "$@"'
    assert _inputs("worker-1")["entrypoints"] == ["sh", "-c", reads, "sh", "/bin/bash", "/entrypoint.sh"]
    daemon = _inputs("plugin-daemon")["entrypoints"]
    assert (daemon[:4], daemon[-2:]) == (["sh", "-c", reads, "sh"], ["/bin/bash", "/app/entrypoint.sh"])


@pytest.mark.parametrize(
    ("part", "drain", "stop", "own"),
    [
        ("web-2", "5", "30", ["/bin/sh", "./entrypoint.sh"]),
        ("api-1", "5", "120", ["/bin/bash", "/entrypoint.sh"]),
        ("api-websocket-1", "0", "120", ["/bin/bash", "/entrypoint.sh"]),
        ("plugin-daemon", "0", "120", ["/bin/bash", "/app/entrypoint.sh"]),
    ],
)
def test_what_nginx_asks_says_whether_it_is_ready(part: str, drain: str, stop: str, own: list[str]) -> None:
    """Where no other instance stands in, waiting for nginx to turn away would be for nothing."""
    file = f"/run/dify/ready/{part}" if drain == "5" else f"/tmp/{part}"  # noqa: S108  a container's own
    runs = ["sh", "/opt/dify/instance.sh", "run", file, drain, stop, *own]
    assert _inputs(part)["entrypoints"][-len(runs) :] == runs
    check = _inputs(part)["healthcheck"]
    assert check["tests"][:6] == ["CMD", "sh", "/opt/dify/instance.sh", "check", file, "4"]
    assert check["timeout"] == "5s"


def test_the_only_way_out_is_not_long_away_when_it_is_replaced() -> None:
    assert "SSRF_PROXY_SHUTDOWN_SECONDS=2 " in _inputs("ssrf-proxy")["entrypoints"][2]


def test_who_is_ready_is_in_memory_and_written_by_those_who_say_so() -> None:
    (volume,) = (one for one in host_graph().of("index/volume:Volume") if one.inputs["name"] == "dify-host-ready")
    assert volume.inputs["driverOpts"]["type"] == "tmpfs"
    seen = {
        part: mount["readOnly"]
        for part, one in containers(host_graph()).items()
        for mount in mounts(one).values()
        if mount["source"] == "dify-host-ready"
    }
    # No plugin says of another service that it is away.
    writers = ("web-1", "web-2", "api-1", "api-2")
    assert seen == {**dict.fromkeys(writers, False), "nginx": True}


def test_files_and_plugins_are_on_their_volumes_and_the_rest_is_in_memory() -> None:
    assert mounts(_container("api-1"))["/app/api/storage"]["source"] == "dify-host-files"
    assert mounts(_container("plugin-daemon"))["/app/storage"]["source"] == "dify-host-plugins"
    assert set(_inputs("api-1")["tmpfs"]) == {"/tmp"}  # noqa: S108
    assert variables(_container("api-1"))["STORAGE_TYPE"] == "opendal"
    assert variables(_container("plugin-daemon"))["PLUGIN_STORAGE_LOCAL_ROOT"] == "/app/storage"


def test_the_primary_of_the_databases_is_asked_whichever_it_is() -> None:
    for part in ("api-1", "worker-2", "migration", "plugin-daemon"):
        found = variables(_container(part))
        assert found["DB_HOST"] == "postgres-a.dify-host.internal,postgres-b.dify-host.internal"
        assert found["PGTARGETSESSIONATTRS"] == "read-write"


def test_the_database_has_shared_memory_for_parallel_builds_of_indexes() -> None:
    settings = dict(line.split(" = ") for line in variables(_container("postgres-a"))["POSTGRES_SETTINGS"].splitlines())
    maintenance = int(settings["maintenance_work_mem"].removesuffix("MB"))
    assert _inputs("postgres-a")["shmSize"] >= maintenance
    assert settings["shared_buffers"] == "768MB"
    assert int(settings["max_connections"]) >= 200


def test_redis_keeps_every_write_and_evicts_nothing() -> None:
    words = _inputs("redis")["command"]
    settings = dict(zip(words[::2], words[1::2], strict=True))
    assert (settings["--appendonly"], settings["--appendfsync"]) == ("yes", "everysec")
    assert (settings["--maxmemory"], settings["--maxmemory-policy"]) == ("768mb", "noeviction")
    assert settings["--aclfile"] == "/run/secrets/dify/users.acl"
    assert all(words)


def test_backups_are_kept_as_long_as_the_stack_says() -> None:
    found = variables(containers(host_graph({"backups.retentionDays": 90, "backups.hour": 5}))["backup"])
    assert (found["BACKUP_RETENTION_DAYS"], found["BACKUP_HOUR"]) == ("90", "5")


def test_another_text_gives_another_digest_and_so_does_another_name() -> None:
    assert len({digest({"a": "x"}), digest({"a": "y"}), digest({"b": "x"}), digest({"a": "x", "b": ""})}) == 4


def test_a_container_is_replaced_where_what_it_runs_changes() -> None:
    before = containers(host_graph())
    after = containers(host_graph({"requests.blockedCidrs": ["198.51.100.0/24"]}))
    changed = {part for part in before if labels(before[part]) != labels(after[part])}
    # The tracked stack file has a certificate of its own, this one a self-signed one.
    assert changed == {"nginx", "secret-keeper"}


def test_what_waits_for_a_container_that_failed_is_not_made_and_one_line_says_what_to_do() -> None:
    made: list[Container] = []
    site = HostSite(
        stack="host", release="1.17.1", lifecycle=Lifecycle.RETAIN, log_size_mib=1, log_files=2, open_files=1024
    )
    wanted = ContainerArgs(
        site=site,
        part="migration",
        kind="migration",
        program=Program(image="image", user="1001"),
        limits=Limits(cpus=1, memory_mib=64),
        once=True,
    )
    record(lambda: made.append(Container("migration", wanted)))
    with pytest.raises(pulumi.RunError) as refused:
        made[0].require_success(1, "dify-host-migration")
    assert str(refused.value) == (
        "container dify-host-migration ended with code 1; docker logs dify-host-migration says why; mend it, then "
        "docker rm dify-host-migration and pulumi up --refresh"
    )
