"""What cannot be counted is left out and said; what fails leaves no number at all."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.business_metrics import business_metrics
from functions.business_metrics.dify_columns import COLUMNS
from functions.business_metrics.published import PUBLISHED
from tests.functions.business_world import World
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import free_port


@pytest.fixture
def world(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World.make(postgresql, monkeypatch)


def test_an_unused_dify_is_measured_as_that(world: World) -> None:
    assert world.run("2026-11-20T12:01:00Z")["lacking"] == []
    figures = world.published()
    assert (figures.pop(("Measured",)), figures.pop(("Incomplete",))) == (1, 0)
    assert set(figures.values()) == {0}
    unmeasured = {"Latency", "WorkflowLatency", "LoudestUserShare", "Failed"}
    assert {key[0] for key in figures} == set(PUBLISHED) - unmeasured - {"Measured", "Incomplete"}


def test_before_the_first_migration_nothing_is_counted_and_it_is_said(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws():
        world = World.make(postgresql, monkeypatch, tables="SELECT 1")
        assert world.run()["lacking"] == sorted(set(COLUMNS) - {"document_segments"})
        assert world.published() == {("Measured",): 1, ("Incomplete",): 1}
        assert world.kept() == {}


def test_columns_of_a_newer_release_change_nothing(world: World) -> None:
    world.message("12:01:00", message_tokens=5)
    world.sql(
        "ALTER TABLE messages ADD COLUMN app_mode text, ADD COLUMN read_at timestamp", "CREATE TABLE novel (id int)"
    )
    assert world.run()["lacking"] == []
    assert world.published()[("TokensIn",)] == 5


@pytest.mark.parametrize(
    ("change", "lacking", "gone"),
    [
        ("DROP TABLE end_users", "end_users", {"NewEndUsers"}),
        ("DROP TABLE datasets", "datasets", {"Datasets", "OrphanDocuments"}),
        (
            "ALTER TABLE documents RENAME processing_started_at TO begun_at",
            "documents.processing_started_at",
            {"IndexingBacklog", "StuckDocuments"},
        ),
        ("ALTER TABLE messages RENAME from_end_user_id TO who", "messages.from_end_user_id",
         {"ActiveUsers", "UsersAboveNorm"}),
        ("DROP TABLE workflow_runs", "workflow_runs",
         {"WorkflowRuns", "WorkflowFailures", "WorkflowTokens", "StuckRuns", "ActiveUsers"}),
    ],
)  # fmt: skip
def test_a_missing_table_or_column_leaves_out_exactly_what_needs_it(
    world: World, change: str, lacking: str, gone: set[str]
) -> None:
    world.run("2026-11-20T12:01:00Z")
    complete = world.published()
    world.forget()
    world.sql(change)
    assert world.run("2026-11-20T12:01:00Z")["lacking"] == [lacking]
    assert world.published() == {key: value for key, value in complete.items() if key[0] not in gone} | {
        ("Incomplete",): 1
    }


def test_a_server_that_is_gone_is_published_as_that_and_without_a_number(world: World) -> None:
    assert "cannot be reached" in world.failure(port=free_port())
    assert world.published() == {("Failed", "Reason=Connection"): 1}


def test_a_connection_that_is_lost_midway_leaves_no_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = business_metrics.figures_of

    def cut(*given: object) -> object:
        world.database.server.superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dify_metrics_a'"
        )
        return asked(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("business_metrics.figures_of", cut, raising=False)
    monkeypatch.setattr(business_metrics, "figures_of", cut)
    world.failure()
    assert world.published() == {("Failed", "Reason=Query"): 1}


def test_a_question_that_takes_too_long_leaves_no_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("business_reading.STATEMENT_SECONDS", "0.2")
    world.sql("ALTER TABLE accounts RENAME TO real", "CREATE VIEW accounts AS SELECT id FROM real, pg_sleep(5)",
              "GRANT SELECT ON accounts TO dify_metrics", "INSERT INTO real (email) VALUES ('a')")  # fmt: skip
    assert "statement timeout" in world.failure()
    assert world.published() == {("Failed", "Reason=Query"): 1}


def test_a_login_that_cannot_be_read_is_published_as_that(world: World) -> None:
    assert "does not exist" in world.failure(secretArn=f"{world.secret_arn}-gone")
    assert world.published() == {("Failed", "Reason=Login"): 1}


def test_a_failure_never_tells_the_password(world: World) -> None:
    world.database.store(world.secret_arn, {"username": "dify_metrics_a", "password": "planted-wrong"})
    assert "planted" not in world.failure()
