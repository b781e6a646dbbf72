"""Which instances nginx asks: those that say they are ready, and all where too few do."""

from collections.abc import Mapping

import pytest

from tests.dify.nginx_proxies import Stand, standing

CALLS = {"web": "GET /apps", "api": "POST /v1/chat-messages"}


def ready(stand: Stand, *instances: str) -> None:
    """From now on these and no others are ready."""
    for file in stand.nginx.ready.iterdir():
        file.unlink()
    for name in instances:
        (stand.nginx.ready / name).touch()


def asked(stand: Stand, service: str, call: str) -> set[int]:
    """The numbers of the instances that have a part of some requests."""
    before = [len(one.asked) for one in stand.upstreams[service]]
    for _ in range(12):
        assert stand.nginx.ask(call, body=b"row" if call.startswith("POST") else b"").status == 200
    after = [len(one.asked) for one in stand.upstreams[service]]
    return {number for number, (then, now) in enumerate(zip(before, after, strict=True), 1) if now > then}


@pytest.mark.parametrize(("service", "call"), CALLS.items())
@pytest.mark.parametrize(("instances", "left"), [(("1", "2"), {1, 2}), (("1",), {1}), (("2",), {2}), ((), {1, 2})])
def test_only_ready_instances_are_asked_and_all_where_none_is(
    service: str, call: str, instances: tuple[str, ...], left: set[int]
) -> None:
    with standing(instances={"web": 2, "api": 2}) as stand:
        ready(stand, *(f"{service}-{number}" for number in instances))
        assert asked(stand, service, call) == left


def test_each_request_looks_anew() -> None:
    with standing(instances={"api": 2}) as stand:
        for instance in (1, 2, 1):
            ready(stand, f"api-{instance}")
            assert asked(stand, "api", "GET /v1/info") == {instance}


@pytest.mark.parametrize(
    ("instances", "left"),
    [
        (("api-1", "api-2", "api-3"), {"web": {1, 2}, "api": {1, 2, 3}}),
        (("api-1", "api-3", "web-2"), {"web": {2}, "api": {1, 3}}),
        (("api-1", "web-1", "web-2"), {"web": {1, 2}, "api": {1, 2, 3}}),
    ],
)
def test_a_service_misses_no_instance_that_only_another_one_has(
    instances: tuple[str, ...], left: Mapping[str, set[int]]
) -> None:
    with standing(instances={"web": 2, "api": 3}) as stand:
        ready(stand, *instances)
        assert {service: asked(stand, service, call) for service, call in CALLS.items()} == left


def test_the_only_instance_of_a_service_is_asked_whatever_it_says() -> None:
    with standing(instances={"api": 2}) as stand:
        ready(stand, "api-1")
        assert asked(stand, "plugin-daemon", "GET /e/hook") == {1}


def test_clients_of_an_instance_that_is_away_come_back_to_it() -> None:
    call = "GET /socket.io/?EIO=4"
    with standing(instances={"api-websocket": 2}) as stand:
        ready(stand, "api-websocket-1", "api-websocket-2")
        (mine,) = asked(stand, "api-websocket", call)
        ready(stand, f"api-websocket-{3 - mine}")
        assert asked(stand, "api-websocket", call) == {3 - mine}
        ready(stand, "api-websocket-1", "api-websocket-2")
        assert asked(stand, "api-websocket", call) == {mine}
