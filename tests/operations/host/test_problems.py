"""A problem has the same key at every look whatever its figures are, is no other one, and comes with what to do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from operations.host.condition import (
    BackupCondition,
    CertificateCondition,
    Condition,
    DatabaseCondition,
    DiskCondition,
    MachineCondition,
    PartCondition,
    Problem,
    ServiceTraffic,
    SlotCondition,
    TrafficCondition,
)
from operations.host.judgement import problems
from operations.host.part import Part
from tests.operations.host.watch_world import failed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

GIB = 1024**3


NAMES = ("nginx", "web-1", "web-2", "api-1", "api-2", "sandbox", "redis", "migration")


def _ill(parts: Sequence[Part], figure: int) -> Condition:
    """A stack in which everything is wrong that `status` can find, by more with a larger `figure`."""
    return Condition(
        stack="host",
        at=NOW,
        problems=(),
        parts=tuple(_measured(part, figure) for part in parts),
        database=DatabaseCondition(
            primary=None,
            standby="postgres-b",
            streaming=False,
            lag_bytes=figure * GIB,
            lag_seconds=60.5 * figure,
            slots=tuple(
                SlotCondition(name=name, active=False, wal_status=status, bytes=figure * 1000)
                for name, status in (("node_a", "reserved"), ("node_b", "lost"), ("backup", "lost"))
            ),
        ),
        backups=BackupCondition(
            full=NOW - timedelta(hours=23 + 4 * figure),
            files=NOW - timedelta(hours=3 * figure),
            wal=NOW - timedelta(minutes=50 * figure),
            failures=dict.fromkeys(("full", "files", "wal"), f"the {figure}. try failed"),
        ),
        volumes=(),
        disk=DiskCondition(bytes=1000 * GIB, free=GIB // figure),
        certificate=CertificateCondition(names=(), ends=NOW + timedelta(days=3)),
        unfinished=("upgrade 1.17.1", 'restore --to "2026-06-01 11:55:00+02:00"'),
        machine=MachineCondition(cpus=8, load=(0, 0, 8.5 * figure), memory=9 * GIB, memory_available=GIB // figure),
        traffic=TrafficCondition(
            since=NOW - timedelta(minutes=15),
            requests=4000 * figure,
            failed=400 * figure + 1,
            refused=0,
            services=(
                ServiceTraffic(
                    service="api", requests=90, failed=0, answers=70 * figure, median=9, p95=9.5 * figure, p99=99
                ),
            ),
        ),
    )


def _part(name: str, figure: int) -> Part:
    """One that does not serve and has no memory left, in another state with another `figure`."""
    kind = name.rstrip("-0123456789")
    return Part(
        name=name,
        kind=kind,
        container=f"dify-host-{name}",
        release=f"1.17.{len(name)}",
        image="image",
        state="exited" if kind == "migration" or figure > 1 else "running",
        health="unhealthy",
        started=NOW,
        restarts=figure,
        exit_code=figure,
        out_of_memory=False,
        memory=GIB,
    )


def _measured(part: Part, figure: int) -> PartCondition:
    return PartCondition.model_construct(name=part.name, memory=GIB - 1000 // figure)


WORSE: tuple[dict[str, Any], ...] = (
    {"database": None},
    {"backups": None},
    {"certificate": None},
    {"traffic": None},
    {"traffic": TrafficCondition(since=NOW - timedelta(minutes=15), requests=9, failed=9, refused=0, services=())},
)
"""What hides other problems, or is in their place."""


def _looks(figure: int) -> list[list[Problem]]:
    """What is found in conditions that have, together, each problem that `status` can find."""
    parts = [_part(name, figure) for name in NAMES]
    whole = _ill(parts, figure)
    restarted = [replace(_part("worker-1", 1), health=None, restarts=figure)]
    database = cast("DatabaseCondition", whole.database)
    changes: tuple[dict[str, Any], ...] = (
        {},
        *WORSE,
        *({"database": database.model_copy(update=one)} for one in ({"standby": None}, {"primary": "postgres-a"})),
    )
    return [
        *(list(problems(whole.model_copy(update=change), parts)) for change in changes),
        list(problems(_ill(restarted, figure), restarted)),
    ]


def _every(figure: int) -> dict[str, Problem]:
    """Each problem that `status` can find, by key."""
    return {problem.key: problem for look in _looks(figure) for problem in look}


def test_figures_states_and_causes_are_no_part_of_what_a_problem_is() -> None:
    first, second = _every(1), _every(3)
    assert first.keys() == second.keys()
    assert [problem.text for problem in first.values()] != [problem.text for problem in second.values()]
    assert len(first) > 40


def test_no_two_problems_of_a_look_are_one() -> None:
    for look in _looks(1):
        assert len({problem.key for problem in look}) == len(look)


def test_every_problem_says_what_to_do_and_names_the_stack_where_a_command_needs_it() -> None:
    for problem in _every(1).values():
        assert problem.remedy
        assert "python -m operations" not in problem.remedy or problem.remedy.split(":")[0].endswith(" host")


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("there is no primary database", "python -m operations promote host"),
        ("replication slot backup is lost", "python -m operations backup host"),
        ("api-2 does not serve", "docker logs --tail 100 dify-host-api-2"),
        ("no instance of api is well", "docker logs --tail 100 dify-host-api-1, and of dify-host-api-2"),
        ("worker is missing", "pulumi up --stack host"),
        (
            "nginx has no certificate that can be read",
            "docker start -a dify-host-secret-keeper && docker restart dify-host-nginx",
        ),
    ],
)
def test_what_to_do_names_the_stack_and_the_container(key: str, remedy: str) -> None:
    assert _every(1)[key].remedy == remedy


def test_what_leaves_nobody_served_is_an_outage_and_nothing_else_is() -> None:
    assert {problem.key for problem in (*_every(1).values(), *_every(3).values()) if problem.outage} == {
        *(f"no instance of {kind} is well" for kind in ("nginx", "web", "api")),
        "nobody was served",
        "there is no primary database",
        "the database's nodes cannot be asked",
        *(f"{kind} does not serve" for kind in ("nginx", "redis")),
        *(f"{kind} is missing" for kind in ("nginx", "web", "api", "redis")),
    }


def test_what_a_program_said_is_one_line_without_control_characters() -> None:
    text = "failed: first\r\nBcc: x@example.com\x1b[31m\n"
    assert Problem(key="key", text=text, remedy="").text == "failed: first Bcc: x@example.com [31m"
    assert failed("a\nb").problems[0].text == "the host cannot be looked at: a b"
