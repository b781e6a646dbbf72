"""Questions to Dify's database, all answered from one moment of it, by a login that can change nothing.

The host is the instance that writes: this stack has no read replica, and the standby of a Multi-AZ instance answers
nobody (Amazon RDS User Guide, "Multi-AZ DB instance deployments"). Where a replica is added, its address goes there.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from business_questions import Columns, Question
from business_settings import BusinessSettings
from postgresql import Login, Session, session

STATEMENT_SECONDS = 20
"""After which PostgreSQL ends a question. Every one is a figure that comes again in five minutes; the login's own limit
(database_setup) is the same."""


@dataclass(frozen=True)
class Reading:
    """An open session, and the columns that the login sees in this database."""

    _session: Session
    _seen: Mapping[str, frozenset[str]]

    def missing(self, needs: Columns) -> list[str]:
        """Those of `needs` that this database does not have, as `table.column`, or as `table` where all lack."""
        lacking: list[str] = []
        for table, columns in needs.items():
            if table not in self._seen:
                lacking.append(table)
            else:
                lacking += [f"{table}.{column}" for column in columns if column not in self._seen[table]]
        return lacking

    def rows(self, question: Question, values: Mapping[str, object]) -> list[list[Any]]:
        """The answer, with those of `values` that the question names. Raises FunctionError."""
        named = {name: value for name, value in values.items() if f":{name}" in question.sql}
        return self._session.rows(question.sql, **named)


@contextmanager
def reading(settings: BusinessSettings, login: Login) -> Generator[Reading]:
    """A session of `login`. Raises FunctionError."""
    with session(settings.server, login, settings.database) as opened:
        _admit(opened)
        opened.rows(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
        opened.rows("SET TIME ZONE 'UTC'")
        opened.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Reading(opened, _columns(opened))


def _admit(opened: Session) -> None:
    """Have the columns opened that Dify's migrations made since the last time (database_setup, setup_readers.py)."""
    opened.rows("BEGIN READ WRITE")
    opened.rows(f"SELECT {opened.value('SELECT quote_ident(current_user)')}.admit()")
    opened.rows("COMMIT")


def _columns(opened: Session) -> dict[str, frozenset[str]]:
    """information_schema shows a login what it may read, and nothing else (PostgreSQL documentation, "columns")."""
    found = opened.rows(
        "SELECT table_name, array_agg(CAST(column_name AS text)) FROM information_schema.columns "
        "WHERE table_schema = 'public' GROUP BY table_name"
    )
    return {table: frozenset(columns) for table, columns in found}
