"""The set-up on a real PostgreSQL, with an owner who is no superuser."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from pg8000.exceptions import DatabaseError

from functions.database_setup import database_setup
from functions.database_setup.database_setup import handler
from tests.functions.database_world import PASSWORD, PLUGIN_PASSWORD, DatabaseWorld, run
from tests.servers.postgresql import PostgreSQL


@pytest.fixture
def world(postgresql: PostgreSQL) -> Iterator[DatabaseWorld]:
    with mock_aws():
        yield DatabaseWorld.make(postgresql)


def call(event: object) -> dict[str, list[str]]:
    return handler(event, None)


def test_a_new_server_gets_everything(world: DatabaseWorld) -> None:
    answer = call(world.event())
    assert answer["unchanged"] == ["contents of dify", "contents of dify_plugin"]
    assert answer["changed"] == ["database dify", "password of dify_a", "password of dify_plugin_a"]
    assert answer["created"] == [
        "role dify",
        "login dify_a",
        "login dify_b",
        "extension uuid-ossp in dify",
        "extension pg_trgm in dify",
        "role dify_plugin",
        "login dify_plugin_a",
        "login dify_plugin_b",
        "database dify_plugin",
    ]


def test_the_stored_login_makes_tables_that_belong_to_the_role(world: DatabaseWorld) -> None:
    call(world.event())
    with world.session("dify_a", PASSWORD, "dify") as session:
        assert run(session, "SELECT current_user, session_user") == [["dify", "dify_a"]]
        run(session, "CREATE TABLE public.apps (id uuid DEFAULT uuid_generate_v4())")
        assert run(session, "SELECT tableowner FROM pg_tables WHERE tablename = 'apps'") == [["dify"]]


def test_a_second_run_has_no_effect(world: DatabaseWorld) -> None:
    first = call(world.event())
    before = world.roles()
    second = call(world.event())
    assert (second["created"], second["changed"]) == ([], [])
    assert sorted(second["unchanged"]) == sorted([name for names in first.values() for name in names])
    assert world.roles() == before


def test_the_owner_is_no_superuser(world: DatabaseWorld) -> None:
    asked = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert world.server.as_owner(asked) == [[False, True, True]]


@pytest.mark.parametrize(
    ("username", "password", "database"),
    [("dify_a", PASSWORD, "dify_plugin"), ("dify_plugin_a", PLUGIN_PASSWORD, "dify")],
)
def test_a_role_does_not_reach_the_other_database(
    world: DatabaseWorld, username: str, password: str, database: str
) -> None:
    call(world.event())
    with pytest.raises(DatabaseError, match="permission denied for database"):
        world.server.connect(username, password, database)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE friend",
        "CREATE DATABASE mine",
        "ALTER ROLE dify_b LOGIN",
        "RESET ROLE; CREATE ROLE friend",
        "SET ROLE dify_owner",
        "SET ROLE dify_plugin",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_a_login_cannot_do_more_than_own_its_data(world: DatabaseWorld, statement: str) -> None:
    call(world.event())
    with world.session("dify_a", PASSWORD, "dify") as session, pytest.raises(DatabaseError, match="42501"):
        run(session, statement)


def test_everybody_else_is_kept_out_of_the_databases_and_their_public_schema(world: DatabaseWorld) -> None:
    world.server.as_owner("GRANT CREATE ON SCHEMA public TO PUBLIC", database="dify")
    assert "contents of dify" in call(world.event())["changed"]
    world.server.superuser("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    with pytest.raises(DatabaseError, match="permission denied for database"):
        world.server.connect("stranger", "stranger", "dify")
    world.server.superuser("GRANT CONNECT ON DATABASE dify TO stranger")
    with (
        world.session("stranger", "stranger", "dify") as session,
        pytest.raises(DatabaseError, match="permission denied for schema public"),
    ):
        run(session, "CREATE TABLE public.mine ()")


def test_the_other_user_cannot_log_in_before_a_rotation(world: DatabaseWorld) -> None:
    call(world.event())
    asked = "SELECT rolname, rolcanlogin, rolpassword IS NULL FROM pg_authid WHERE rolname ~ '^dify' ORDER BY 1"
    assert world.server.superuser(asked) == [
        ["dify", False, True],
        ["dify_a", True, False],
        ["dify_b", False, True],
        ["dify_owner", True, False],
        ["dify_plugin", False, True],
        ["dify_plugin_a", True, False],
        ["dify_plugin_b", False, True],
    ]


def test_a_table_of_one_user_is_the_other_users_too(world: DatabaseWorld) -> None:
    call(world.event())
    with world.session("dify_a", PASSWORD, "dify") as session:
        run(session, "CREATE TABLE apps (id int)")
    world.server.superuser("ALTER ROLE dify_b LOGIN PASSWORD 'rotated'")
    with world.session("dify_b", "rotated", "dify") as session:
        run(session, "ALTER TABLE apps ADD COLUMN name text")
        run(session, "DROP TABLE apps")
        assert run(session, "SELECT to_regclass('apps')") == [[None]]


def test_what_the_owner_had_made_is_handed_over(world: DatabaseWorld) -> None:
    world.server.as_owner(
        "CREATE TABLE public.apps (id serial)",
        "CREATE SCHEMA reports",
        "CREATE FUNCTION reports.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE public.mood AS ENUM ('good')",
        database="dify",
    )
    assert "contents of dify" in call(world.event())["changed"]
    with world.session("dify_a", PASSWORD, "dify") as session:
        run(session, "ALTER TABLE apps ADD COLUMN name text")
        run(session, "ALTER TYPE mood ADD VALUE 'better'")
        run(session, "DROP FUNCTION reports.one()")
        run(session, "DROP SCHEMA reports")
        assert run(session, "SELECT nextval('apps_id_seq')") == [[1]]
    assert call(world.event())["changed"] == []


def test_what_the_owner_has_elsewhere_stays_the_owners(world: DatabaseWorld) -> None:
    world.server.as_owner("CREATE DATABASE archive")
    world.server.as_owner("CREATE TABLE kept ()", database="archive")
    world.server.as_owner("CREATE TABLE apps ()", database="dify")
    call(world.event())
    owners = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname ~ '^(archive|dify)' ORDER BY 1"
    assert world.server.superuser(owners) == [
        ["archive", "dify_owner"],
        ["dify", "dify"],
        ["dify_plugin", "dify_plugin"],
    ]
    kept = "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'"
    assert world.server.superuser(kept, database="archive") == [["dify_owner"]]


def test_extensions_are_in_the_database_that_asks_for_them_only(world: DatabaseWorld) -> None:
    call(world.event())
    installed = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
    assert world.server.superuser(installed, database="dify") == [["pg_trgm"], ["uuid-ossp"]]
    assert world.server.superuser(installed, database="dify_plugin") == []


def test_no_password_is_in_the_log_of_a_server_that_logs_every_statement(world: DatabaseWorld) -> None:
    call(world.event())
    log = world.server.log()
    assert 'ALTER ROLE "dify_a" LOGIN PASSWORD' in log
    for planted in (PASSWORD, PLUGIN_PASSWORD, world.server.owner_password):
        assert planted not in log


def test_a_rotated_login_is_left_alone(world: DatabaseWorld) -> None:
    call(world.event())
    world.server.superuser("ALTER ROLE dify_b LOGIN PASSWORD 'rotated'")
    world.store(world.dify, {"username": "dify_b", "password": "rotated"})
    before = world.roles()
    assert call(world.event())["changed"] == []
    assert world.roles() == before
    with world.session("dify_a", PASSWORD, "dify"):
        pass


def test_a_proxys_secret_repeats_the_login_in_use_and_only_that(world: DatabaseWorld) -> None:
    event = world.event()
    mirrors = {
        login: world.secrets.create_secret(Name=login, SecretString=json.dumps({"username": login, "password": "made"}))
        for login in ("dify_a", "dify_b")
    }
    event["roles"][0]["mirrors"] = {login: made["ARN"] for login, made in mirrors.items()}
    assert "mirror of dify_a" in call(event)["changed"]
    assert world.read(mirrors["dify_a"]["ARN"]) == {"username": "dify_a", "password": PASSWORD}
    assert world.read(mirrors["dify_b"]["ARN"]) == {"username": "dify_b", "password": "made"}
    assert "mirror of dify_a" in call(event)["unchanged"]


def test_what_was_changed_by_hand_is_put_right(world: DatabaseWorld) -> None:
    call(world.event())
    world.server.superuser(
        "ALTER ROLE dify_a CREATEDB PASSWORD 'by hand'",
        "ALTER ROLE dify_b RESET role",
        "ALTER ROLE dify LOGIN",
        "GRANT CONNECT ON DATABASE dify TO PUBLIC",
    )
    world.server.as_owner("REVOKE dify_plugin FROM dify_plugin_b")
    answer = call(world.event())
    assert answer["created"] == []
    assert answer["changed"] == [
        "role dify",
        "login dify_a",
        "login dify_b",
        "database dify",
        "password of dify_a",
        "login dify_plugin_b",
    ]
    assert call(world.event())["changed"] == []


def test_the_folder_and_the_shared_one_are_the_whole_package(tmp_path: Path) -> None:
    own = Path(database_setup.__file__).parent
    package = shutil.copytree(own, tmp_path / "package")
    shutil.copytree(own.parent / "shared", package, dirs_exist_ok=True)
    program = "import database_setup, json; print(json.dumps(callable(database_setup.handler)))"
    done = subprocess.run(  # noqa: S603  this interpreter, this text
        [sys.executable, "-c", program], cwd=package, capture_output=True, text=True, check=False
    )
    assert (done.stderr, json.loads(done.stdout or "null")) == ("", True)
