"""The questions of AWS, asked of a host's database: the same figures, for periods of a day, by who can only read."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from functions.business_metrics.business_questions import QUESTIONS
from functions.business_metrics.business_window import Window
from operations.business_figures import GAUGES, SUMS
from operations.host.dify_questions import DifyQuestions
from operations.host.postgres_pair import PostgresPair
from operations.outcome import FailedError
from tests.functions.dify_tables import TABLES, identity, statements
from tests.operations.host.host_world import HostWorld
from tests.servers.postgresql import PostgreSQL

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001  as Dify's columns are
WINDOWS = (Window(NOON - DAY, DAY), Window(NOON, DAY))
METRICS = frozenset({*SUMS.values(), *GAUGES.values(), "Cost", "MessagesInOtherCurrencies"})


class _Pair:
    """Asks a server of the tests' own instead of a node."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server

    def named_primary(self) -> str:
        return "postgres-a"

    def read(self, node: str, statement: str, database: str) -> object:
        return self.server.superuser(statement, database=database)[0][0]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with PostgreSQL.start() as started:
        started.superuser(*statements(TABLES), database="dify")
        yield started


@pytest.fixture
def database(server: PostgreSQL) -> PostgreSQL:
    server.superuser(
        "TRUNCATE accounts, apps, datasets, documents, end_users, messages, workflow_runs", database="dify"
    )
    return server


def _insert(server: PostgreSQL, table: str, **columns: object) -> None:
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in columns.values())
    server.superuser(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", database="dify")  # noqa: S608


def _message(server: PostgreSQL, at: str, **columns: object) -> None:
    known = {"app_id": identity(1), "conversation_id": identity(100), "invoke_from": "web-app"}
    _insert(server, "messages", **{**known, "created_at": at, **columns})


def _ask(server: PostgreSQL, metrics: frozenset[str] = METRICS) -> Mapping[str, Any]:
    questions = DifyQuestions(pair=cast("PostgresPair", _Pair(server)), currencies=("USD", "EUR"))
    answers = questions.ask(metrics, WINDOWS)
    assert answers.lacking == []
    return answers.figures


def test_every_figure_of_the_report_is_answered_for_every_day(database: PostgreSQL) -> None:
    found = _ask(database)
    assert found.keys() == METRICS - {"Cost"} | {"USD", "EUR"}
    assert {len(values) for values in found.values()} == {2}
    assert {value for values in found.values() for value in values} == {0}


def test_a_day_begins_and_ends_with_the_hour_of_the_report(database: PostgreSQL) -> None:
    for at in (
        "2026-11-18 11:59:59",
        "2026-11-18 12:00",
        "2026-11-19 11:59:59",
        "2026-11-19 12:00",
        "2026-11-20 12:00",
    ):
        _message(database, at)
    assert _ask(database)["Messages"] == [2, 1]


def test_conversations_and_users_of_a_day_count_once(database: PostgreSQL) -> None:
    for at, user in (
        ("2026-11-19 13:00", 1),
        ("2026-11-19 23:00", 1),
        ("2026-11-20 06:00", 2),
        ("2026-11-19 06:00", 3),
    ):
        _message(database, at, from_end_user_id=identity(user))
    found = _ask(database)
    assert found["Conversations"] == [1, 1]
    assert found["ActiveUsers"] == [1, 2]


def test_tokens_and_cost_are_sums_by_currency(database: PostgreSQL) -> None:
    paid = {"message_tokens": 100, "answer_tokens": 40}
    _message(database, "2026-11-19 13:00", **paid, total_price="0.5", currency="USD")
    _message(database, "2026-11-19 14:00", **paid, total_price="0.25", currency="EUR")
    _message(database, "2026-11-19 15:00", **paid, total_price="7", currency="RMB")
    found = _ask(database)
    assert (found["TokensIn"], found["TokensOut"]) == ([0, 300], [0, 120])
    assert (found["USD"], found["EUR"], found["MessagesInOtherCurrencies"]) == ([0, 0.5], [0, 0.25], [0, 1])


def test_runs_new_users_and_what_there_is_are_counted(database: PostgreSQL) -> None:
    run = {"app_id": identity(2), "type": "workflow", "triggered_from": "app-run"}
    for status in ("succeeded", "failed"):
        at = {"created_at": "2026-11-18 13:00", "finished_at": "2026-11-18 13:01"}
        _insert(database, "workflow_runs", **run, status=status, **at)
    _insert(database, "end_users", created_at="2026-11-20 11:00")
    _insert(database, "apps", id=identity(1), mode="chat")
    _insert(database, "datasets", name="handbook")
    found = _ask(database)
    assert (found["WorkflowRuns"], found["WorkflowFailures"]) == ([2, 0], [1, 0])
    assert (found["NewEndUsers"], found["Apps"], found["Datasets"]) == ([0, 1], [1, 1], [1, 1])


def test_a_day_is_the_sum_of_its_five_minutes_on_aws(database: PostgreSQL) -> None:
    database.superuser(
        "INSERT INTO messages (app_id, conversation_id, message_tokens, provider_response_latency, created_at) "
        "SELECT gen_random_uuid(), gen_random_uuid(), n, n % 400, '2026-11-18 11:30'::timestamp + n * interval '97 s' "
        "FROM generate_series(1, 1900) AS n",
        database="dify",
    )
    pair = cast("PostgresPair", _Pair(database))
    questions = DifyQuestions(pair=pair, currencies=("USD",))
    metrics = frozenset({"Messages", "TokensIn"})
    days = questions.ask(metrics, WINDOWS).figures
    short = [Window(NOON - 2 * DAY + number * timedelta(minutes=5)) for number in range(1, 2 * 288 + 1)]
    minutes = questions.ask(metrics, short).figures
    for metric in metrics:
        assert days[metric] == [sum(minutes[metric][:288]), sum(minutes[metric][288:])]
        assert min(days[metric]) > 0


def test_what_the_database_lacks_is_named_and_the_rest_is_answered(database: PostgreSQL) -> None:
    database.superuser("ALTER TABLE messages RENAME COLUMN total_price TO price", database="dify")
    try:
        pair = cast("PostgresPair", _Pair(database))
        answers = DifyQuestions(pair=pair, currencies=("USD",)).ask(METRICS, WINDOWS)
    finally:
        database.superuser("ALTER TABLE messages RENAME COLUMN price TO total_price", database="dify")
    assert answers.lacking == ["messages.total_price"]
    assert "Messages" not in answers.figures
    assert answers.figures["Apps"] == [0, 0]


def test_the_figures_of_the_report_are_asked_for_by_some_question() -> None:
    assert {metric for question in QUESTIONS for metric in question.metrics} >= METRICS


@pytest.mark.engine
def test_the_reader_of_a_real_host_can_read_and_change_nothing(world: HostWorld) -> None:
    world.heal()
    primary = world.pair.named_primary()
    said = world.pair.read(
        primary,
        "SELECT json_build_array(current_user, current_setting('transaction_read_only'), "
        "current_setting('statement_timeout'), current_setting('timezone'))",
        "dify",
    )
    assert said == ["pg_read_all_data", "on", "1min", "UTC"]
    for attempt in ("CREATE TABLE planted (n int)", "SELECT pg_create_restore_point('planted')"):
        with pytest.raises(FailedError, match=rf"{primary}: database dify: ERROR"):
            world.pair.read(primary, attempt, "dify")
