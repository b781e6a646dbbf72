"""The password of a cache user, rotated on a real Redis while a client is using it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import redis
from moto import mock_aws

from functions.rotation import rotation
from functions.rotation.rotation import FunctionError
from functions.rotation.rotation_cache import CacheRotation
from tests.functions.rotation_world import STEPS, CacheUsers, RotationWorld
from tests.servers.process import free_port
from tests.servers.redis_server import RedisServer

USER = "dify-prod"
PASSWORD = "planted-Password-of-the-cache"  # noqa: S105  made up
SERVICES = ["api", "worker", "worker_beat"]


class World(RotationWorld):
    """A cache with one user, and its secret with a composed field."""

    def __init__(self, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        server.add_user(USER, PASSWORD)
        self.server = server
        self.users: CacheUsers = self.with_cache(server)
        self.arn = self.secrets.create(
            "cache", {"username": USER, "password": PASSWORD, "CELERY_BROKER_URL": "old", "note": "kept"}
        )
        self.change()

    def change(self, **changes: object) -> None:
        template = "rediss://{username}:{password}@{host}:{port}/1"
        entry: dict[str, Any] = {
            "kind": "cache",
            "userId": USER,
            "host": self.server.host,
            "port": self.server.port,
            "compose": {"CELERY_BROKER_URL": template},
            "services": SERVICES,
        }
        self.plan({self.arn: entry | changes})

    def password(self, stage: str = "AWSCURRENT") -> str:
        return self.secrets.read(self.arn, stage)["password"]

    def logs_in(self, password: str) -> bool:
        with self.server.client(USER, password) as client:
            try:
                return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]
            except redis.AuthenticationError:
                return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.start(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def world(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World(server, monkeypatch)


def test_a_client_of_before_keeps_working_and_a_new_one_gets_the_new_password(world: World) -> None:
    with world.server.client(USER, PASSWORD, database=1) as running:
        running.set("queue", "task")
        world.rotate(world.arn)
        assert running.get("queue") == "task"
    assert world.password() != PASSWORD
    assert world.logs_in(world.password())
    assert world.logs_in(PASSWORD)
    assert world.services.deployed == SERVICES


def test_composed_fields_hold_the_new_password_and_others_are_kept(world: World) -> None:
    world.rotate(world.arn)
    password, server = world.password(), world.server
    assert world.secrets.read(world.arn) == {
        "username": USER,
        "password": password,
        "CELERY_BROKER_URL": f"rediss://{USER}:{password}@{server.host}:{server.port}/1",
        "note": "kept",
    }


def test_the_password_before_the_last_one_ends_with_the_next_rotation(world: World) -> None:
    world.rotate(world.arn)
    second = world.password()
    world.rotate(world.arn)
    assert [world.logs_in(PASSWORD), world.logs_in(second), world.logs_in(world.password())] == [False, True, True]


def test_steps_after_the_end_take_no_password_away(world: World) -> None:
    token = world.rotate(world.arn)
    modified = world.users.modified
    for step in STEPS:
        world.step(step, world.arn, token)
    assert world.users.modified == modified
    assert world.logs_in(PASSWORD)


def test_an_interrupted_rotation_is_finished_by_running_it_again(world: World) -> None:
    calls = world.count_calls(world.arn)
    assert calls > 10
    for after in range(1, calls + 1):
        before = world.password()
        with world.server.client(USER, before) as running:
            assert running.ping()  # pyright: ignore[reportUnknownMemberType]
            world.rotate_with_interruption(world.arn, after)
            assert running.ping()  # pyright: ignore[reportUnknownMemberType]
        assert world.password() != before
        assert world.logs_in(before)
        assert world.logs_in(world.password())
        assert world.services.deployed == SERVICES


def test_a_user_that_does_not_settle_in_time_is_an_error_that_can_be_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "CacheRotation", partial(CacheRotation, sleep=world.clock.sleep))
    world.users.settles_after, world.clock.seconds = 1000, 20
    token = world.secrets.begin(world.arn)
    with pytest.raises(FunctionError, match="cache user dify-prod: still modifying at the time limit; run"):
        world.rotate(world.arn, token)
    assert world.password() == PASSWORD
    assert world.services.deployed == []
    world.users.settles_after, world.clock.seconds = 0, 100_000
    world.rotate(world.arn, token)
    assert world.logs_in(world.password())


def test_a_password_that_does_not_work_does_not_become_current(world: World) -> None:
    token = world.secrets.begin(world.arn)
    world.step("createSecret", world.arn, token)
    with pytest.raises(FunctionError, match=r"^cache 127.0.0.1:\d+ as dify-prod: the pending password is refused$"):
        world.step("testSecret", world.arn, token)


def test_a_cache_that_does_not_answer_is_named(world: World) -> None:
    world.change(port=free_port())
    with pytest.raises(FunctionError, match=r"^cache 127.0.0.1:\d+ as dify-prod: .*refused") as caught:
        world.rotate(world.arn)
    assert world.password("AWSPENDING") not in str(caught.value)
    assert world.password() == PASSWORD


def test_a_cache_of_another_authority_is_not_trusted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FunctionError, match=r"^cache .*certificate verify failed"):
        world.rotate(world.arn)
