"""One node of the pair: what its first start makes, who gets in, and what it refuses to start on."""

import shutil
from collections.abc import Callable, Generator

import pytest
from pg8000.exceptions import DatabaseError

from tests.docker_host.postgres_world import Node, World, eventually


@pytest.fixture
def world() -> Generator[World]:
    with World.make() as world:
        yield world


def refused(node: Node) -> str:
    """The only line of a start that is refused."""
    done = node.run()
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("postgres_node: ")]
    assert len(lines) == 1, done.stderr
    return lines[0].removeprefix("postgres_node: ")


def test_the_first_start_makes_a_database_for_each_of_dify_and_the_plugin_daemon(world: World) -> None:
    world.a.start()
    assert (world.role / "primary").read_text() == "a\n"
    for role, secret in (("dify", "dify"), ("dify_plugin", "plugin")):
        password = world.passwords[secret]
        world.a.ask(role, password, "CREATE TABLE made (row text)")
        world.a.ask(role, password, 'CREATE EXTENSION "uuid-ossp"')
        powers = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = user"
        assert world.a.ask(role, password, powers) == [[False]]
    assert world.a.sql("SELECT extname FROM pg_extension WHERE extname = 'citext'", "dify") == "citext"
    assert world.a.sql("SHOW data_checksums") == "on"


def test_nobody_else_gets_in(world: World) -> None:
    world.a.start()
    for role, secret, database in (
        ("dify", "plugin", "dify"),
        ("dify", "dify", "dify_plugin"),
        ("dify_plugin", "plugin", "dify"),
        ("replication", "replication", "dify"),
        ("postgres", "superuser", "postgres"),
    ):
        with pytest.raises(DatabaseError, match=r"password authentication failed|no pg_hba\.conf entry"):
            world.a.connect(role, world.passwords[secret], database)


def test_a_changed_secret_is_the_password_from_the_next_start_on(world: World) -> None:
    world.a.start()
    world.a.stop()
    world.write("secrets/dify-password", "another'word\\here\n")
    world.a.start()
    world.a.connect("dify", "another'word\\here", "dify").close()
    with pytest.raises(DatabaseError, match="password authentication failed"):
        world.a.connect("dify", world.passwords["dify"], "dify")


def test_no_password_is_written_down_outside_of_the_secrets(world: World) -> None:
    world.a.settings += "\nlog_statement = all\nlog_min_duration_statement = 0"
    world.start_pair()
    written = world.a.log() + world.b.log()
    for file in ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf"):
        written += (world.b.data / file).read_text()
    assert "CREATE DATABASE" not in written
    assert not [name for name, password in world.passwords.items() if password in written]


def test_an_interrupted_first_start_goes_on_where_it_was(world: World) -> None:
    world.a.start(until=(world.a.folder / "pgdata.new/PG_VERSION").exists)
    world.a.kill()
    assert not world.a.data.exists()
    world.a.start(until=world.a.data.exists)
    world.a.kill()
    world.a.start()
    world.a.connect("dify_plugin", world.passwords["plugin"], "dify_plugin").close()
    assert not (world.a.folder / "pgdata.new").exists()


def test_a_stop_does_not_wait_for_clients(world: World) -> None:
    world.a.start()
    client = world.a.connect("dify", world.passwords["dify"], "dify")
    process = world.a.process
    assert process is not None
    process.terminate()
    assert process.wait(60) == 0
    assert "received fast shutdown request" in world.a.log()
    assert "terminating connection due to administrator command" in world.a.log()
    client.close()


def test_an_extension_that_the_image_lacks_is_named(world: World) -> None:
    world.a.extra["POSTGRES_EXTENSIONS"] = "citext no_such_extension"
    done = world.a.run()
    assert done.returncode == 1
    assert 'extension "no_such_extension" is not available' in done.stderr
    assert done.stderr.splitlines()[-1].startswith(("postgres_node: roles and databases could not be made", "20"))
    world.a.extra.clear()
    world.a.start()


def _no_password(world: World) -> None:
    (world.folder / "secrets/plugin-password").write_text("")


def _wrong_role(world: World) -> None:
    world.write("role/primary", "c\n")


def _no_node(world: World) -> None:
    world.a.extra["NODE"] = "master"


def _no_host(world: World) -> None:
    world.a.extra["PEER_HOST"] = "b' password='"


def _no_setting(world: World) -> None:
    world.a.extra["POSTGRES_SETTINGS"] = "work_mem = 4MB\nshared_buffers 1GB"


def _no_mode(world: World) -> None:
    world.a.extra["POSTGRES_SYNCHRONOUS"] = "yes"


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        (_no_password, ": run secret-keeper first"),
        (_wrong_role, "primary says 'c': write the node that is primary into it, a or b"),
        (_no_node, "NODE: 'master' is not a or b"),
        (_no_host, "PEER_HOST: 'b' password='' is not a host name"),
        (_no_setting, "POSTGRES_SETTINGS: 'shared_buffers 1GB' is not name = value"),
        (_no_mode, "POSTGRES_SYNCHRONOUS: 'yes' is not on or off"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_made(world: World, mistake: Callable[[World], None], line: str) -> None:
    mistake(world)
    assert refused(world.a).endswith(line)
    assert not world.a.data.exists()


def test_a_primary_whose_data_are_gone_does_not_begin_with_an_empty_database(world: World) -> None:
    world.a.start()
    world.a.stop()
    world.a.data.rename(world.folder / "lost")
    assert refused(world.a).startswith("the primary's data are gone: promote node b, or restore a backup")


@pytest.mark.parametrize("name", ["a", "b"])
def test_data_without_a_named_primary_are_not_started(world: World, name: str) -> None:
    world.start_pair()
    world.a.stop()
    world.b.stop()
    (world.role / "primary").unlink()
    assert "primary is gone, and there are data" in refused(world.nodes[name])
    assert not (world.role / "primary").exists()


def test_data_of_another_major_version_are_left_to_the_image_that_wrote_them(world: World) -> None:
    world.a.start()
    world.a.stop()
    world.write("a/pgdata/PG_VERSION", "9\n")
    assert refused(world.a).startswith("the data are PostgreSQL 9's, the image brings ")


def test_a_primary_outlives_a_role_folder_that_takes_no_more(world: World) -> None:
    world.a.start()
    world.role.chmod(0o555)
    seen = world.a.log().count("Permission denied")
    eventually(lambda: world.a.log().count("Permission denied") > seen + 2, "its position could not be kept")
    assert world.a.healthy()
    world.role.chmod(0o755)


def test_an_old_position_is_none(world: World) -> None:
    """What a promotion would compare with would be less than was written."""
    world.a.start()
    world.write("role/.position.a/in-its-way", "")
    eventually(lambda: not (world.role / "position").exists(), "the position that cannot be renewed goes")
    shutil.rmtree(world.role / ".position.a")
    eventually((world.role / "position").exists, "the position is kept again")


def test_two_servers_never_share_a_folder(world: World) -> None:
    world.a.start()
    assert "is in use by another server" in refused(world.a)
    assert world.a.healthy()


def test_the_second_node_waits_for_the_first(world: World) -> None:
    world.b.start(until=lambda: "waiting for node a to become the first primary" in world.b.log())
    assert not world.b.healthy()
    world.a.start()
    eventually(world.b.healthy, "node b follows")
    assert world.b.health().stdout == "postgres_health: node b is streaming\n"


def test_a_node_that_plays_the_wrong_role_is_not_healthy(world: World) -> None:
    world.start_pair()
    world.a.extra["ROLE_DIR"] = str(world.folder / "elsewhere")
    world.b.extra["ROLE_DIR"] = str(world.folder / "elsewhere")
    world.write("elsewhere/primary", "b\n")
    assert world.a.health().stderr == "postgres_health: node a runs as primary and node b is named\n"
    assert world.b.health().stderr == "postgres_health: node b is named primary and still follows\n"


def test_a_standby_that_hears_nothing_is_not_healthy(world: World) -> None:
    world.start_pair()
    world.a.stop()
    eventually(lambda: world.b.health().returncode == 1, "node b is not healthy")
    assert world.b.health().stderr == "postgres_health: node b does not receive anything from node a\n"
