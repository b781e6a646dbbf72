"""Containers on a real Docker Engine after they were made: changed by the program or by hand, and deleted."""

from typing import Any

import pytest
from docker.errors import NotFound
from docker_calls import CONTAINER, SLEEPER, VOLUME, DockerStandIn, inspected

from tests.servers.docker_engine import DockerEngine


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
        outputs = stand_in.run_to_its_end("sh", "-c", look, name=f"look-{grace}", volumes=volumes)
        assert outputs["containerLogs"] == ended


def test_a_container_that_removes_itself_is_deleted_without_an_error(
    engine: DockerEngine, stand_in: DockerStandIn
) -> None:
    identifier, outputs = stand_in.create(CONTAINER, {**SLEEPER, "rm": True})
    stand_in.delete(CONTAINER, identifier, outputs)
    with engine.client() as client, pytest.raises(NotFound):
        client.containers.get(identifier)
