"""What is wrong with a host is said first, from the production guide's thresholds on, and nothing where nothing is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.host.condition import (
    DiskCondition,
    MachineCondition,
    ServiceTraffic,
    SlotCondition,
    TrafficCondition,
)
from operations.host.judgement import GUIDE, LEAST_REQUESTS, LEAST_UNSERVED, problems
from operations.host.status_text import text
from tests.operations.host.conditions import (
    API,
    BACKUPS,
    CERTIFICATE,
    DATABASE,
    GIB,
    MACHINE,
    NOW,
    PARTS,
    TRAFFIC,
    WEB,
    WELL,
    measured,
)


def _found(**changes: Any) -> list[str]:
    return [problem.text for problem in problems(WELL.model_copy(update=changes), PARTS)]


def _with(name: str, **changes: Any) -> list[str]:
    parts = tuple(replace(part, **changes) if part.name == name else part for part in PARTS)
    return [problem.text for problem in problems(WELL, parts)]


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
        ({"disk": DiskCondition(bytes=100 * GIB, free=9 * GIB)}, "9.0 GiB of 100 GiB free"),
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
    assert [problem.text for problem in problems(WELL, PARTS[1:])] == [
        f"{PARTS[0].kind} is missing; `pulumi up` makes it"
    ]


def _service(service: ServiceTraffic, **changes: Any) -> TrafficCondition:
    others = [one for one in (API, WEB) if one.service != service.service]
    return TRAFFIC.model_copy(update={"services": (*others, service.model_copy(update=changes))})


def _requests(requests: int, failed: int) -> TrafficCondition:
    return TRAFFIC.model_copy(update={"requests": requests, "failed": failed})


def _memory(percent: float) -> MachineCondition:
    return MACHINE.model_copy(update={"memory": 100 * GIB, "memory_available": round((100 - percent) * GIB)})


@pytest.mark.parametrize(
    ("allowed", "too_much", "words"),
    [
        (
            {"disk": DiskCondition(bytes=1000, free=100)},
            {"disk": DiskCondition(bytes=1000, free=99)},
            "the disk has 99 B of 1000 B free",
        ),
        ({"machine": _memory(85)}, {"machine": _memory(85.1)}, "the host's memory is short: 85.1 GiB of 100 GiB"),
        (
            {"machine": MACHINE.model_copy(update={"load": (9.0, 9.0, 3.2)})},
            {"machine": MACHINE.model_copy(update={"load": (0.1, 0.1, 3.3)})},
            "the host is busy: 3.3 processes on average wanted one of its 4 CPUs for 15 min",
        ),
        (
            {"traffic": _requests(1000, 50)},
            {"traffic": _requests(1000, 51)},
            "51 of 1,000 requests failed in the last 15 min",
        ),
        (
            {"traffic": _service(API, p95=5.0)},
            {"traffic": _service(API, p95=5.1)},
            "answers of api are slow in the last 15 min: 5 % of 400 answers took 5.1 s or more to begin",
        ),
        (
            {"traffic": _service(WEB, p95=5.0)},
            {"traffic": _service(WEB, p95=61.0)},
            "answers of web are slow in the last 15 min: 5 % of 100 answers took 1 min 1 s or more to begin",
        ),
    ],
)
def test_a_limit_of_the_guide_may_be_reached_and_not_passed(
    allowed: dict[str, Any], too_much: dict[str, Any], words: str
) -> None:
    assert _found(**allowed) == []
    (line,) = _found(**too_much)
    assert line.startswith(words)


def test_the_memory_of_a_part_may_be_filled_to_the_guides_share_and_no_further() -> None:
    def found(memory: int) -> list[str]:
        full = tuple(measured(part, memory if part.kind == "api" else GIB // 2) for part in PARTS)
        return _found(parts=full)

    assert found(GIB * 85 // 100) == []
    assert found(GIB * 86 // 100) == ["api uses 881 MiB of 1.0 GiB"]


def test_the_limits_are_the_guides() -> None:
    assert (GUIDE.cpu_percent, GUIDE.memory_percent, GUIDE.disk_percent) == (80, 85, 90)
    assert (GUIDE.error_percent, GUIDE.response_seconds) == (5, 5)


def test_one_failure_of_few_requests_is_chance_and_of_enough_it_is_the_share_that_is_allowed() -> None:
    for requests in range(2, LEAST_REQUESTS + 1):
        assert _found(traffic=_requests(requests, 1)) == []
    assert _found(traffic=_requests(LEAST_REQUESTS, 2)) == ["2 of 20 requests failed in the last 15 min"]
    assert _found(traffic=_requests(LEAST_REQUESTS - 1, 2)) == []


def test_slow_answers_are_chance_until_there_are_enough_of_them() -> None:
    few = _service(API, answers=LEAST_REQUESTS - 1, p95=60.0)
    enough = _service(API, answers=LEAST_REQUESTS, p95=60.0)
    assert _found(traffic=few) == []
    assert len(_found(traffic=enough)) == 1


def test_services_that_wait_by_design_are_never_slow() -> None:
    for name in ("api-websocket", "plugin-daemon"):
        assert _found(traffic=_service(API.model_copy(update={"service": name}), p95=600.0)) == []


def test_when_every_request_failed_nobody_was_served_however_few_there_were() -> None:
    assert _found(traffic=_requests(0, 0)) == []
    assert _found(traffic=_requests(LEAST_UNSERVED - 1, LEAST_UNSERVED - 1)) == []
    (line,) = _found(traffic=_requests(LEAST_UNSERVED, LEAST_UNSERVED))
    assert line == "nobody was served in the last 15 min: each of 5 requests failed"


@pytest.mark.parametrize("kind", ["nginx", "web", "api"])
def test_nobody_is_served_where_no_instance_of_the_front_is_well(kind: str) -> None:
    unwell = _with(kind, health="unhealthy")
    assert unwell[0] == f"nobody is served: no instance of {kind} is well"
    second = replace(next(part for part in PARTS if part.kind == kind), name=f"{kind}-2")
    both = tuple(replace(part, state="exited") if part.name == kind else part for part in (*PARTS, second))
    found = WELL.model_copy(update={"parts": (*WELL.parts, measured(second))})
    assert [problem for problem in problems(found, both) if problem.text.startswith("nobody")] == []


def test_a_log_that_cannot_be_read_is_a_problem_and_a_machine_that_cannot_is_none() -> None:
    assert _found(traffic=None) == ["the log of nginx cannot be read: how users are served is not known"]
    assert _found(machine=None) == []


def test_status_shows_load_and_requests() -> None:
    lines = text(WELL).splitlines()
    assert "load: 3.90, 3.50, 1.00 on average over 1, 5 and 15 min, on 4 CPUs" in lines
    assert "memory: 16.0 GiB of 32.0 GiB used" in lines
    assert "requests: 500 in the last 15 min, 0 failed; 20 more were refused by nginx" in lines
    assert "requests to api: 400, 0 failed; answers begin after 50 ms / 800 ms / 3.0 s (median, 95 %, 99 %)" in lines
