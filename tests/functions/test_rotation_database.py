"""Logins of a real PostgreSQL, rotated while a client is using them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws
from pg8000.exceptions import DatabaseError

from functions.database_setup import database_setup
from functions.rotation.rotation import FunctionError
from tests.functions.database_world import PASSWORD, DatabaseWorld, run
from tests.functions.rotation_world import STEPS, RotationWorld
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import free_port

SERVICES = ["api", "worker"]


@dataclass
class World(RotationWorld):
    """A server that was set up, and the rotation of its first login."""

    database: DatabaseWorld
    entry: dict[str, Any]

    def __init__(self, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.database = DatabaseWorld.make(server)
        database_setup.handler(self.database.event(), None)
        self.entry = {
            "kind": "database",
            "ownerSecretArn": self.database.owner,
            "host": server.host,
            "port": server.port,
            "database": "dify",
            "users": ["dify_a", "dify_b"],
            "services": SERVICES,
        }
        self.change()

    @property
    def arn(self) -> str:
        return self.database.dify

    def change(self, **changes: object) -> None:
        self.entry |= changes
        self.plan({self.arn: self.entry})

    def stored(self, stage: str = "AWSCURRENT") -> tuple[str, str]:
        fields = self.secrets.read(self.arn, stage)
        return fields["username"], fields["password"]

    def logs_in(self, username: str, password: str) -> bool:
        try:
            with self.database.session(username, password, "dify") as session:
                return run(session, "SELECT current_user") == [["dify"]]
        except DatabaseError as error:
            if "28P01" in str(error):
                return False
            raise


@pytest.fixture
def world(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World(postgresql, monkeypatch)


def test_a_client_of_before_keeps_working_and_a_new_one_gets_the_new_login(world: World) -> None:
    with world.database.session("dify_a", PASSWORD, "dify") as running:
        run(running, "CREATE TABLE apps (id int)")
        world.rotate(world.arn)
        username, password = world.stored()
        assert username == "dify_b"
        with world.database.session(username, password, "dify") as new:
            run(new, "ALTER TABLE apps ADD COLUMN name text")
        run(running, "INSERT INTO apps (id, name) VALUES (1, 'one')")
    assert world.logs_in("dify_a", PASSWORD)


def test_the_login_before_the_last_one_ends_with_the_next_rotation(world: World) -> None:
    world.rotate(world.arn)
    second = world.stored()
    world.rotate(world.arn)
    third = world.stored()
    assert (second[0], third[0]) == ("dify_b", "dify_a")
    assert [world.logs_in("dify_a", PASSWORD), world.logs_in(*second), world.logs_in(*third)] == [False, True, True]


def test_services_are_told_once_the_new_login_is_current(world: World) -> None:
    token = world.secrets.begin(world.arn)
    for step in STEPS[:-1]:
        assert world.step(step, world.arn, token) == {"redeployed": []}
    assert world.stored() == ("dify_a", PASSWORD)
    assert world.step("finishSecret", world.arn, token) == {"redeployed": SERVICES}
    assert world.stored()[0] == "dify_b"
    assert world.services.deployed == SERVICES


def test_other_fields_of_the_secret_are_kept(world: World) -> None:
    world.secrets.store(world.arn, {"username": "dify_a", "password": PASSWORD, "note": "kept"})
    world.rotate(world.arn)
    assert world.secrets.read(world.arn)["note"] == "kept"


def test_every_step_may_be_repeated(world: World) -> None:
    token = world.secrets.begin(world.arn)
    pending: set[tuple[str, str]] = set()
    for step in STEPS[:-1]:
        for _ in range(2):
            world.step(step, world.arn, token)
            pending.add(world.stored("AWSPENDING"))
    verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = 'dify_b'"
    before = world.database.server.superuser(verifier)
    for step in ("setSecret", "finishSecret", *STEPS):
        world.step(step, world.arn, token)
    assert pending == {world.stored()}
    assert world.database.server.superuser(verifier) == before
    assert len(world.secrets.versions(world.arn)) == 2


def test_an_interrupted_rotation_is_finished_by_running_it_again(world: World) -> None:
    mirrors = {user: world.secrets.create(f"proxy-{user}", {"username": user}) for user in ("dify_a", "dify_b")}
    world.change(mirrors=mirrors)
    calls = world.count_calls(world.arn)
    assert calls > 10
    for after in range(1, calls + 1):
        before = world.stored()
        with world.database.session(*before, "dify") as running:
            world.rotate_with_interruption(world.arn, after)
            assert run(running, "SELECT 1") == [[1]]
        now = world.stored()
        assert {before[0], now[0]} == {"dify_a", "dify_b"}
        assert world.logs_in(*before)
        assert world.logs_in(*now)
        assert world.secrets.read(mirrors[now[0]]) == {"username": now[0], "password": now[1]}
        assert world.services.deployed == SERVICES


def test_the_secret_of_the_proxy_holds_the_login_before_it_is_used(world: World) -> None:
    mirrors = {user: world.secrets.create(f"proxy-{user}", {"username": user}) for user in ("dify_a", "dify_b")}
    world.change(mirrors=mirrors)
    token = world.secrets.begin(world.arn)
    for step in STEPS[:2]:
        world.step(step, world.arn, token)
    username, password = world.stored("AWSPENDING")
    assert world.secrets.read(mirrors["dify_b"]) == {"username": username, "password": password}
    assert world.secrets.read(mirrors["dify_a"]) == {"username": "dify_a"}


def test_no_password_is_in_the_log_of_a_server_that_logs_every_statement(world: World) -> None:
    world.rotate(world.arn)
    log = world.database.server.log()
    assert 'ALTER ROLE "dify_b" LOGIN PASSWORD' in log
    assert world.stored()[1] not in log
    assert world.database.server.owner_password not in log


def test_a_wrong_password_of_the_owner_is_one_line_and_changes_nothing(world: World) -> None:
    world.database.store(world.database.owner, {"username": "dify_owner", "password": "planted-wrong"})
    token = world.secrets.begin(world.arn)
    world.step("createSecret", world.arn, token)
    before = world.database.roles()
    with pytest.raises(FunctionError) as caught:
        world.step("setSecret", world.arn, token)
    assert str(caught.value).endswith('authentication failed for user "dify_owner" (SQLSTATE 28P01)')
    for value in ("planted", PASSWORD, world.stored("AWSPENDING")[1], "\n"):
        assert value not in str(caught.value)
    assert world.database.roles() == before
    assert world.stored() == ("dify_a", PASSWORD)
    assert world.services.deployed == []


def test_after_the_owners_password_was_put_right_the_same_rotation_goes_on(world: World) -> None:
    right = world.secrets.read(world.database.owner)
    world.database.store(world.database.owner, {**right, "password": "planted-wrong"})
    token = world.secrets.begin(world.arn)
    with pytest.raises(FunctionError, match="28P01"):
        world.rotate(world.arn, token)
    world.database.store(world.database.owner, right)
    world.rotate(world.arn, token)
    assert world.logs_in(*world.stored())
    assert world.stored()[0] == "dify_b"


def test_a_login_that_does_not_work_does_not_become_current(world: World) -> None:
    token = world.secrets.begin(world.arn)
    for step in STEPS[:2]:
        world.step(step, world.arn, token)
    world.database.server.superuser("ALTER ROLE dify_b PASSWORD 'by hand'")
    with pytest.raises(FunctionError, match=r"as dify_b: password authentication failed"):
        world.step("testSecret", world.arn, token)


def test_the_user_in_use_never_gets_a_new_password(world: World) -> None:
    token = world.secrets.begin(world.arn)
    world.step("createSecret", world.arn, token)
    world.secrets.store(world.arn, {"username": "dify_b", "password": "moved by hand"})
    with pytest.raises(FunctionError, match="the pending version is for dify_b, whose login is in use"):
        world.step("setSecret", world.arn, token)


def test_a_user_that_is_not_of_the_pair_is_refused(world: World) -> None:
    world.secrets.store(world.arn, {"username": "dify_owner", "password": "planted-wrong"})
    with pytest.raises(FunctionError, match=r"username must be dify_a or dify_b$"):
        world.rotate(world.arn)


def test_a_server_that_does_not_answer_is_named(world: World) -> None:
    world.change(port=free_port())
    with pytest.raises(FunctionError, match=r"database server 127.0.0.1:\d+: cannot be reached"):
        world.rotate(world.arn)
    assert json.dumps(world.stored()) == json.dumps(("dify_a", PASSWORD))


def test_a_version_that_is_not_pending_is_refused(world: World) -> None:
    with pytest.raises(FunctionError, match="version no-such is not pending"):
        world.step("createSecret", world.arn, "no-such")


def test_steps_have_an_order(world: World) -> None:
    token = world.secrets.begin(world.arn)
    with pytest.raises(FunctionError, match="holds nothing yet; createSecret comes first"):
        world.step("setSecret", world.arn, token)
