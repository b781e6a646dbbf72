"""Containers that a real Docker Engine does not make or change: one line says why, and nothing is left."""

import socket
from pathlib import Path

import pytest
from docker_calls import CONTAINER, SLEEPER, DockerStandIn, inspected
from provider_calls import Refused

from sandbox.properties import Properties
from tests.servers.docker_engine import DockerEngine


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


@pytest.mark.parametrize("name", ["init", "tmpfs"])
def test_a_change_that_the_provider_would_swallow_is_refused(stand_in: DockerStandIn, name: str) -> None:
    value = {"init": True, "tmpfs": {"/tmp": ""}}[name]  # noqa: S108
    identifier, outputs = stand_in.create(CONTAINER, SLEEPER)
    with pytest.raises(Refused, match=rf'replace_on_changes=\["{name}"\]'):
        stand_in.update(CONTAINER, identifier, {**outputs, name: None}, {**SLEEPER, name: value})


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
