"""What people do with Dify, from its tables on a real PostgreSQL into CloudWatch; and never a number that is wrong."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from moto import mock_aws

from functions.business_metrics import business_metrics
from functions.business_metrics.business_questions import QUESTIONS
from functions.business_metrics.daily_usage import DAY
from functions.business_metrics.dify_columns import COLUMNS
from functions.business_metrics.published import PUBLISHED
from tests.functions.business_world import World
from tests.functions.dify_tables import identity
from tests.servers.postgresql import PostgreSQL

CHAT, FLOW = f"App={identity(1)}", f"App={identity(2)}"


@pytest.fixture
def world(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World.make(postgresql, monkeypatch)


def test_a_window_is_the_last_five_minutes_that_ended_a_minute_ago(world: World) -> None:
    for at in ("11:59:59.999", "12:00:00", "12:04:59.999", "12:05:00"):
        world.message(at)
    assert world.run("2026-11-20T12:06:59Z")["window"] == "2026-11-20T12:00:00"
    assert world.published()[("Messages",)] == 2
    assert world.times() == {datetime(2026, 11, 20, 12)}  # noqa: DTZ001  moto leaves the zone out


def test_every_message_is_in_exactly_one_window_however_late_runs_begin(world: World) -> None:
    world.sql(
        "INSERT INTO messages (app_id, conversation_id, created_at) SELECT gen_random_uuid(), gen_random_uuid(), at "
        "FROM generate_series('2026-11-20 12:00'::timestamp, '2026-11-20 12:14:59', '10 s') AS at"
    )
    counted = 0.0
    for time in ("12:06:00", "12:13:41", "12:18:20"):
        world.forget()
        world.run(f"2026-11-20T{time}Z")
        counted += world.published()[("Messages",)]
    assert counted == 90


def test_tokens_and_cost_count_where_the_answer_ended_and_once(world: World) -> None:
    world.message("12:04:50", message_tokens=100, answer_tokens=40, total_price="0.5", provider_response_latency=30)
    seen: list[tuple[float, ...]] = []
    for minute in ("06", "11"):
        world.forget()
        world.run(f"2026-11-20T12:{minute}:00Z")
        figures = world.published()
        names = [("Messages",), ("TokensIn",), ("TokensOut",), ("Cost", "Currency=USD")]
        seen.append(tuple(figures[name] for name in names))
    assert seen == [(1, 0, 0, 0), (0, 100, 40, 0.5)]


def test_a_turn_of_a_chatflow_counts_its_tokens_once(world: World) -> None:
    world.message("12:01:00", message_tokens=70, answer_tokens=30)
    world.workflow("12:01:00", "12:01:05", type="chat", total_tokens=100)
    world.workflow("12:02:00", "12:02:05", total_tokens=7)
    world.run()
    figures = world.published()
    assert (figures[("TokensIn",)], figures[("TokensOut",)]) == (70, 30)
    assert (figures[("WorkflowRuns",)], figures[("WorkflowTokens",)]) == (1, 7)


def test_what_is_tried_out_in_the_editor_counts_nowhere(world: World) -> None:
    world.message("12:01:00", invoke_from="debugger", message_tokens=9, from_account_id=identity(9))
    world.workflow("12:01:00", "12:02:00", triggered_from="debugging", total_tokens=9)
    world.run()
    figures = world.published()
    for metric in ("Messages", "Conversations", "TokensIn", "WorkflowRuns", "WorkflowTokens", "ActiveUsers"):
        assert figures[(metric,)] == 0
    assert not [key for key in figures if len(key) > 1 and key[0] != "Cost"]


def test_a_message_from_before_dify_noted_its_way_in_counts(world: World) -> None:
    world.message("12:01:00", invoke_from=None)
    world.run()
    assert world.published()[("Messages",)] == 1


def test_a_run_counts_where_it_ended_with_its_failure_and_its_time(world: World) -> None:
    world.workflow("08:00:00", "12:03:00", status="failed", elapsed_time=14580)
    world.workflow("12:01:00", "12:06:00")
    world.workflow("12:01:00", None, status="running")
    world.run()
    figures = world.published()
    for by in ((), (FLOW,)):
        assert figures[("WorkflowRuns", *by)] == figures[("WorkflowFailures", *by)] == 1
        assert figures[("WorkflowLatency", *by)] == 14580


def test_latency_is_the_95th_percentile_of_answers_that_ended(world: World) -> None:
    for seconds in range(1, 22):
        world.message("12:01:00", provider_response_latency=seconds)
    world.message("12:04:00")
    world.run()
    assert world.published()[("Latency",)] == world.published()[("Latency", CHAT)] == 20


def test_users_are_counted_once_a_day_and_the_day_ends_at_midnight(world: World) -> None:
    world.message("2026-11-19 23:59:00", from_end_user_id=identity(7))
    world.message("2026-11-20 00:00:00", from_end_user_id=identity(5))
    world.message("12:00:00", from_end_user_id=identity(5))
    world.message("12:00:00", from_account_id=identity(6))
    world.workflow("12:00:00", "12:00:05", created_by=identity(5))
    world.workflow("12:00:00", "12:00:05", created_by=identity(8), triggered_from="schedule")
    world.insert("end_users", {"created_at": "2026-11-20 12:00:00"}, {"created_at": "2026-11-20 12:05:00"})
    world.run()
    assert (world.published()[("ActiveUsers",)], world.published()[("NewEndUsers",)]) == (2, 1)
    world.forget()
    world.run("2026-11-20T00:01:00Z")
    assert world.published()[("ActiveUsers",)] == 1


def test_the_most_used_apps_have_figures_and_all_others_one(world: World) -> None:
    for app, messages in {1: 3, 2: 2, 3: 1, 4: 1}.items():
        for _ in range(messages):
            world.message("12:01:00", app_id=identity(app), message_tokens=app)
    world.run(apps=2)
    figures = {key[1]: value for key, value in world.published().items() if key[0] == "TokensIn" and "App=" in key[-1]}
    assert figures == {f"App={identity(1)}": 3, f"App={identity(2)}": 4, "App=other": 7}


def test_the_most_used_models_have_figures_under_names_that_cloudwatch_takes(world: World) -> None:
    for model, messages in {"gpt": 3, "模型": 2, "rare": 1}.items():
        for _ in range(messages):
            world.message("12:01:00", model_provider="openai", model_id=model)
    world.message("12:01:00", conversation_id=identity(3))
    world.run(models=2)
    figures = {key[1]: value for key, value in world.published().items() if key[0] == "Messages" and "Model" in key[-1]}
    assert figures == {"Model=openai/gpt": 3, r"Model=openai/\u6a21\u578b": 2, "Model=other": 2}


def test_no_number_of_apps_and_models_needs_a_second_call(world: World) -> None:
    world.sql(
        "INSERT INTO messages (app_id, conversation_id, model_provider, model_id, created_at, "
        "provider_response_latency) SELECT gen_random_uuid(), gen_random_uuid(), 'p', n::text, '2026-11-20 12:01', 1 "
        "FROM generate_series(1, 300) n",
        "INSERT INTO workflow_runs (app_id, type, triggered_from, status, created_at, finished_at) SELECT "
        "gen_random_uuid(), 'workflow', 'app-run', 'failed', '2026-11-20 12:01', '2026-11-20 12:02' "
        "FROM generate_series(1, 300) n",
    )
    world.run("2026-11-20T12:06:00Z", apps=50, models=50)
    assert len([key for key in world.published() if key[0] == "Messages"]) == 1 + 51 + 51
    assert len(world.published()) < 1000


def test_costs_are_told_apart_by_currency_and_unlisted_ones_are_counted_instead(world: World) -> None:
    world.message("12:01:00", total_price="0.25", currency="USD")
    world.message("12:01:00", total_price="2", currency="RMB")
    world.message("12:01:00", total_price="9", currency="EUR")
    world.run(currencies=["USD", "RMB", "GBP"])
    figures = world.published()
    costs = {key[1]: value for key, value in figures.items() if key[0] == "Cost"}
    assert costs == {"Currency=USD": 0.25, "Currency=RMB": 2, "Currency=GBP": 0}
    assert figures[("MessagesInOtherCurrencies",)] == 1


def test_runs_and_documents_that_stopped_moving_are_counted(world: World) -> None:
    world.workflow("10:34:00", None, status="running")
    world.workflow("10:36:00", None, status="running")
    world.workflow("2026-11-18 00:00:00", None, status="running")
    early, late = "2026-11-20 11:00", "2026-11-20 12:00"
    world.insert(
        "documents",
        {"indexing_status": "indexing", "created_at": early},
        {"indexing_status": "waiting", "created_at": late},
        {"indexing_status": "parsing", "created_at": early, "processing_started_at": late},
        {"indexing_status": "splitting", "created_at": early, "is_paused": "true"},
        {"indexing_status": "error", "created_at": early},
    )
    world.run()
    figures = world.published()
    assert (figures[("StuckRuns",)], figures[("StuckDocuments",)], figures[("IndexingBacklog",)]) == (1, 1, 3)


def test_a_user_far_above_its_own_norm_is_counted(world: World) -> None:
    for day in (14, 15):
        world.message(f"2026-11-{day} 10:00:00", from_end_user_id=identity(1), message_tokens=1500)
        world.message(f"2026-11-{day} 10:00:00", from_end_user_id=identity(2), message_tokens=20000)
    world.message("11:30:00", from_end_user_id=identity(1), message_tokens=20000)
    world.message("11:30:00", from_end_user_id=identity(2), message_tokens=20000)
    world.message("11:30:00", from_end_user_id=identity(3), message_tokens=40000)
    world.run()
    assert (world.published()[("UsersAboveNorm",)], world.published()[("LoudestUserShare",)]) == (1, 50)
    world.forget()
    world.run(loudFactor=20)
    assert world.published()[("UsersAboveNorm",)] == 0


def test_totals_come_every_time_and_orphans_at_full_hours(world: World) -> None:
    world.insert("apps", {"id": identity(1), "mode": "chat"}, {"id": identity(2), "mode": "workflow"})
    world.insert("accounts", {"email": "a"}, {"email": "b"}, {"email": "c"})
    world.insert("datasets", {"id": identity(1)})
    world.insert("documents", {"id": identity(1), "dataset_id": identity(1)}, {"dataset_id": identity(2)})
    world.insert("document_segments", {"document_id": identity(1)}, {"document_id": identity(9)})
    world.run("2026-11-20T12:06:00Z")
    figures = world.published()
    assert [figures[(name,)] for name in ("Apps", "Accounts", "Datasets", "Documents")] == [2, 3, 1, 2]
    assert ("OrphanSegments",) not in figures
    world.forget()
    world.run("2026-11-20T12:01:00Z")
    assert world.published()[("OrphanSegments",)] == world.published()[("OrphanDocuments",)] == 1


def test_every_metric_and_column_that_is_listed_is_asked_for_and_no_other() -> None:
    asked = {
        (metric, ("Stack", *([one.dimension] if one.dimension else []))) for one in QUESTIONS for metric in one.metrics
    }
    said = {(metric, ("Stack",)) for metric in ("Measured", "Incomplete")} | {("Failed", ("Stack", "Reason"))}
    assert asked | said == {(metric, names) for metric, sets in PUBLISHED.items() for names in sets}
    needed: dict[str, set[str]] = {}
    for question in (*QUESTIONS, DAY):
        for table, columns in question.needs.items():
            needed.setdefault(table, set()).update(columns)
    assert needed == {table: set(columns) for table, columns in COLUMNS.items()}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"apps": 0}, "BUSINESS_METRICS.apps: must be a whole number from 1 to 50"),
        ({"models": 51}, "BUSINESS_METRICS.models: must be a whole number from 1 to 50"),
        ({"loudFactor": True}, "BUSINESS_METRICS.loudFactor: must be a whole number from 1 to 1000"),
        ({"currencies": []}, "BUSINESS_METRICS.currencies: must be codes of ISO 4217 such as USD, at least one"),
        ({"currencies": ["usd"]}, "BUSINESS_METRICS.currencies: must be codes of ISO 4217 such as USD, at least one"),
        ({"historyBucket": ""}, "BUSINESS_METRICS.historyBucket: must be non-empty text"),
        ({"secretArn": "x"}, "BUSINESS_METRICS.secretArn: must be the ARN of a Secrets Manager secret"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(world: World, changed: dict[str, Any], line: str) -> None:
    assert world.failure(**changed) == line


@pytest.mark.parametrize("time", ["", "yesterday", "2026-11-20T12:06:00", "2026-13-40T12:06:00Z"])
def test_a_run_without_a_time_counts_nothing(world: World, time: str) -> None:
    assert world.failure(time).startswith("event.time: ")
    assert world.published() == {}


@pytest.mark.parametrize("stored", ["", "{", json.dumps([])])
def test_settings_that_are_no_object_are_refused(monkeypatch: pytest.MonkeyPatch, stored: str) -> None:
    monkeypatch.setenv("BUSINESS_METRICS", stored)
    with pytest.raises(business_metrics.FunctionError, match=r"^BUSINESS_METRICS: "):
        business_metrics.handler({"time": "2026-11-20T12:06:00Z"}, None)
