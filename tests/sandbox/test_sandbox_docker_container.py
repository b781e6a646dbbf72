"""Containers that the stand-in makes on a real Docker Engine are what the program said, or are not there."""

import socket
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound
from docker_calls import CONTAINER, NETWORK, VOLUME, DockerStandIn
from provider_calls import Refused

from sandbox.properties import Properties
from tests.servers.docker_engine import BUSYBOX, DockerEngine, started

SLEEPER: Properties = {"name": "sleeper", "image": BUSYBOX, "command": ["sleep", "600"]}

engine = pytest.fixture(scope="module")(started)


@pytest.fixture
def stand_in(engine: DockerEngine) -> Generator[DockerStandIn]:
    yield DockerStandIn(engine.host)
    engine.clear()


def inspected(engine: DockerEngine, name: str) -> Any:
    with engine.client() as client:
        return client.containers.get(name).attrs


def said(engine: DockerEngine, name: str) -> str:
    with engine.client() as client:
        return client.containers.get(name).logs().decode()


def run_to_its_end(stand_in: DockerStandIn, *command: str, **inputs: Any) -> Properties:
    given = {"name": "one", "image": BUSYBOX, "command": list(command), "mustRun": False, "attach": True, "logs": True}
    return stand_in.create(CONTAINER, {**given, **inputs})[1]


def test_a_container_runs_as_the_program_says(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(
        CONTAINER,
        {
            **SLEEPER,
            "hostname": "here",
            "user": "1001:1001",
            "envs": ["A=1", "B=2"],
            "labels": [{"label": "dify.part", "value": "api-1"}],
            "memory": 64,
            "memorySwap": 64,
            "cpus": "0.5",
            "shmSize": 8,
            "restart": "unless-stopped",
            "readOnly": True,
            "tmpfs": {"/tmp": "size=1m,mode=1777"},  # noqa: S108
            "securityOpts": ["no-new-privileges"],
            "ulimits": [{"name": "nofile", "soft": 1024, "hard": 2048}],
            "sysctls": {"net.core.somaxconn": "4096"},
            "logDriver": "json-file",
            "logOpts": {"max-size": "1m", "max-file": "2"},
            "healthcheck": {"tests": ["CMD", "true"], "interval": "1m30s", "timeout": "500ms", "retries": 3},
            "stopSignal": "SIGINT",
            "stopTimeout": 30,
            "init": True,
            "groupAdds": ["44"],
            "workingDir": "/tmp",  # noqa: S108
        },
    )
    seen = inspected(engine, "sleeper")
    host, config = seen["HostConfig"], seen["Config"]
    assert seen["Id"] == identifier
    assert seen["State"]["Running"]
    assert (config["Hostname"], config["User"], config["WorkingDir"]) == ("here", "1001:1001", "/tmp")  # noqa: S108
    assert {"A=1", "B=2"} <= set(config["Env"])
    assert config["Labels"] == {"dify.part": "api-1"}
    assert (config["StopSignal"], config["StopTimeout"]) == ("SIGINT", 30)
    assert config["Healthcheck"] == {
        "Test": ["CMD", "true"],
        "Interval": 90 * 10**9,
        "Timeout": 5 * 10**8,
        "Retries": 3,
    }
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (64 << 20, 64 << 20, 5 * 10**8)
    assert (host["ShmSize"], host["Init"], host["GroupAdd"]) == (8 << 20, True, ["44"])
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert (host["ReadonlyRootfs"], host["Tmpfs"]) == (True, {"/tmp": "size=1m,mode=1777"})  # noqa: S108
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Ulimits"] == [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]
    assert host["Sysctls"] == {"net.core.somaxconn": "4096"}
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}}
    assert (outputs["hostname"], outputs["runtime"], outputs["shmSize"]) == ("here", "runc", 8)


def test_capabilities_are_those_that_are_left_with_or_without_cap_in_their_names(stand_in: DockerStandIn) -> None:
    left = {"drops": ["ALL"], "adds": ["CAP_CHOWN", "FOWNER"]}
    outputs = run_to_its_end(stand_in, "cat", "/proc/self/status", capabilities=left)
    (bounding,) = [line.split()[1] for line in outputs["containerLogs"].splitlines() if line.startswith("CapBnd")]
    # CAP_CHOWN is bit 0, CAP_FOWNER bit 3 (linux/capability.h).
    assert int(bounding, 16) == 0b1001


def test_each_instance_answers_to_its_own_name_and_to_its_kinds(stand_in: DockerStandIn) -> None:
    stand_in.create(NETWORK, {"name": "net", "ipamConfigs": [{"subnet": "10.90.0.0/24"}]})
    for number in (1, 2):
        joined = {"name": "net", "aliases": [f"api-{number}.here", "api.here"], "ipv4Address": f"10.90.0.1{number}"}
        stand_in.create(CONTAINER, {**SLEEPER, "name": f"api-{number}", "networksAdvanced": [joined]})
    asked = "nslookup -type=a api.here | cat; nslookup -type=a api-2.here | cat"
    outputs = run_to_its_end(stand_in, "sh", "-c", asked, networksAdvanced=[{"name": "net"}])
    both, second = outputs["containerLogs"].split("api-2.here", 1)
    assert "10.90.0.11" in both
    assert "10.90.0.12" in both
    assert "10.90.0.12" in second
    assert "10.90.0.11" not in second


def test_a_container_with_networks_is_in_no_other(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    stand_in.create(NETWORK, {"name": "net", "internal": True})
    _, outputs = stand_in.create(CONTAINER, {**SLEEPER, "networksAdvanced": [{"name": "net"}]})
    assert set(inspected(engine, "sleeper")["NetworkSettings"]["Networks"]) == {"net"}
    assert [one["networkName"] for one in outputs["networkDatas"]] == ["net"]


def test_a_published_port_answers_on_the_host(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    page = {"file": "/data/index.html", "content": "here"}
    stand_in.create(
        CONTAINER,
        {
            "name": "web",
            "image": BUSYBOX,
            "command": ["httpd", "-f", "-p", "8080", "-h", "/data"],
            "ports": [{"internal": 8080, "external": 80, "ip": engine.address}],
            "uploads": [page],
            "wait": True,
            "healthcheck": {"tests": ["CMD", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/"], "interval": "200ms"},
        },
    )
    with urllib.request.urlopen(f"http://{engine.address}/", timeout=30) as answer:
        assert answer.read() == b"here"


def test_uploads_are_there_before_the_start_with_their_mode(stand_in: DockerStandIn, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("from a file\n")
    outputs = run_to_its_end(
        stand_in,
        "sh",
        "-c",
        "cat /opt/a /opt/b /opt/c; stat -c '%n %a %u' /opt/a /opt/b /opt/c /opt/run; /opt/run",
        uploads=[
            {"file": "/opt/a", "content": "text\n"},
            {"file": "/opt/b", "contentBase64": b64encode(b"base\n").decode(), "permissions": "0400"},
            {"file": "/opt/c", "source": str(source)},
            {"file": "/opt/run", "content": "#!/bin/sh\nexit 3\n", "executable": True},
        ],
    )
    assert outputs["containerLogs"].splitlines() == [
        "text",
        "base",
        "from a file",
        "/opt/a 644 0",
        "/opt/b 400 0",
        "/opt/c 644 0",
        "/opt/run 744 0",
    ]
    assert outputs["exitCode"] == 3


def test_an_upload_into_a_volume_is_there_for_others_and_docker_takes_it_only_from_a_writable_root(
    stand_in: DockerStandIn,
) -> None:
    stand_in.create(VOLUME, {"name": "programs"})
    mount = {"type": "volume", "source": "programs", "target": "/programs"}
    uploading = {"uploads": [{"file": "/programs/run", "content": "here\n"}], "mounts": [mount]}
    with pytest.raises(Refused, match="container rootfs is marked read-only"):
        run_to_its_end(stand_in, "true", readOnly=True, **uploading)
    run_to_its_end(stand_in, "true", **uploading)
    reading = {"mounts": [{**mount, "readOnly": True}], "readOnly": True}
    assert run_to_its_end(stand_in, "cat", "/programs/run", name="two", **reading)["containerLogs"] == "here\n"


def test_mounts_of_every_kind_are_there(engine: DockerEngine, stand_in: DockerStandIn, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of the host\n")
    stand_in.create(VOLUME, {"name": "files"})
    mounts = [
        {"type": "volume", "source": "files", "target": "/files", "volumeOptions": {"noCopy": True}},
        {"type": "bind", "source": str(tmp_path), "target": "/host", "readOnly": True},
        {"type": "tmpfs", "target": "/memory", "tmpfsOptions": {"sizeBytes": 1 << 20, "mode": 0o700}},
    ]
    script = "touch /files/a /memory/b; touch /host/c || echo refused; cat /host/file; stat -c '%a' /memory"
    outputs = run_to_its_end(stand_in, "sh", "-c", script, mounts=mounts)
    assert [line for line in outputs["containerLogs"].splitlines() if "touch" not in line] == [
        "refused",
        "of the host",
        "700",
    ]
    script = "stat /files/a > /dev/null && echo kept"
    again = run_to_its_end(stand_in, "sh", "-c", script, name="two", volumes=[
        {"volumeName": "files", "containerPath": "/files", "readOnly": True}
    ])  # fmt: skip
    assert again["containerLogs"] == "kept\n"


def test_one_that_ran_to_its_end_tells_its_exit_code_and_needs_no_change(stand_in: DockerStandIn) -> None:
    outputs = run_to_its_end(stand_in, "false")
    assert (outputs["exitCode"], outputs["mustRun"]) == (1, False)


def test_a_container_is_waited_for_until_it_is_healthy(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    check = {"tests": ["CMD", "stat", "/data/ready"], "interval": "100ms", "retries": 1000}
    command = ["sh", "-c", "sleep 1; touch /data/ready; sleep 600"]
    given = {**SLEEPER, "command": command, "wait": True, "healthcheck": check}
    stand_in.create(CONTAINER, given)
    assert inspected(engine, "sleeper")["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"command": ["nothing"]}, "nothing"),
        ({"image": "sha256:" + "0" * 64}, "is not on the Docker host, and an id cannot be pulled"),
        (
            {"image": "registry.invalid/none:1"},
            "registry.invalid/none:1 is not on the Docker host and cannot be pulled",
        ),
        ({"networksAdvanced": [{"name": "nowhere"}]}, "nowhere"),
        (
            {"uploads": [{"file": "/a", "source": "/nowhere/at/all"}]},
            "/nowhere/at/all cannot be uploaded: No such file",
        ),
        ({"memory": 1}, "memory is less than Docker's least, "),
        ({"wait": True}, "neither it nor its image has a healthcheck"),
        (
            {"wait": True, "waitTimeout": 1, "healthcheck": {"tests": ["CMD", "false"], "interval": "100ms"}},
            "was not healthy within 1 s; its last check ended with 1",
        ),
        (
            {"command": ["false"], "wait": True, "healthcheck": {"tests": ["CMD", "true"], "interval": "1m"}},
            "ended with 1 before it was healthy",
        ),
        ({"sysctls": {"vm.swappiness": "1"}}, "vm.swappiness"),
        ({"mounts": [{"type": "bind", "source": "/nowhere", "target": "/a"}]}, "/nowhere"),
    ],
)
def test_a_create_that_fails_says_why_in_one_line_and_leaves_nothing(
    engine: DockerEngine, stand_in: DockerStandIn, inputs: Properties, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        stand_in.create(CONTAINER, {**SLEEPER, **inputs})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    with engine.client() as client:
        assert client.containers.list(all=True) == []


def test_a_port_that_is_taken_is_named_with_what_to_do(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    ports = [{"internal": 80, "external": 8443}]
    stand_in.create(CONTAINER, {**SLEEPER, "ports": ports})
    with pytest.raises(
        Refused, match=r"^0\.0\.0\.0:8443 of the host is taken by another container: remove that one, or"
    ):
        stand_in.create(CONTAINER, {**SLEEPER, "name": "late", "ports": ports})
    with engine.client() as client:
        assert [one.name for one in client.containers.list(all=True)] == ["sleeper"]


def test_a_name_that_is_taken_is_never_taken_over(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, _ = stand_in.create(CONTAINER, SLEEPER)
    with pytest.raises(Refused, match=rf"^a container named sleeper \({identifier[:12]}\) is there already: remove it"):
        stand_in.create(CONTAINER, SLEEPER)
    assert inspected(engine, "sleeper")["Id"] == identifier


def test_nobody_waits_for_a_caller_that_is_gone(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    stand_in.call.patient = False
    with pytest.raises(Refused, match="nobody waits for the container any more"):
        stand_in.create(CONTAINER, {**SLEEPER, "attach": True})
    with engine.client() as client:
        assert client.containers.list(all=True) == []


def test_limits_and_restarts_change_on_the_container_that_runs(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    before = {**SLEEPER, "memory": 64, "memorySwap": 64}
    after = {**before, "memory": 96, "memorySwap": 128, "cpuShares": 512, "restart": "always"}
    identifier, _ = stand_in.create(CONTAINER, before)
    assert list(stand_in.diff(CONTAINER, before, after).replaces) == []
    stand_in.update(CONTAINER, identifier, before, after)
    seen = inspected(engine, "sleeper")
    assert (seen["Id"], seen["State"]["Running"], seen["RestartCount"]) == (identifier, True, 0)
    host = seen["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["CpuShares"]) == (96 << 20, 128 << 20, 512)
    assert host["RestartPolicy"]["Name"] == "always"
    assert stand_in.read(CONTAINER, identifier, after) == (identifier, after)


@pytest.mark.parametrize("name", ["init", "tmpfs"])
def test_a_change_that_the_provider_would_swallow_is_refused(stand_in: DockerStandIn, name: str) -> None:
    value = {"init": True, "tmpfs": {"/tmp": ""}}[name]  # noqa: S108
    identifier, outputs = stand_in.create(CONTAINER, SLEEPER)
    with pytest.raises(Refused, match=rf'replace_on_changes=\["{name}"\]'):
        stand_in.update(CONTAINER, identifier, {**outputs, name: None}, {**SLEEPER, name: value})


def test_limits_that_were_changed_by_hand_are_seen(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    given = {**SLEEPER, "memory": 64, "memorySwap": 64}
    identifier, _ = stand_in.create(CONTAINER, given)
    assert stand_in.read(CONTAINER, identifier, given) == (identifier, given)
    with engine.client() as client:
        api: Any = client.api
        api.update_container(identifier, mem_limit=96 << 20, memswap_limit=96 << 20)
    assert stand_in.read(CONTAINER, identifier, given)[1] == {**given, "memory": 96, "memorySwap": 96}


def test_one_that_was_removed_by_hand_is_gone(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(CONTAINER, SLEEPER)
    with engine.client() as client:
        client.containers.get("sleeper").remove(force=True)
    assert stand_in.read(CONTAINER, identifier, SLEEPER)[0] == ""
    stand_in.delete(CONTAINER, identifier, outputs)


def test_one_that_was_stopped_by_hand_is_started_again(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, _ = stand_in.create(CONTAINER, SLEEPER)
    with engine.client() as client:
        client.containers.get("sleeper").kill()
        client.api.wait(identifier)
    _, now = stand_in.read(CONTAINER, identifier, SLEEPER)
    assert now == {**SLEEPER, "mustRun": False}
    answer = stand_in.diff(CONTAINER, now, SLEEPER, state=now)
    assert (list(answer.diffs), list(answer.replaces)) == (["mustRun"], [])
    assert stand_in.update(CONTAINER, identifier, now, SLEEPER)["mustRun"] is True
    assert inspected(engine, "sleeper")["State"]["Running"]


def test_a_grace_lets_it_end_by_itself_and_none_does_not(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    # Longer than a busy machine takes from one signal to the next.
    script = "trap 'sleep 5; touch /data/ended; exit 0' TERM; touch /data/up; while :; do sleep 0.1; done"
    stand_in.create(VOLUME, {"name": "marks"})
    volumes = [{"volumeName": "marks", "containerPath": "/data"}]
    check = {"wait": True, "healthcheck": {"tests": ["CMD", "stat", "/data/up"], "interval": "100ms"}}
    for grace, ended in ((0, "no\n"), (30, "yes\n")):
        given = {**SLEEPER, **check, "volumes": volumes, "command": ["sh", "-c", script], "destroyGraceSeconds": grace}
        identifier, outputs = stand_in.create(CONTAINER, given)
        stand_in.delete(CONTAINER, identifier, outputs)
        with engine.client() as client, pytest.raises(NotFound):
            client.containers.get("sleeper")
        look = "stat /data/ended > /dev/null 2>&1 && echo yes || echo no"
        outputs = run_to_its_end(stand_in, "sh", "-c", look, name=f"look-{grace}", volumes=volumes)
        assert outputs["containerLogs"] == ended


def test_a_container_that_removes_itself_is_deleted_without_an_error(
    engine: DockerEngine, stand_in: DockerStandIn
) -> None:
    identifier, outputs = stand_in.create(CONTAINER, {**SLEEPER, "rm": True})
    stand_in.delete(CONTAINER, identifier, outputs)
    with engine.client() as client, pytest.raises(NotFound):
        client.containers.get(identifier)


def test_calls_at_the_same_time_do_not_meet(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    made: list[str] = []

    def make(number: int) -> None:
        made.append(stand_in.create(CONTAINER, {**SLEEPER, "name": f"container-{number}"})[0])

    threads = [threading.Thread(target=make, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.client() as client:
        assert {one.id for one in client.containers.list()} == set(made)
    assert len(made) == 6


def test_a_host_that_nobody_listens_on_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        DockerStandIn(f"unix://{tmp_path}/none.sock").create(CONTAINER, SLEEPER)
    assert str(refused.value) == (
        f"the Docker host unix://{tmp_path}/none.sock cannot be reached: No such file or directory"
    )
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            Refused, match=rf"^the Docker host tcp://127.0.0.1:{port} cannot be reached: Connection refused"
        ):
            DockerStandIn(f"tcp://127.0.0.1:{port}").create(CONTAINER, SLEEPER)
