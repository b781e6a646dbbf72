"""The login that counts: it reads the columns that are listed, whenever they come, and can do nothing else."""

from collections.abc import Iterator

import pytest
from moto import mock_aws
from pg8000.exceptions import DatabaseError

from functions.database_setup import database_setup
from tests.functions.business_world import READER_PASSWORD, World, reader
from tests.functions.database_world import run
from tests.servers.postgresql import PostgreSQL


@pytest.fixture
def world(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World.make(postgresql, monkeypatch)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT answer FROM messages",
        "SELECT * FROM messages",
        "SELECT email FROM accounts",
        "SELECT content FROM document_segments",
        "DELETE FROM messages",
        "UPDATE messages SET message_tokens = 0",
        "CREATE TABLE public.mine (id int)",
        "SET ROLE dify",
    ],
)
def test_the_login_reads_the_listed_columns_and_can_do_nothing_else(world: World, statement: str) -> None:
    world.run()
    with world.database.session("dify_metrics_a", READER_PASSWORD, "dify") as session:
        run(session, "SELECT count(message_tokens) FROM messages")
        run(session, "SET default_transaction_read_only = off")
        with pytest.raises(DatabaseError, match="42501"):
            run(session, statement)


def test_sessions_of_the_login_are_few_short_and_change_nothing(world: World) -> None:
    with world.database.session("dify_metrics_a", READER_PASSWORD, "dify") as session:
        assert run(session, "SHOW statement_timeout") == [["20s"]]
        with pytest.raises(DatabaseError, match="25006"):
            run(session, "CREATE TEMP TABLE mine (id int)")
    limits = world.database.server.superuser("SELECT rolconnlimit FROM pg_roles WHERE rolname ~ 'dify_metrics_'")
    assert limits == [[3], [3]]


def test_setting_the_reader_up_again_has_no_effect_and_a_shorter_list_takes_away(world: World) -> None:
    event = world.database.event(readers=[reader(world.secret_arn)])
    assert world.run()["lacking"] == []
    again = database_setup.handler(event, None)
    assert (again["created"], again["changed"]) == ([], [])
    shorter = {**reader(world.secret_arn), "columns": {"messages": ["created_at"]}}
    changed = database_setup.handler({**event, "readers": [shorter]}, None)["changed"]
    assert changed == ["admission of dify_metrics to dify"]
    with (
        world.database.session("dify_metrics_a", READER_PASSWORD, "dify") as session,
        pytest.raises(DatabaseError, match="42501"),
    ):
        run(session, "SELECT message_tokens FROM messages")


def test_a_rotated_login_reads_what_the_one_before_it_read(world: World) -> None:
    world.message("12:01:00", message_tokens=5)
    world.run()
    world.database.server.as_owner(f"ALTER ROLE dify_metrics_b LOGIN PASSWORD '{READER_PASSWORD}-b'")
    fields = {"username": "dify_metrics_b", "password": f"{READER_PASSWORD}-b"}
    world.database.store(world.secret_arn, fields)
    world.forget()
    assert world.run()["lacking"] == []
    assert world.published()[("TokensIn",)] == 5


def test_tables_of_a_later_migration_are_opened_by_the_next_run(world: World) -> None:
    world.sql("ALTER TABLE end_users RENAME TO gone", "CREATE TABLE end_users (id int, created_at timestamp)")
    assert world.run()["lacking"] == []
    assert world.published()[("NewEndUsers",)] == 0
