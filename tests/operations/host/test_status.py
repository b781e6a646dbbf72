"""`status` of a real host says what is wrong first, and shows everything."""

import pytest

from operations.host.condition import Condition
from operations.outcome import ExitCode
from tests.operations.conftest import Call
from tests.operations.host.host_world import HostWorld
from tests.operations.host.logs import line


@pytest.mark.engine
def test_a_real_host_is_well_and_shown_whole(world: HostWorld, call: Call) -> None:
    world.heal()
    world.wait_backup()
    ended = call(world, "status")
    assert ended.code == ExitCode.DONE, ended.out
    lines = ended.out.splitlines()
    assert lines[0] == f"{world.stack}: all is well"
    shown = {line.split()[0] for line in lines if line}
    assert {part.name for part in world.host.parts()} < shown
    assert any(line.startswith("slot backup: read") for line in lines)


@pytest.mark.engine
def test_a_part_that_is_down_ends_with_1_and_stands_in_the_first_line(world: HostWorld, call: Call) -> None:
    world.heal()
    world.wait_backup()
    world.host.stop("sandbox")
    try:
        ended = call(world, "status")
    finally:
        world.host.start("sandbox")
    assert ended.code == ExitCode.FAILED
    assert ended.out.splitlines()[0].startswith(f"{world.stack}: sandbox is exited")


@pytest.mark.engine
def test_json_has_the_documented_form_and_no_secret(world: HostWorld, call: Call) -> None:
    world.heal()
    printed = line(path="/v1/chat-messages").decode().strip()
    world.host.output("nginx", "sh", "-c", f"echo '{printed}' > /proc/1/fd/1")
    found = call(world, "status", "--json").out
    condition = Condition.model_validate_json(found, strict=False)
    assert condition.stack == world.stack
    assert condition.database is not None
    assert condition.database.primary == world.pair.named_primary()
    assert {part.name for part in condition.parts} == {part.name for part in world.host.parts()}
    assert condition.traffic is not None
    assert condition.traffic.requests > 0
    assert [one.service for one in condition.traffic.services] == ["api"]
    assert all(part.received is not None for part in condition.parts)
    for node in ("superuser", "replication"):
        assert world.secret(f"{node}-password") not in found
