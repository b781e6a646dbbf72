# ruff: noqa: S608  the tests' own constants
"""A million messages: exact numbers against a count of its own, from a few pages of the tables."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from moto import mock_aws

from functions.business_metrics.business_questions import QUESTIONS, Question
from functions.business_metrics.business_window import window_at
from tests.functions.business_world import World
from tests.functions.database_world import PASSWORD
from tests.functions.dify_tables import INDEXES, TABLES, statements
from tests.servers.postgresql import PostgreSQL

NOW = "2026-11-20T12:06:00Z"
WINDOW = "created_at >= '2026-11-20 12:00' AND created_at < '2026-11-20 12:05'"
ENDED = "created_at + provider_response_latency * interval '1 s'"
IN_WINDOW = f"{ENDED} >= '2026-11-20 12:00' AND {ENDED} < '2026-11-20 12:05'"

MESSAGES = """
INSERT INTO messages (app_id, conversation_id, model_provider, model_id, message_tokens, answer_tokens, total_price,
    currency, provider_response_latency, invoke_from, from_end_user_id, created_at)
SELECT ('00000000-0000-0000-0000-' || lpad((n % 40)::text, 12, '0'))::uuid,
    ('00000000-0000-0000-0001-' || lpad((n % 50000)::text, 12, '0'))::uuid,
    'openai', 'model-' || n % 15, n % 1000, n % 300, n % 70 * 0.001, CASE WHEN n % 9 = 0 THEN 'RMB' ELSE 'USD' END,
    n % 120 + 0.5, CASE WHEN n % 10 = 0 THEN 'debugger' ELSE 'web-app' END,
    ('00000000-0000-0000-0002-' || lpad((n % 3000)::text, 12, '0'))::uuid,
    '2026-11-10 13:00'::timestamp + n * interval '0.864 s'
FROM generate_series(1, 1000000) AS n
"""
RUNS = """
INSERT INTO workflow_runs (app_id, type, triggered_from, status, total_tokens, elapsed_time, created_at, finished_at)
SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'workflow' ELSE 'chat' END,
    CASE WHEN n % 10 = 0 THEN 'debugging' ELSE 'app-run' END, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END,
    n % 500, n % 60, at, at + n % 60 * interval '1 s'
FROM generate_series(1, 50000) AS n, LATERAL (SELECT '2026-11-10 13:00'::timestamp + n * interval '17.28 s' AS at) AS t
"""


@pytest.fixture(scope="module")
def world(postgresql_cluster: PostgreSQL) -> Iterator[World]:
    """Made once: every test here only reads."""
    postgresql_cluster.reset()
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("DATABASE_CA_FILE", str(postgresql_cluster.ca_file))
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        made = World.make(postgresql_cluster, patch, tables=TABLES)
        made.sql(MESSAGES, RUNS, *statements(INDEXES), "ANALYZE")
        yield made


def test_every_number_is_that_of_an_independent_count(world: World) -> None:
    world.run(NOW, apps=5, models=5, currencies=["USD", "RMB"])
    figures = world.published()
    used = "invoke_from <> 'debugger'"
    ((messages, conversations),) = world.sql(
        f"SELECT count(*), count(DISTINCT conversation_id) FROM messages WHERE {used} AND {WINDOW}"
    )
    ((tokens_in, tokens_out),) = world.sql(
        f"SELECT sum(message_tokens), sum(answer_tokens) FROM messages WHERE {used} AND {IN_WINDOW}"
    )
    assert messages > 300
    assert (figures[("Messages",)], figures[("Conversations",)]) == (messages, conversations)
    assert (figures[("TokensIn",)], figures[("TokensOut",)]) == (tokens_in, tokens_out)
    for dimension in ("App", "Model"):
        parts = [value for key, value in figures.items() if key[0] == "TokensIn" and key[-1].startswith(dimension)]
        assert (len(parts), sum(parts)) == (6, tokens_in)
    costs = world.sql(f"SELECT currency, sum(total_price) FROM messages WHERE {used} AND {IN_WINDOW} GROUP BY 1")
    assert {key[1]: value for key, value in figures.items() if key[0] == "Cost"} == {
        f"Currency={currency}": pytest.approx(float(cost)) for currency, cost in costs
    }
    ((runs, failures, tokens),) = world.sql(
        "SELECT count(*), count(*) FILTER (WHERE status = 'failed'), sum(total_tokens) FROM workflow_runs WHERE "
        "type = 'workflow' AND triggered_from = 'app-run' AND finished_at >= '2026-11-20 12:00' "
        "AND finished_at < '2026-11-20 12:05'"
    )
    assert runs > 0
    assert [figures[(name,)] for name in ("WorkflowRuns", "WorkflowFailures", "WorkflowTokens")] == [
        runs,
        failures,
        tokens,
    ]
    today = "created_at >= '2026-11-20' AND created_at < '2026-11-20 12:05'"
    chatting = world.sql(f"SELECT from_end_user_id FROM messages WHERE {used} AND {today}")
    running = world.sql(
        f"SELECT created_by FROM workflow_runs WHERE type = 'workflow' AND triggered_from = 'app-run' AND {today}"
    )
    assert figures[("ActiveUsers",)] == len({user for (user,) in [*chatting, *running]})


def test_windows_one_after_the_other_count_every_message_once(world: World) -> None:
    counted = {"Messages": 0.0, "TokensIn": 0.0}
    for minute in (6, 11, 16):
        world.forget()
        world.run(f"2026-11-20T12:{minute:02d}:00Z")
        for metric in counted:
            counted[metric] += world.published()[(metric,)]
    span = "BETWEEN '2026-11-20 12:00' AND '2026-11-20 12:14:59.999'"
    ((messages,),) = world.sql(f"SELECT count(*) FROM messages WHERE invoke_from <> 'debugger' AND created_at {span}")
    ((tokens,),) = world.sql(
        f"SELECT sum(message_tokens) FROM messages WHERE invoke_from <> 'debugger' AND {ENDED} {span}"
    )
    assert counted == {"Messages": messages, "TokensIn": tokens}


@pytest.mark.parametrize(
    "question",
    [one for one in QUESTIONS if {"messages", "workflow_runs"} & set(one.needs)],
    ids=lambda one: f"{one.metrics[0]}-{one.dimension}",
)
def test_what_grows_without_end_is_read_through_an_index(world: World, question: Question) -> None:
    assert "Seq Scan" not in _plan(world, question)
    assert "created_at" in _plan(world, question)


def _plan(world: World, question: Question) -> str:
    window = window_at(datetime.fromisoformat(NOW.removesuffix("Z")))
    limits = {"apps": 10, "models": 10, "loud_factor": 10, "noticed": 10_000}
    values: dict[str, object] = {**window.times, **limits, "currencies": ["USD"], "other": "other"}
    named: dict[str, Any] = {name: value for name, value in values.items() if f":{name}" in question.sql}
    with world.database.session("dify_a", PASSWORD, "dify") as session:
        return json.dumps(session.run(f"EXPLAIN {question.sql}", **named))  # pyright: ignore[reportUnknownMemberType]
