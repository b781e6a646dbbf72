"""The pair: rows outlive their primary, there is never a second primary, and whoever was away comes back by itself."""

import shutil
from collections.abc import Generator

import pytest

from tests.docker_host.postgres_world import World, eventually

SMALL_SLOTS = "\nwal_keep_size = 0\nmax_slot_wal_keep_size = 16MB\nmin_wal_size = 32MB"


@pytest.fixture
def world() -> Generator[World]:
    """A pair that streams and holds one row."""
    with World.make() as world:
        world.start_pair()
        world.a.write("first")
        eventually(lambda: world.b.received(world.a), "the row is replicated")
        yield world


def follows(world: World, name: str) -> bool:
    node = world.nodes[name]
    return node.sql("SELECT pg_is_in_recovery()") == "t" and node.healthy()


def test_what_was_committed_and_replicated_outlives_the_primary(world: World) -> None:
    world.a.write(*(f"row-{number:04}" for number in range(1000)))
    eventually(lambda: world.b.received(world.a), "the rows are replicated")
    before = world.a.rows()
    world.a.kill()
    assert world.b.promote().stdout == "postgres_promote: node b is primary\n"
    assert len(before) == 1001
    assert world.b.rows() == before
    world.b.write("after")
    assert world.b.healthy()


def test_a_standby_takes_over_as_what_it_was_started_as(world: World) -> None:
    world.write("scripts/postgres_roles.sql", "SELECT of_another_release;")
    world.a.kill()
    assert world.b.promote().returncode == 0
    eventually(lambda: "postgres_node: node b is primary" in world.b.log(), "node b has seen that it is primary")


def test_promoting_the_primary_changes_nothing(world: World) -> None:
    world.a.kill()
    world.b.promote()
    timeline = world.b.sql("SELECT timeline_id FROM pg_control_checkpoint()")
    again = world.b.promote()
    assert (again.returncode, again.stdout) == (0, "postgres_promote: node b is primary\n")
    assert world.b.sql("SELECT timeline_id FROM pg_control_checkpoint()") == timeline


def test_a_former_primary_comes_back_without_what_only_it_had(world: World) -> None:
    world.b.stop()
    world.a.write("never-replicated")
    world.a.kill()
    world.b.start(until=lambda: world.b.health().returncode == 1 and (world.b.folder / "socket/ready").exists())
    assert world.b.promote("--accept-loss").returncode == 0
    world.b.write("second")
    world.a.start()
    assert "pg_rewind: Done!" in world.a.log()
    assert follows(world, "a")
    eventually(lambda: world.a.received(world.b), "node a has caught up")
    assert world.a.rows() == ["first", "second"]


def test_a_former_primary_that_cannot_be_rewound_is_copied(world: World) -> None:
    world.a.kill()
    world.b.promote()
    world.b.write("second")
    shutil.rmtree(world.a.data / "pg_wal")
    world.write("a/pgdata/pg_wal/archive_status/none", "")
    world.a.start()
    assert "postgres_node: copying node b" in world.a.log()
    assert world.a.rows() == ["first", "second"]


def test_a_planned_change_of_roles_goes_there_and_back(world: World) -> None:
    for old, new in (("a", "b"), ("b", "a")):
        world.nodes[old].stop()
        assert world.nodes[new].promote().returncode == 0
        world.nodes[new].write(new)
        world.nodes[old].start()
        assert follows(world, old)
    assert world.a.rows() == ["a", "b", "first"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_both_keep_their_roles_over_a_restart_in_any_order(world: World, order: str) -> None:
    world.a.kill()
    world.b.promote()
    world.a.start()
    world.a.kill()
    world.b.kill()
    for name in order:
        world.nodes[name].start(until=lambda: True)
    eventually(world.b.healthy, "node b is primary")
    eventually(world.a.healthy, "node a follows")
    assert follows(world, "a")
    assert world.a.rows() == ["first"]


def test_a_former_primary_waits_for_the_new_one_rather_than_be_primary(world: World) -> None:
    world.a.kill()
    world.b.promote()
    world.b.stop()
    world.a.start(until=lambda: "waiting for node b to answer as primary" in world.a.log())
    assert not world.a.healthy()
    world.b.start()
    eventually(world.a.healthy, "node a follows")


def test_a_primary_stops_when_the_other_node_is_named(world: World) -> None:
    process = world.a.process
    assert process is not None
    world.write("role/primary", "b\n")
    assert process.wait(60) == 0
    assert "primary names node b: node a stops being primary" in world.a.log()
    assert world.b.promote().returncode == 0


def test_no_promotion_beside_a_running_primary(world: World) -> None:
    done = world.b.promote()
    assert (done.returncode, done.stderr) == (1, "postgres_promote: node a still runs as primary: stop it first\n")
    assert world.primary() is world.a
    assert follows(world, "b")


def test_no_promotion_of_a_node_that_lacks_rows_unless_asked_for(world: World) -> None:
    world.b.stop()
    world.a.write("not-received")
    world.a.stop()
    world.b.start(until=(world.b.folder / "socket/ready").exists)
    done = world.b.promote()
    assert done.returncode == 1
    assert done.stderr.startswith("postgres_promote: node b has received up to ")
    assert done.stderr.count("\n") == 1
    assert world.primary() is world.a
    assert world.b.promote("--accept-loss").returncode == 0
    assert world.b.rows() == ["first"]


def test_no_promotion_of_a_node_that_does_not_run(world: World) -> None:
    world.b.stop()
    done = world.b.promote()
    assert (done.returncode, done.stderr) == (1, "postgres_promote: node b takes no clients: start it first\n")


@pytest.mark.parametrize("how", ["by promoting again", "by a restart"])
def test_an_interrupted_promotion_is_ended(world: World, how: str) -> None:
    world.a.kill()
    world.b.kill()
    world.write("role/primary", "b\n")
    if how == "by a restart":
        world.b.start()
    else:
        # Named while it follows, as between the two steps of a promotion.
        world.write("role/primary", "a\n")
        world.b.start(until=(world.b.folder / "socket/ready").exists)
        world.write("role/primary", "b\n")
        assert world.b.promote().returncode == 0
    assert world.b.sql("SELECT pg_is_in_recovery()") == "f"
    assert world.b.sql("SELECT timeline_id FROM pg_control_checkpoint()") == "2"
    world.a.start()
    assert follows(world, "a")


def test_an_interrupted_copy_is_made_again(world: World) -> None:
    world.b.stop()
    shutil.rmtree(world.b.data)
    world.b.start(until=(world.b.folder / "pgdata.new").exists)
    world.b.kill()
    assert not world.b.data.exists()
    world.b.start()
    assert world.b.rows() == ["first"]
    assert not (world.b.folder / "pgdata.new").exists()


def test_an_interrupted_rewind_is_followed_by_a_copy(world: World) -> None:
    world.a.kill()
    world.b.promote()
    world.write("a/pgdata.unfinished", "")
    world.a.start()
    assert "postgres_node: copying node b" in world.a.log()
    assert follows(world, "a")
    assert not (world.a.folder / "pgdata.unfinished").exists()


def test_an_interrupted_swap_gives_the_old_data_back(world: World) -> None:
    world.b.stop()
    world.b.data.rename(world.b.folder / "pgdata.old")
    world.b.start()
    assert world.b.rows() == ["first"]
    assert world.b.log().count("copying node a") == 1


def test_a_node_that_was_away_too_long_is_copied_anew_and_the_disk_not_filled(world: World) -> None:
    world.a.stop()
    world.a.settings += SMALL_SLOTS
    world.a.start()
    world.b.stop()
    for number in range(6):
        world.a.write(f"row-{number}")
        world.a.sql("SELECT pg_switch_wal()")
    world.a.sql("CHECKPOINT")
    assert world.a.sql("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'node_b'") == "lost"
    world.b.start(until=lambda: "node b cannot follow node a any more: it is copied anew" in world.b.log())
    assert world.b.process is not None
    world.b.process.wait(60)
    world.b.stop()
    world.b.start()
    assert follows(world, "b")
    assert world.b.rows() == world.a.rows()


@pytest.mark.parametrize("signal", [True, False], ids=["as a follower", "as a former primary"])
def test_the_data_of_another_database_are_never_replaced(world: World, signal: bool) -> None:
    world.b.stop()
    with World.make() as other:
        other.a.start()
        other.a.stop()
        shutil.rmtree(world.b.data)
        shutil.copytree(other.a.data, world.b.data)
    if signal:
        world.write("b/pgdata.unfinished", "")
    world.own()
    done = world.b.run()
    assert done.returncode == 1
    assert "holds another database" in done.stderr.splitlines()[-1]
    assert (world.b.data / "global/pg_control").exists()


def test_a_synchronous_pair_commits_on_both(world: World) -> None:
    world.a.stop()
    world.a.extra["POSTGRES_SYNCHRONOUS"] = "on"
    world.a.start()
    eventually(lambda: world.a.sql("SELECT sync_state FROM pg_stat_replication") == "sync", "node b is synchronous")
    world.a.write("second")
    world.a.kill()
    assert world.b.promote().returncode == 0
    assert world.b.rows() == ["first", "second"]


def test_the_first_start_of_a_synchronous_pair_does_not_wait_for_the_node_that_comes_second() -> None:
    with World.make() as world:
        for node in world.nodes.values():
            node.extra["POSTGRES_SYNCHRONOUS"] = "on"
        world.start_pair()
        eventually(lambda: world.a.sql("SELECT sync_state FROM pg_stat_replication") == "sync", "node b is synchronous")
        assert world.b.sql("SELECT extname FROM pg_extension WHERE extname = 'citext'", "dify") == "citext"


def test_a_synchronous_primary_starts_without_the_other_node(world: World) -> None:
    world.a.stop()
    world.b.stop()
    world.a.extra["POSTGRES_SYNCHRONOUS"] = "on"
    world.a.start()
    assert world.a.health().stdout == "postgres_health: node a is primary\n"
