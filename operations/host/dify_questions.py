"""The questions of functions/business_metrics, asked of the host's own database."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from functions.business_metrics.business_questions import QUESTIONS, Question
from functions.business_metrics.business_window import Window
from operations.host.postgres_pair import PostgresPair

DATABASE = "dify"

_CURRENCY = "Currency"
"""The one dimension that is asked for."""

_PLACEHOLDER = re.compile(r":([a-z_]+)")

_COLUMNS = """
SELECT coalesce(json_object_agg(table_name, columns), '{}') FROM (
    SELECT table_name, json_agg(column_name) AS columns FROM information_schema.columns
    WHERE table_schema = 'public' GROUP BY table_name) AS tables
"""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Figures of each window in their order, by metric, those of money by currency. What the database has no table or
    column for is in `lacking`."""

    figures: Mapping[str, Sequence[float]]
    lacking: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class DifyQuestions:
    """Asks the primary of `pair`, by a role that can change nothing. `currencies` are those that have figures."""

    pair: PostgresPair
    currencies: Sequence[str]

    def ask(self, metrics: frozenset[str], windows: Sequence[Window]) -> Answers:
        """The figures of `metrics`, one statement for each question. Raises FailedError."""
        primary = self.pair.named_primary()
        seen = cast("dict[str, list[str]]", self.pair.read(primary, _COLUMNS, DATABASE))
        figures: dict[str, list[float]] = {}
        lacking: set[str] = set()
        for question in QUESTIONS:
            wanted = metrics.intersection(question.metrics)
            if not wanted or question.dimension not in (None, _CURRENCY):
                continue
            if missing := _missing(question, seen):
                lacking.update(missing)
                continue
            rows = cast("list[dict[str, Any]]", self.pair.read(primary, self._statement(question, windows), DATABASE))
            for row in rows:
                for metric in wanted:
                    figures.setdefault(row.get(_CURRENCY, metric), []).append(row[metric])
        return Answers(figures=figures, lacking=sorted(lacking))

    def _statement(self, question: Question, windows: Sequence[Window]) -> str:
        """The question's own text for all windows at once: its parameters are columns of a list of them."""
        moments = list(map(_moments, windows))
        rows = (
            ", ".join([str(number), *(f"timestamp '{moment}'" for moment in one.values())])
            for number, one in enumerate(moments)
        )
        named = (question.dimension,) if question.dimension else ()
        sql = _PLACEHOLDER.sub(lambda found: self._parameter(found[1]), question.sql)
        return f"""
SELECT coalesce(json_agg(found ORDER BY number), '[]')
FROM (VALUES {", ".join(f"({row})" for row in rows)}) AS period ({_quoted("number", *moments[0])})
CROSS JOIN LATERAL ({sql}) AS found ({_quoted(*named, *question.metrics)})"""  # noqa: S608  no word of it is a caller's

    def _parameter(self, name: str) -> str:
        return f"'{{{','.join(self.currencies)}}}'" if name == "currencies" else f"period.{_quoted(name)}"


def _moments(window: Window) -> dict[str, datetime]:
    """Users of a window are those since it began, be it at midnight or not."""
    return {**window.times, "midnight": window.start}


def _missing(question: Question, seen: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        f"{table}.{column}"
        for table, columns in question.needs.items()
        for column in columns
        if column not in seen.get(table, ())
    ]


def _quoted(*names: str) -> str:
    return ", ".join(f'"{name}"' for name in names)
