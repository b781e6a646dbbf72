"""A promotion changes the roles, loses no row, and comes to the same end from wherever it was killed."""

from collections.abc import Callable

import pytest

from operations.host.postgres_pair import other
from operations.outcome import ExitCode
from tests.operations.conftest import Call, KilledError
from tests.operations.host.host_world import HostWorld

pytestmark = pytest.mark.engine

STEPS = ("stop", "replay", "promote", "write", "start", "stream")


@pytest.fixture(autouse=True)
def healed(world: HostWorld) -> None:
    world.heal()
    primary = world.pair.named_primary()
    world.sql(primary, "CREATE TABLE IF NOT EXISTS kept (row text); TRUNCATE kept")


def test_a_primary_that_works_stays_unless_the_call_insists(world: HostWorld, call: Call) -> None:
    before = world.pair.named_primary()
    ended = call(world, "promote")
    assert ended.code == ExitCode.REFUSED
    (line,) = ended.err.splitlines()
    assert line.startswith(f"dify-{world.stack}-{before}: the primary works; ")
    assert "--switchover" in line
    assert world.pair.named_primary() == before


def test_a_dry_run_names_the_steps_and_changes_nothing(world: HostWorld, call: Call) -> None:
    before = world.snapshot()
    old = world.pair.named_primary()
    ended = call(world, "promote", "--switchover", "--dry-run")
    assert ended.code == ExitCode.DONE
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == [f"{n}/6" for n in range(1, 7)]
    assert f"3/6 promoting {other(old)}" in ended.out
    assert world.snapshot() == before
    assert world.pair.named_primary() == old


def test_a_dead_primary_is_followed_by_its_standby_with_every_replicated_row(world: HostWorld, call: Call) -> None:
    old = world.pair.named_primary()
    world.sql(old, "INSERT INTO kept SELECT generate_series(1, 1000)::text")
    world.wait_replayed()
    world.kill(old)
    ended = call(world, "promote", "--accept-loss")
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.out.splitlines()[-1].startswith(f"{other(old)} is the primary; seconds without a primary: ")
    assert world.sql(other(old), "SELECT count(*) FROM kept") == "1000"
    assert world.pair.streams(other(old))


def test_a_switchover_loses_no_row(world: HostWorld, call: Call) -> None:
    old = world.pair.named_primary()
    world.sql(old, "INSERT INTO kept SELECT generate_series(1, 5000)::text")
    ended = call(world, "promote", "--switchover")
    assert ended.code == ExitCode.DONE, ended.err
    assert world.sql(other(old), "SELECT count(*) FROM kept") == "5000"


def test_without_a_standby_nothing_is_stopped(world: HostWorld, call: Call) -> None:
    old = world.pair.named_primary()
    world.host.stop(other(old))
    ended = call(world, "promote", "--switchover")
    assert ended.code == ExitCode.REFUSED
    assert f"`docker start dify-{world.stack}-{other(old)}`" in ended.err
    assert world.pair.writes(old)


def test_a_standby_that_lacks_writes_is_refused_and_the_primary_comes_back(world: HostWorld, call: Call) -> None:
    old = world.pair.named_primary()
    world.kill(old)
    # Afterwards: a primary that lives writes its own position each second.
    world.host.output(other(old), "bash", "-c", "echo FF/0 now > /var/lib/dify/role/position")
    ended = call(world, "promote")
    assert ended.code == ExitCode.REFUSED
    assert "--accept-loss" in ended.err
    world.wait_streaming()
    assert world.pair.named_primary() == old
    assert call(world, "promote").code == ExitCode.REFUSED, "and the next call begins anew"


def test_killed_in_every_step_the_same_call_comes_to_the_same_end(
    world: HostWorld, call: Call, kill_in: Callable[[str], None]
) -> None:
    old = world.pair.named_primary()
    world.sql(old, "INSERT INTO kept VALUES ('before')")
    for step in STEPS:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call(world, "promote", "--switchover")
    ended = call(world, "promote", "--switchover")
    assert ended.code == ExitCode.DONE, ended.err
    assert "going on with the promote that was interrupted after 5 steps" in ended.out
    assert world.pair.named_primary() == other(old)
    assert world.pair.streams(other(old))
    assert world.sql(other(old), "SELECT string_agg(row, ',') FROM kept") == "before"


def test_another_operation_is_refused_while_one_is_unfinished(
    world: HostWorld, call: Call, kill_in: Callable[[str], None]
) -> None:
    kill_in("stop")
    with pytest.raises(KilledError):
        call(world, "promote", "--switchover")
    ended = call(world, "promote")
    assert ended.code == ExitCode.REFUSED
    assert "`promote --switchover` is unfinished" in ended.err
    assert call(world, "promote", "--switchover").code == ExitCode.DONE
