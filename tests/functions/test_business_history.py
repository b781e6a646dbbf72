"""The record of each day in S3: written once, made good where it was missed, and the same whenever it is written."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from moto import mock_aws

from functions.business_metrics.daily_columns import COLUMNS, key_of
from tests.functions.business_world import World
from tests.functions.dify_tables import identity
from tests.servers.postgresql import PostgreSQL

DAY = date(2026, 11, 19)
AFTER = "2026-11-20T01:01:00Z"


@pytest.fixture
def world(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World.make(postgresql, monkeypatch)


def _kept_all(world: World, time: str = AFTER) -> list[str]:
    """Run until nothing is missing: the days in the order in which they were written."""
    written: list[str] = []
    while day := world.run(time)["kept"]:
        world.forget()
        written.append(day)
    return written


def _keep_day(world: World) -> None:
    """Write DAY, where the days before it are there already."""
    for back in range(1, 14):
        world.keep(key_of(DAY - timedelta(days=back)))
    assert world.run(AFTER)["kept"] == str(DAY)


def _lines(world: World) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, line, strict=True)) for line in world.kept()[key_of(DAY)]]


def test_each_run_keeps_one_missed_day_of_two_weeks_and_the_earliest_first(world: World) -> None:
    assert _kept_all(world) == [str(DAY - timedelta(days=back)) for back in reversed(range(14))]
    assert set(world.kept()) == {f"daily/day={DAY - timedelta(days=back)}/usage.csv.gz" for back in range(14)}


def test_a_day_is_kept_an_hour_after_its_end_and_not_before(world: World) -> None:
    assert _kept_all(world, "2026-11-20T00:56:00Z")[-1] == "2026-11-18"
    assert _kept_all(world, "2026-11-20T01:01:00Z") == ["2026-11-19"]


def test_what_a_day_was_used_for_is_told_by_app_model_and_currency(world: World) -> None:
    world.insert("apps", {"id": identity(1), "mode": "chat"}, {"id": identity(2), "mode": "workflow"})
    gpt = {"model_provider": "openai", "model_id": "gpt", "from_end_user_id": identity(5)}
    world.message("2026-11-19 00:00:00", **gpt, message_tokens=10, answer_tokens=1, total_price="0.5")
    world.message("2026-11-19 23:59:59", **gpt, message_tokens=20, answer_tokens=2, total_price="0.25", status="error")
    world.message("2026-11-19 12:00:00", model_provider="openai", model_id="mini", message_tokens=5, currency="RMB")
    world.message("2026-11-19 12:00:00", **gpt, invoke_from="debugger", message_tokens=1000)
    world.message("2026-11-20 00:00:00", **gpt, message_tokens=1000)
    world.workflow("2026-11-19 12:00:00", "2026-11-19 12:00:09", status="failed", total_tokens=7, elapsed_time=9)
    world.workflow("2026-11-19 12:00:00", "2026-11-19 12:00:09", type="chat", total_tokens=1000)
    world.workflow("2026-11-19 12:00:00", "2026-11-19 12:00:09", triggered_from="debugging", total_tokens=1000)
    _keep_day(world)
    gpt_line, mini_line, run_line = sorted(_lines(world), key=lambda line: (line["kind"], line["model"]))
    gpt_values = f"messages {identity(1)} chat openai gpt USD 2 1 1 1 30 3 33 0.7500000"
    assert list(gpt_line.values()) == [*gpt_values.split(), ""]
    assert (mini_line["currency"], mini_line["tokens"]) == ("RMB", "5")
    known = {name: value for name, value in run_line.items() if value}
    assert list(known) == ["kind", "app", "mode", "turns", "failures", "users", "tokens", "p95_seconds"]
    assert list(known.values()) == f"workflows {identity(2)} workflow 1 1 1 7 9.0".split()


def test_a_day_is_the_same_whenever_it_is_written(world: World) -> None:
    for number in range(20):
        world.message("2026-11-19 12:00:00", app_id=identity(number % 7), model_id=f"m{number % 3}")
    key = key_of(DAY)
    _keep_day(world)
    first = world.stored(key)
    world.remove(key)
    assert world.run("2026-11-25T05:16:00Z")["kept"] == str(DAY)
    assert world.stored(key) == first


def test_a_kept_day_stays_when_dify_has_removed_its_rows(world: World) -> None:
    world.message("2026-11-19 12:00:00", message_tokens=5)
    _keep_day(world)
    world.sql("DELETE FROM messages")
    assert world.run(AFTER.replace("01:01", "01:06"))["kept"] is None
    assert [line["tokens"] for line in _lines(world)] == ["5"]


def test_an_app_that_was_deleted_keeps_its_lines(world: World) -> None:
    world.message("2026-11-19 12:00:00", message_tokens=5)
    _keep_day(world)
    (line,) = _lines(world)
    assert (line["app"], line["mode"], line["tokens"]) == (identity(1), "", "5")


def test_no_name_of_a_model_breaks_a_line(world: World) -> None:
    world.message("2026-11-19 12:00:00", model_provider='a,"b"', model_id="c\\d\ne, 模型")
    _keep_day(world)
    (line,) = _lines(world)
    assert (line["provider"], line["model"]) == ("a__b_", "c_d_e_ 模型")


def test_a_day_is_kept_only_where_all_of_it_can_be_counted(world: World) -> None:
    world.sql("DROP TABLE workflow_runs")
    assert world.run(AFTER)["kept"] is None
    assert world.kept() == {}


def test_figures_are_published_before_the_history_can_fail(world: World) -> None:
    assert world.failure(historyBucket="gone") == "bucket gone: ListObjectsV2 failed: NoSuchBucket"
    assert world.published()[("Measured",)] == 1
