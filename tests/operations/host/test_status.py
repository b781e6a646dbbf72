"""Status says what is wrong first, and nothing where nothing is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.host.condition import (
    BackupCondition,
    CertificateCondition,
    Condition,
    DatabaseCondition,
    DiskCondition,
    PartCondition,
    SlotCondition,
)
from operations.host.part import KINDS, Part
from operations.host.status import problems, text
from operations.outcome import ExitCode
from tests.operations.conftest import Call
from tests.operations.host.host_world import HostWorld

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GIB = 1024**3

PARTS = tuple(
    Part(
        name=kind,
        kind=kind,
        container=f"dify-host-{kind}",
        release="1.17.1",
        image="image",
        state="running",
        health="healthy",
        started=NOW - timedelta(days=1),
        restarts=0,
        exit_code=0,
        out_of_memory=False,
        memory=GIB,
    )
    for kind in KINDS
)
DATABASE = DatabaseCondition(
    primary="postgres-a",
    standby="postgres-b",
    streaming=True,
    lag_bytes=0,
    lag_seconds=0,
    slots=(SlotCondition(name="backup", active=True, wal_status="reserved", bytes=0),),
)
BACKUPS = BackupCondition(full=NOW - timedelta(hours=3), files=NOW, wal=NOW, failures={})
CERTIFICATE = CertificateCondition(names=("dify.example.com",), ends=NOW + timedelta(days=60))


def _measured(part: Part, memory: int | None = GIB // 2) -> PartCondition:
    return PartCondition(
        name=part.name,
        state=part.state,
        health=part.health,
        release=part.release,
        started=part.started,
        restarts=part.restarts,
        memory=memory,
        memory_limit=part.memory,
        cpu=0.1,
    )


WELL = Condition(
    stack="host",
    at=NOW,
    problems=(),
    parts=tuple(map(_measured, PARTS)),
    database=DATABASE,
    backups=BACKUPS,
    volumes=(),
    disk=DiskCondition(bytes=100 * GIB, free=50 * GIB),
    certificate=CERTIFICATE,
    unfinished=(),
)


def _found(**changes: Any) -> list[str]:
    return list(problems(WELL.model_copy(update=changes), PARTS))


def _with(name: str, **changes: Any) -> list[str]:
    parts = tuple(replace(part, **changes) if part.name == name else part for part in PARTS)
    return list(problems(WELL, parts))


def test_a_stack_that_is_well_has_no_problem_and_says_so_first() -> None:
    assert list(problems(WELL, PARTS)) == []
    assert text(WELL).splitlines()[0] == "host: all is well"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database": None}, "cannot be asked who is primary"),
        ({"database": DATABASE.model_copy(update={"primary": None})}, "there is no primary database; `promote`"),
        ({"database": DATABASE.model_copy(update={"standby": None})}, "there is no standby database"),
        ({"database": DATABASE.model_copy(update={"streaming": False})}, "the standby database does not stream"),
        ({"database": DATABASE.model_copy(update={"lag_bytes": 2 * GIB})}, "is 2.0 GiB and 0 s behind"),
        ({"database": DATABASE.model_copy(update={"lag_seconds": 90.0})}, "1 min 30 s behind"),
        ({"backups": None}, "there is no full backup"),
        ({"backups": BACKUPS.model_copy(update={"full": NOW - timedelta(hours=27)})}, "full backup is 1 d 3 h old"),
        ({"backups": BACKUPS.model_copy(update={"wal": NOW - timedelta(minutes=6)})}, "log is 6 min 0 s old"),
        ({"backups": BACKUPS.model_copy(update={"failures": {"files": "the disk is full"}})}, "the disk is full"),
        ({"disk": DiskCondition(bytes=100 * GIB, free=10 * GIB)}, "10.0 GiB of 100 GiB free"),
        ({"certificate": None}, "no certificate that can be read"),
        ({"certificate": CERTIFICATE.model_copy(update={"ends": NOW + timedelta(days=3)})}, "ends on 2026-06-04"),
        ({"unfinished": ("promote --switchover",)}, "`promote --switchover` is unfinished"),
    ],
)
def test_each_problem_is_a_line(changes: dict[str, Any], words: str) -> None:
    assert words in _found(**changes)[0]


@pytest.mark.parametrize(("status", "active"), [("lost", False), ("unreserved", True), ("reserved", False)])
def test_a_slot_that_nobody_reads_or_that_has_lost_its_log_is_a_problem(status: str, *, active: bool) -> None:
    slot = SlotCondition(name="backup", active=active, wal_status=status, bytes=GIB)
    (line,) = _found(database=DATABASE.model_copy(update={"slots": (slot,)}))
    assert line.startswith("replication slot backup ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "exited", "exit_code": 137, "out_of_memory": True}, "api is exited (exit code 137, out of memory)"),
        ({"health": "unhealthy"}, "api is unhealthy; see `docker logs dify-host-api`"),
        ({"restarts": 3, "started": NOW - timedelta(minutes=5)}, "api was restarted 3 times"),
        ({"release": "1.17.0"}, "containers of several releases run: 1.17.0, 1.17.1"),
        ({"kind": "migration", "state": "exited", "exit_code": 1}, "api ended with 1"),
        ({"memory": GIB // 2}, "api uses 512 MiB of 512 MiB"),
    ],
)
def test_each_fault_of_a_container_is_a_line(changes: dict[str, Any], words: str) -> None:
    assert any(words in line for line in _with("api", **changes))


def test_a_restart_of_yesterday_is_no_problem() -> None:
    assert _with("api", restarts=3) == []


def test_what_is_missing_is_named() -> None:
    assert list(problems(WELL, PARTS[1:])) == [f"{PARTS[0].kind} is missing; `pulumi up` makes it"]


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
    found = call(world, "status", "--json").out
    condition = Condition.model_validate_json(found, strict=False)
    assert condition.stack == world.stack
    assert condition.database is not None
    assert condition.database.primary == world.pair.named_primary()
    assert {part.name for part in condition.parts} == {part.name for part in world.host.parts()}
    for node in ("superuser", "replication"):
        assert world.secret(f"{node}-password") not in found
