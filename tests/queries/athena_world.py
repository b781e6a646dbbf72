"""Athena's tables in DuckDB: the same columns, rows as the services write them, and the queries as they are saved.

The queries are Athena's SQL and run translated by sqlglot. What that does not show: how Athena itself reads the files,
so their patterns are tried on lines of the services' guides, and which folders it looks into.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.expressions.core import Expression

from components import audit_tables
from components.audit_queries import QUERIES
from components.audit_tables import Kept
from components.log_table import LogTable
from tests.components.component_graphs import site

_KEPT = Kept(bucket="bucket", days=400)

TABLES: dict[str, LogTable] = {
    table.name: table
    for table in (
        audit_tables.cloudtrail_logs(site(), _KEPT),
        audit_tables.alb_access_logs(site(), _KEPT),
        audit_tables.alb_connection_logs(site(), _KEPT),
        audit_tables.s3_access_logs(site(), _KEPT, "files,plugins"),
        audit_tables.vpc_flow_logs(site(), _KEPT),
        audit_tables.cloudfront_logs(site(), _KEPT, "EDFDVBD6EXAMPLE"),
    )
}
FILES = sorted(QUERIES.glob("*/*.sql"))
"""Every saved query."""


def columns(table: LogTable) -> dict[str, str]:
    """All columns as a query sees them, those of the folders included."""
    return {**table.columns, **{name: one.type for name, one in table.partitions.items()}}


def cells(table: LogTable, line: str) -> dict[str, Any]:
    """`line` cut into the columns of `table` as Hive does it, where it matches as a whole."""
    found = re.fullmatch(str(table.format.parameters["input.regex"]), line)
    assert found is not None, f"{table.name} cannot read {line}"
    return {
        name: _number(text, type_) for (name, type_), text in zip(table.columns.items(), found.groups(), strict=True)
    }


def event(**given: Any) -> dict[str, Any]:
    """A row of CloudTrail from an event as it stands in a file: names in lower case, objects that are text as JSON."""
    row: dict[str, Any] = {}
    for name, value in given.items():
        lower = name.lower()
        text = TABLES["cloudtrail_logs"].columns[lower] == "string"
        row[lower] = json.dumps(value) if text and isinstance(value, dict) else _lowered(value)
    return row


@dataclass
class World:
    """Tables with rows. `ask` runs a saved query with the values that it asks for."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        for name, table in TABLES.items():
            described = ", ".join(f'"{column}" {_duck(type_)}' for column, type_ in columns(table).items())
            self.connection.execute(f'CREATE TABLE "{name}" ({described})')

    def add(self, table: str, *rows: Mapping[str, Any]) -> "World":
        """Rows, each with the columns that matter; the others are null."""
        described = columns(TABLES[table])
        marks = ", ".join("?" * len(described))
        for row in rows:
            unknown = set(row) - set(described)
            assert not unknown, f"{table} has no {unknown}"
            values = [_complete(row.get(column), type_) for column, type_ in described.items()]
            self.connection.execute(f'INSERT INTO "{table}" VALUES ({marks})', values)  # noqa: S608  our own names
        return self

    def ask(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the saved query's answer."""
        answer = self.connection.execute(translated(query), list(values))
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def text_of(query: str) -> str:
    """The saved query of that name."""
    (file,) = [one for one in FILES if one.stem == query]
    return file.read_text(encoding="utf-8")


def tree(query: str) -> Expression:
    """The saved query, as Athena's grammar reads it."""
    (found,) = sqlglot.parse(text_of(query), dialect="athena")
    assert isinstance(found, Expression)
    return found


@cache
def translated(query: str) -> str:
    """The saved query in DuckDB's SQL."""
    return tree(query).sql(dialect="duckdb")


def _duck(hive: str) -> str:
    return exp.DataType.build(hive, dialect="hive").sql(dialect="duckdb")


def _complete(value: Any, hive: str) -> Any:
    """`value` with every field that its type has, for DuckDB takes a struct only whole."""
    return _filled(value, exp.DataType.build(hive, dialect="hive"))


def _filled(value: Any, type_: exp.DataType) -> Any:
    if value is None:
        return None
    if type_.this == exp.DataType.Type.STRUCT:
        fields = cast("Iterable[exp.ColumnDef]", type_.expressions)
        return {one.name: _filled(value.get(one.name), cast("exp.DataType", one.args["kind"])) for one in fields}
    if type_.this == exp.DataType.Type.ARRAY:
        return [_filled(entry, cast("exp.DataType", type_.expressions[0])) for entry in value]
    return value


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {key.lower(): _lowered(entry) for key, entry in entries.items()}
    return value


def _number(text: str | None, type_: str) -> Any:
    """Hive gives null where a number cannot be read."""
    if type_ not in {"int", "bigint", "double"}:
        return text
    try:
        return float(text or "") if type_ == "double" else int(text or "")
    except ValueError:
        return None
