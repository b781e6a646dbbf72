"""`report` of a host: how a day, a week or a month was, on one page; what cannot be asked spoils no other answer."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.host.dify_questions import Answers, DifyQuestions
from operations.host.docker_host import DockerHost
from operations.host.report.requests import request_sections
from operations.host.report.use import use_sections
from operations.host.traffic import Traffic
from operations.host.traffic_log import TrafficLog
from operations.outcome import ExitCode
from operations.report_page import Section
from tests.functions.dify_tables import TABLES, identity, statements
from tests.operations.conftest import Call
from tests.operations.host.host_world import HostWorld
from tests.operations.host.logs import SINCE, line, log_of

UNTIL = datetime(2026, 6, 8, 6, tzinfo=UTC)
OWN = {"upstream": "", "upstream_status": "", "upstream_header_seconds": "", "upstream_seconds": ""}


def _requests(*lines: bytes, since: datetime = SINCE) -> Mapping[str, Section]:
    return {section.title: section for section in request_sections(log_of(*lines).host, since)}


def test_requests_are_shown_in_all_and_by_service_with_failures_and_times() -> None:
    shown = _requests(
        *[line(upstream_header_seconds="0.100")] * 98,
        *[line(status=500, upstream_header_seconds="7.000", response_bytes=1024)] * 2,
        line(service="web", **{"class": "pages"}),
    )
    requests = shown["Requests"]
    assert list(requests.head) == ["SERVICE", "REQUESTS", "FAILED", "MEDIAN", "95 %", "99 %", "SENT"]
    assert [row[:2] for row in requests.rows] == [("in all", "101"), ("api", "100"), ("web", "1")]
    _, _, failed, median, p95, p99, sent = requests.rows[1]
    assert (failed, sent) == ("2 (2.00 %)", "11.6 KiB")
    assert median == p95
    assert re.fullmatch(r"(99|100|101) ms", median)
    assert re.fullmatch(r"(6\.9|7\.0|7\.1) s", p99)
    assert [row[0] for row in shown["Requests by class of routes"].rows] == ["pages", "serviceApi"]


def test_the_slowest_routes_come_first_and_rare_ones_not_at_all() -> None:
    shown = _requests(
        *[line(path="/v1/quick")] * 10,
        *[line(path="/v1/slow", upstream_header_seconds="3.000")] * 10,
        *[line(path="/v1/rare", upstream_header_seconds="60.000")] * 9,
    )
    assert [row[0] for row in shown["Slowest routes"].rows] == ["GET /v1/slow", "GET /v1/quick"]


def test_each_refusal_of_nginx_says_why() -> None:
    shown = _requests(*[line(status=429, **OWN)] * 2, line(status=413, **OWN), line(status=400, **OWN))
    assert [(row[0], row[2]) for row in shown["Refused by nginx itself"].rows] == [
        ("429", "2"),
        ("413", "1"),
        ("400", "1"),
    ]
    assert "limit of `dify:requests`" in shown["Refused by nginx itself"].rows[0][1]
    assert list(shown["Requests"].rows) == []


def test_a_log_that_does_not_reach_back_says_from_when_on_its_figures_are() -> None:
    early, late = line(time="2026-06-01T11:45:00+00:00"), line(time="2026-06-01T11:46:00+00:00")
    assert "Figures begin on 2026-06-01 at 11:46 UTC" in _requests(late)["Requests"].note
    assert "Figures begin" not in _requests(early)["Requests"].note
    assert "Figures begin" not in _requests()["Requests"].note


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[datetime]]:
    """Dify's database says 1 for the first day, 2 for the second and so on; gives the ends of the days it was asked."""
    asked: list[Sequence[datetime]] = []

    def ask(_: DifyQuestions, metrics: frozenset[str], windows: Sequence[Any]) -> Answers:
        asked.append([window.end for window in windows])
        assert {window.length for window in windows} == {timedelta(days=1)}
        numbers = list(range(1, len(windows) + 1))
        figures: dict[str, Sequence[float]] = dict.fromkeys(metrics - {"Cost", "Apps"}, numbers)
        return Answers(figures={**figures, "USD": [n / 8 for n in numbers]}, lacking=["apps.id"])

    monkeypatch.setattr(DifyQuestions, "ask", ask)
    return asked


def test_use_is_summed_up_and_shown_by_day(answered: list[Sequence[datetime]]) -> None:
    host = cast("DockerHost", SimpleNamespace())
    whole, by_day = use_sections(host, 7, UNTIL)
    rows = {row[0]: row[1:] for row in whole.rows}
    assert rows["messages"] == ("28", "7 in a day")
    assert rows["active users"] == ("-", "7")
    assert rows["cost of models in USD"] == ("3.50", "0.88 in a day")
    assert rows["messages in other currencies, not in that cost"] == ("28", "-")
    assert "apps" not in rows
    assert whole.note == "Dify's database lacks apps.id."
    assert [row[0] for row in by_day.rows] == [f"2026-06-0{day} 06:00" for day in range(2, 9)]
    assert {row[1:] for row in by_day.rows} == {(str(day),) * 7 for day in range(1, 8)}
    assert answered == [[datetime(2026, 6, day, 6) for day in range(2, 9)]]  # noqa: DTZ001  as Dify's columns are


def test_a_single_day_needs_no_table_of_days(answered: list[Sequence[datetime]]) -> None:
    (whole,) = use_sections(cast("DockerHost", SimpleNamespace()), 1, UNTIL)
    assert whole.title == "Use"


TITLES = [
    "REQUESTS",
    "REQUESTS BY CLASS OF ROUTES",
    "SLOWEST ROUTES",
    "REFUSED BY NGINX ITSELF",
    "USE",
    "LOAD OF THE HOST",
    "LOAD OF THE CONTAINERS",
    "RESTARTS",
    "BACKUPS",
    "LARGEST TABLES",
    "VOLUMES",
]


def _section(said: str, title: str) -> str:
    return next(block for block in said.split("\n\n") if block.startswith(f"{title}\n"))


@pytest.mark.engine
def test_a_real_host_is_reported_whole(world: HostWorld, call: Call) -> None:
    world.heal()
    primary = world.pair.named_primary()
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    # Other tests have accounts of their own.
    tables = ";".join(one for one in statements(TABLES) if "TABLE accounts" not in one)
    made = re.findall(r"CREATE TABLE (\w+)", tables)
    world.sql(primary, tables)
    try:
        world.sql(
            primary,
            "INSERT INTO messages (app_id, conversation_id, message_tokens, created_at) "  # noqa: S608
            f"VALUES ('{identity(1)}', '{identity(2)}', 500, '{now - timedelta(minutes=5):%Y-%m-%d %H:%M}')",
        )
        # Other tests have had requests of their own.
        asked = Traffic.of(TrafficLog(host=world.host).requests(now - timedelta(days=1))).services["api"]
        printed = line(time=now.isoformat(), path="/v1/chat-messages", status=504).decode().strip()
        world.host.output("nginx", "sh", "-c", f"echo '{printed}' > /proc/1/fd/1")
        before = world.snapshot()
        ended = call(world, "report")
        assert (ended.code, ended.err) == (ExitCode.DONE, "")
        assert world.snapshot() == before
        weekly = call(world, "report", "--days", "7", "--markdown").out
    finally:
        world.sql(primary, f"DROP TABLE {', '.join(made)}")
    heading, *blocks = ended.out.strip().split("\n\n")
    assert re.fullmatch(rf"{world.stack}: the day until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", heading)
    assert [block.splitlines()[0] for block in blocks] == TITLES
    assert re.search(
        rf"^api +{asked.requests + 1} +{asked.failed + 1} \(", _section(ended.out, "REQUESTS"), re.MULTILINE
    )
    assert re.search(r"^tokens asked +500 +500 in a day$", _section(ended.out, "USE"), re.MULTILINE)
    assert re.search(r"^memory +\S+ GiB", _section(ended.out, "LOAD OF THE HOST"), re.MULTILINE)
    parts = {part.name for part in world.host.parts() if part.state == "running"}
    assert parts <= {row.split()[0] for row in _section(ended.out, "LOAD OF THE CONTAINERS").splitlines()}
    assert re.search(r"^the database as a whole +[1-9]", _section(ended.out, "BACKUPS"), re.MULTILINE)
    assert re.search(r"^messages +\d", _section(ended.out, "LARGEST TABLES"), re.MULTILINE)
    assert f"dify-{world.stack}-backups" in _section(ended.out, "VOLUMES")
    assert "## Use by day" in weekly
    assert "| messages | 1 | 1 in a day |" in weekly
    for secret in ("superuser-password", "replication-password"):
        assert world.secret(secret) not in ended.out + weekly


@pytest.mark.engine
def test_what_cannot_be_asked_stands_last_with_its_reason_and_the_rest_is_there(world: HostWorld, call: Call) -> None:
    world.heal()
    primary = world.pair.named_primary()
    world.host.stop(primary)
    try:
        ended = call(world, "report")
    finally:
        world.heal()
    assert ended.code == ExitCode.DONE
    last = ended.out.strip().split("\n\n")[-1].splitlines()
    assert last[0] == "NOT ANSWERED"
    assert [one.split(":")[0] for one in last[2:]] == ["use", "sizes"]
    assert primary in last[2]
    assert _section(ended.out, "BACKUPS")
