"""What stops the set-up: one line each, and nothing is changed before it."""

import socketserver
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from moto import mock_aws

from functions.database_setup.database_setup import FunctionError, handler
from tests.functions.database_world import PASSWORD, DatabaseWorld
from tests.servers.certificates import loopback_certificate
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import LOOPBACK, free_port


@pytest.fixture
def world(postgresql: PostgreSQL) -> Iterator[DatabaseWorld]:
    with mock_aws():
        yield DatabaseWorld.make(postgresql)


def call(event: object) -> dict[str, list[str]]:
    return handler(event, None)


Mistake = Callable[[DatabaseWorld], dict[str, Any]]


def wrong_owner_password(world: DatabaseWorld) -> dict[str, Any]:
    world.store(world.owner, {"username": world.server.owner, "password": "planted-wrong"})
    return world.event()


def missing_field(world: DatabaseWorld) -> dict[str, Any]:
    world.store(world.plugin, {"username": "dify_plugin_a"})
    return world.event()


def unexpected_user(world: DatabaseWorld) -> dict[str, Any]:
    world.store(world.plugin, {"username": "dify_a", "password": "planted-wrong"})
    return world.event()


def missing_secret(world: DatabaseWorld) -> dict[str, Any]:
    event = world.event()
    event["roles"][1]["secretArn"] = world.plugin.replace("plugin", "absent")
    return event


def role_of_the_owners_name(world: DatabaseWorld) -> dict[str, Any]:
    world.store(world.owner, {"username": "dify", "password": "planted-wrong"})
    return world.event()


def not_json(world: DatabaseWorld) -> dict[str, Any]:
    world.secrets.put_secret_value(SecretId=world.dify, SecretString="planted-wrong")
    return world.event()


MISTAKES: list[tuple[Mistake, str]] = [
    (wrong_owner_password, r"as dify_owner: password authentication failed for user \"dify_owner\" \(SQLSTATE 28P01\)"),
    (lambda world: world.event(port=free_port()), r"database server 127.0.0.1:\d+: cannot be reached \(.+\); check"),
    (lambda world: world.event(host="no-such.invalid"), r"database server no-such.invalid:\d+: cannot be reached \("),
    (missing_field, "secret arn:.*:plugin-.*: field password must be non-empty text"),
    (unexpected_user, "secret arn:.*:plugin-.*: username must be dify_plugin_a or dify_plugin_b"),
    (missing_secret, "secret arn:.*:absent-.*: does not exist or holds nothing yet"),
    (not_json, "secret arn:.*:dify-.*: what is stored is not a JSON object"),
    (role_of_the_owners_name, "event.roles: dify is the owner's own login; give the role another name"),
    (lambda world: world.event(roles=[]), "event.roles: at least one role is needed"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_one_line_and_changes_nothing(world: DatabaseWorld, mistake: Mistake, message: str) -> None:
    event, before = mistake(world), world.roles()
    with pytest.raises(FunctionError, match=message) as caught:
        call(event)
    assert "\n" not in str(caught.value)
    for value in ("planted", PASSWORD, world.server.owner_password):
        assert value not in str(caught.value)
    assert world.roles() == before


def test_an_unknown_extension_is_named_and_the_next_run_goes_on(world: DatabaseWorld) -> None:
    event = world.event()
    event["roles"][0]["extensions"] = {"dify": ["no-such"]}
    with pytest.raises(FunctionError, match=r'^database dify on .*: extension "no-such" is not available'):
        call(event)
    assert "password of dify_a" in call(world.event())["changed"]


def test_a_database_of_a_stranger_is_not_taken(world: DatabaseWorld) -> None:
    world.server.superuser("CREATE DATABASE dify_plugin")
    with pytest.raises(FunctionError, match="must be owner of database dify_plugin"):
        call(world.event())


def test_a_server_of_another_authority_is_not_trusted(
    world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = world.roles()
    monkeypatch.setenv("DATABASE_CA_FILE", str(loopback_certificate(tmp_path).ca_file))
    with pytest.raises(FunctionError, match=r"as dify_owner: TLS failed: .*certificate"):
        call(world.event())
    assert world.roles() == before


def test_a_file_of_authorities_that_is_not_there_is_named(
    world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_CA_FILE", "absent.pem")
    with pytest.raises(FunctionError, match=r"^DATABASE_CA_FILE: absent.pem is not a file of certificates"):
        call(world.event())


def test_without_a_file_of_authorities_it_is_still_tls(world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_CA_FILE")
    call(world.event())
    server = socketserver.TCPServer((LOOPBACK, 0), PlainOnly)
    with server:
        Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(FunctionError, match="as dify_owner: Server refuses SSL"):
            call(world.event(port=server.server_address[1]))


class PlainOnly(socketserver.BaseRequestHandler):
    """Answers a request for TLS with no (PostgreSQL documentation, SSL session encryption)."""

    def handle(self) -> None:
        self.request.recv(8)
        self.request.sendall(b"N")
