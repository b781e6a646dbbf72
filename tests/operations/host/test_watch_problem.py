"""A problem is the same at every look whatever its figures are, is no other one, and comes with what to do."""

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
    ServiceTraffic,
    SlotCondition,
    TrafficCondition,
)
from operations.host.judgement import problems
from operations.host.part import Part
from operations.host.watch.problem import Problem, key_of, problems_of, unseen

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


def _every(figure: int) -> list[str]:
    """Each problem that `status` can find, once."""
    parts = [_part(name, figure) for name in NAMES]
    whole = _ill(parts, figure)
    restarted = [replace(_part("worker-1", 1), health=None, restarts=figure)]
    database = cast("DatabaseCondition", whole.database)
    changes: tuple[dict[str, Any], ...] = (
        {},
        *WORSE,
        *({"database": database.model_copy(update=one)} for one in ({"standby": None}, {"primary": "postgres-a"})),
    )
    said = [
        *(line for change in changes for line in problems(whole.model_copy(update=change), parts)),
        *problems(_ill(restarted, figure), restarted),
        f"journal /state/host/upgrade.json: it cannot be read; remove it to begin anew ({figure})",
    ]
    return list(dict.fromkeys(said))


def _problems(*texts: str) -> dict[str, Problem]:
    """By text."""
    found = Condition.model_construct(stack="host", problems=texts)
    return {problem.text: problem for problem in problems_of(found)}


def test_figures_states_and_causes_are_no_part_of_what_a_problem_is() -> None:
    first, second = (dict.fromkeys(map(key_of, _every(figure))) for figure in (1, 3))
    assert list(first) == list(second)
    assert set(_every(1)) != set(_every(3))


def test_no_two_problems_are_one() -> None:
    by_key: dict[str, list[str]] = {}
    for text in _every(1):
        by_key.setdefault(key_of(text), []).append(text)
    several = {key: texts for key, texts in by_key.items() if len(texts) > 1}
    # Whichever of them is down, users are served or they are not.
    assert set(several) <= {"nobody is served", "containers of several releases run"}
    assert len(by_key) > 40


def test_every_problem_of_status_says_what_to_do() -> None:
    remedies = {text: problem.remedy for text, problem in _problems(*_every(1)).items()}
    assert [text for text, remedy in remedies.items() if "operate-host.md" in remedy] == []
    assert [text for text, remedy in remedies.items() if "{" in remedy] == []


def test_a_problem_that_is_not_known_here_leads_to_the_page() -> None:
    (problem,) = _problems("the moon is full").values()
    assert problem.remedy == 'docs/operate-host.md, "Each day: status"'


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("there is no primary database; `promote` makes the standby one", "python -m operations promote host"),
        ("replication slot backup is lost: its reader must copy everything again", "python -m operations backup host"),
        ("api-2 is exited (exit code 1)", "docker logs --tail 100 dify-host-api-2"),
        ("nginx is missing; `pulumi up` makes it", "pulumi up --stack host"),
    ],
)
def test_what_to_do_names_the_stack_and_the_container(text: str, remedy: str) -> None:
    assert _problems(text)[text].remedy == remedy


def test_what_leaves_nobody_served_is_an_outage_and_nothing_else_is() -> None:
    found = _problems(*_every(1), *_every(3))
    assert {problem.key for problem in found.values() if problem.outage} == {
        "nobody is served",
        "nobody was served in the last #",
        "there is no primary database",
        "the database's nodes cannot be asked who is primary",
        *(f"{kind} does not serve" for kind in ("nginx", "redis")),
        *(f"{kind} is missing" for kind in ("nginx", "web", "api", "redis")),
    }


def test_problems_keep_their_order_and_the_first_of_two_that_are_one() -> None:
    texts = ("sandbox is exited (exit code 1)", "the disk has 1 B of 2 B free", "sandbox is unhealthy; see its log")
    assert list(_problems(*texts)) == list(texts[:2])


def test_what_a_program_said_is_one_line_without_control_characters() -> None:
    said = "the last backup of kind full failed: first\r\nBcc: x@example.com\x1b[31m\n"
    assert list(_problems(said)) == ["the last backup of kind full failed: first Bcc: x@example.com [31m"]
    assert unseen("host", "a\nb").text == "the host cannot be looked at: a b"
