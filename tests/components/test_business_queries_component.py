"""Athena finds in the records of use what the function writes, and each question is answered."""

import re
from datetime import date
from functools import cache
from typing import Any

import duckdb
import pytest
import sqlglot

from components.business_queries import QUERIES, BusinessQueries, BusinessQueriesArgs
from functions.business_metrics.daily_columns import COLUMNS
from tests.components.function_packages import module_of
from tests.recorder import Graph, record

_RECORDS = f"""
CREATE TABLE usage_by_day AS SELECT strftime(current_date - 2, '%Y-%m-%d') AS day, * FROM (VALUES
    ('messages', 'a', 'chat', 'openai', 'gpt', 'USD', 30, 2, 9, 5, 200, 100, 300, 1.5, 2.0),
    ('workflows', 'b', 'workflow', NULL, NULL, NULL, 4, 1, NULL, 2, NULL, NULL, 40, NULL, 9.0)
) AS record ({", ".join(COLUMNS)})
"""  # noqa: S608  names of columns
"""One line of each kind, of the day before yesterday."""

_FILES = sorted(QUERIES.glob("*.sql"))


@cache
def _graph() -> Graph:
    args = BusinessQueriesArgs(bucket="records", days=400, database="catalog", workgroup="questions")
    return record(lambda: BusinessQueries("queries", args))


def _table() -> dict[str, Any]:
    return _graph().one("glue/catalogTable:CatalogTable").inputs


def test_the_table_finds_each_day_where_the_function_puts_it() -> None:
    table = _table()
    place = table["parameters"]["storage.location.template"]
    key = module_of("business_metrics", "daily_columns").key_of(date(2026, 11, 19))
    assert f"s3://records/{key}".startswith(place.replace("${day}", "2026-11-19"))
    assert table["parameters"]["projection.day.format"] == "yyyy-MM-dd"
    assert table["parameters"]["projection.day.range"] == "NOW-400DAYS,NOW"
    assert table["databaseName"] == "catalog"


def test_the_table_has_the_columns_of_the_file_in_their_order() -> None:
    columns = [(one["name"], one["type"]) for one in _table()["storageDescriptor"]["columns"]]
    assert columns == list(COLUMNS.items())
    assert _table()["storageDescriptor"]["serDeInfo"]["parameters"]["field.delim"] == ","


def test_every_file_is_a_saved_query_that_says_what_it_answers() -> None:
    saved = {query.inputs["name"]: query.inputs for query in _graph().of("athena/namedQuery:NamedQuery")}
    assert {name: query["query"] for name, query in saved.items()} == {file.stem: file.read_text() for file in _FILES}
    assert {(query["database"], query["workgroup"]) for query in saved.values()} == {("catalog", "questions")}
    assert all(re.fullmatch(r"[A-Z].+\.", query["description"]) for query in saved.values())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("usage-by-month", [("a", "USD", 30, 2, 300), ("b", None, 4, 1, 40)]),
        ("models-by-month", [("openai", "gpt", 30, 200)]),
        ("failures-by-day", [("a", 2, 6.7), ("b", 1, 25.0)]),
    ],
)
def test_each_query_answers_what_it_promises(name: str, answer: list[tuple[Any, ...]]) -> None:
    text = (QUERIES / f"{name}.sql").read_text()
    (translated,) = sqlglot.transpile(text, read="athena", write="duckdb")
    shown = {
        "usage-by-month": "app, currency, turns, failures, tokens",
        "models-by-month": "provider, model, turns, tokens_in",
        "failures-by-day": "app, failures, percent",
    }[name]
    with duckdb.connect() as database:
        database.execute(_RECORDS)
        found = database.execute(f"FROM ({translated}) SELECT {shown} ORDER BY 1").fetchall()
    plain = [tuple(float(v) if isinstance(v, int | float) else v for v in row) for row in found]
    assert plain == [tuple(float(v) if isinstance(v, int | float) else v for v in row) for row in answer]
