"""Containers that the stand-in makes on a real Docker Engine are what the program said."""

import threading
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest
from docker_calls import CONTAINER, NETWORK, SLEEPER, VOLUME, DockerStandIn, inspected
from provider_calls import Refused

from tests.servers.docker_engine import BUSYBOX, DockerEngine


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
    outputs = stand_in.run_to_its_end("cat", "/proc/self/status", capabilities=left)
    (bounding,) = [line.split()[1] for line in outputs["containerLogs"].splitlines() if line.startswith("CapBnd")]
    # CAP_CHOWN is bit 0, CAP_FOWNER bit 3 (linux/capability.h).
    assert int(bounding, 16) == 0b1001


def test_each_instance_answers_to_its_own_name_and_to_its_kinds(stand_in: DockerStandIn) -> None:
    stand_in.create(NETWORK, {"name": "net", "ipamConfigs": [{"subnet": "10.90.0.0/24"}]})
    for number in (1, 2):
        joined = {"name": "net", "aliases": [f"api-{number}.here", "api.here"], "ipv4Address": f"10.90.0.1{number}"}
        stand_in.create(CONTAINER, {**SLEEPER, "name": f"api-{number}", "networksAdvanced": [joined]})
    asked = "nslookup -type=a api.here | cat; nslookup -type=a api-2.here | cat"
    outputs = stand_in.run_to_its_end("sh", "-c", asked, networksAdvanced=[{"name": "net"}])
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
    outputs = stand_in.run_to_its_end(
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
        stand_in.run_to_its_end("true", readOnly=True, **uploading)
    stand_in.run_to_its_end("true", **uploading)
    reading = {"mounts": [{**mount, "readOnly": True}], "readOnly": True}
    assert stand_in.run_to_its_end("cat", "/programs/run", name="two", **reading)["containerLogs"] == "here\n"


def test_mounts_of_every_kind_are_there(engine: DockerEngine, stand_in: DockerStandIn, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of the host\n")
    stand_in.create(VOLUME, {"name": "files"})
    mounts = [
        {"type": "volume", "source": "files", "target": "/files", "volumeOptions": {"noCopy": True}},
        {"type": "bind", "source": str(tmp_path), "target": "/host", "readOnly": True},
        {"type": "tmpfs", "target": "/memory", "tmpfsOptions": {"sizeBytes": 1 << 20, "mode": 0o700}},
    ]
    script = "touch /files/a /memory/b; touch /host/c || echo refused; cat /host/file; stat -c '%a' /memory"
    outputs = stand_in.run_to_its_end("sh", "-c", script, mounts=mounts)
    assert [line for line in outputs["containerLogs"].splitlines() if "touch" not in line] == [
        "refused",
        "of the host",
        "700",
    ]
    script = "stat /files/a > /dev/null && echo kept"
    again = stand_in.run_to_its_end("sh", "-c", script, name="two", volumes=[
        {"volumeName": "files", "containerPath": "/files", "readOnly": True}
    ])  # fmt: skip
    assert again["containerLogs"] == "kept\n"


def test_one_that_ran_to_its_end_tells_its_exit_code_and_needs_no_change(stand_in: DockerStandIn) -> None:
    outputs = stand_in.run_to_its_end("false")
    assert (outputs["exitCode"], outputs["mustRun"]) == (1, False)


def test_a_container_is_waited_for_until_it_is_healthy(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    check = {"tests": ["CMD", "stat", "/data/ready"], "interval": "100ms", "retries": 1000}
    command = ["sh", "-c", "sleep 1; touch /data/ready; sleep 600"]
    given = {**SLEEPER, "command": command, "wait": True, "healthcheck": check}
    stand_in.create(CONTAINER, given)
    assert inspected(engine, "sleeper")["State"]["Health"]["Status"] == "healthy"


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
