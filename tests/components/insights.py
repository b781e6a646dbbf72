"""Answers of the Logs Insights query language to lines, as far as this repository uses it (Amazon CloudWatch Logs User
Guide, "CloudWatch Logs Insights query syntax"): fields, filter, parse, stats, sort and limit."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

Row = dict[str, Any]

_NAME = r"[@\w][@\w.]*"
_TEST = re.compile(rf'({_NAME})\s+(=|!=|>|<|like)\s+("[^"]*"|\d+)')
_MEASURE = re.compile(rf"(count|max|min|sum|avg|count_distinct)\(({_NAME}|\*)\) as (\w+)")


def answer(query: str, lines: Sequence[str]) -> list[Row]:
    """Raises ValueError at what the language has not."""
    rows = [_row(at, line) for at, line in enumerate(lines)]
    for command in query.split("\n| "):
        word, _, rest = command.partition(" ")
        if word not in _COMMANDS:
            raise ValueError(f"no command: {command}")
        rows = _COMMANDS[word](rest, rows)
    return rows


def _row(at: int, line: str) -> Row:
    found: Row = {"@timestamp": at, "@message": line, "@log": "log", "@logStream": "stream"}
    if line.startswith("{"):
        found |= _flat("", json.loads(line))
    return found


def _flat(prefix: str, value: Mapping[str, Any]) -> Row:
    found: Row = {}
    for key, entry in value.items():
        inner = cast("dict[str, Any]", entry) if isinstance(entry, dict) else None
        found |= {f"{prefix}{key}": entry} if inner is None else _flat(f"{prefix}{key}.", inner)
    return found


def _fields(rest: str, rows: list[Row]) -> list[Row]:
    for name in rest.split(", "):
        if re.fullmatch(_NAME, name) is None:
            raise ValueError(f"no field: {name}")
    return rows


def _filter(rest: str, rows: list[Row]) -> list[Row]:
    alternatives = [[_test(one) for one in each.split(" and ")] for each in rest.split(" or ")]
    return [row for row in rows if any(all(_holds(row, *test) for test in tests) for tests in alternatives)]


def _test(text: str) -> tuple[str, str, str]:
    found = _TEST.fullmatch(text)
    if found is None:
        raise ValueError(f"no test: {text}")
    return found[1], found[2], found[3].strip('"')


def _holds(row: Row, name: str, operator: str, wanted: str) -> bool:
    value = row.get(name)
    if value is None:
        return False
    match operator:
        case "like":
            return wanted in str(value)
        case ">":
            return float(value) > float(wanted)
        case "<":
            return float(value) < float(wanted)
        case _:
            return (str(value) == wanted) is (operator == "=")


def _parse(rest: str, rows: list[Row]) -> list[Row]:
    found = re.fullmatch(rf'({_NAME}) "([^"]+)" as (.+)', rest)
    if found is None:
        raise ValueError(f"no parse: {rest}")
    field, glob, names = found[1], found[2], found[3].split(", ")
    if glob.count("*") != len(names):
        raise ValueError(f"{glob} has not {len(names)} places")
    pattern = re.compile("(.*?)".join(map(re.escape, glob.split("*"))) + ("$" if glob.endswith("*") else ""))
    parsed: list[Row] = []
    for row in rows:
        match = pattern.search(str(row.get(field, "")))
        parsed.append({**row, **(dict(zip(names, match.groups(), strict=True)) if match else {})})
    return parsed


def _stats(rest: str, rows: list[Row]) -> list[Row]:
    measures, _, by = rest.partition(" by ")
    names = by.split(", ")
    wanted = [_measure(one) for one in measures.split(", ")]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in names), []).append(row)
    return [
        {**dict(zip(names, key, strict=True)), **{alias: _value(kind, field, found) for kind, field, alias in wanted}}
        for key, found in groups.items()
    ]


def _measure(text: str) -> tuple[str, str, str]:
    found = _MEASURE.fullmatch(text)
    if found is None:
        raise ValueError(f"no measure: {text}")
    return found[1], found[2], found[3]


def _value(kind: str, field: str, rows: list[Row]) -> float:
    if kind == "count":
        return len(rows)
    values = [row[field] for row in rows if row.get(field) is not None]
    if kind == "count_distinct":
        return len(set(values))
    numbers = [float(value) for value in values]
    return {"max": max(numbers), "min": min(numbers), "sum": sum(numbers), "avg": sum(numbers) / len(numbers)}[kind]


def _sort(rest: str, rows: list[Row]) -> list[Row]:
    name, _, order = rest.partition(" ")
    if order not in {"asc", "desc"} or any(name not in row for row in rows):
        raise ValueError(f"no order: {rest}")
    return sorted(rows, key=lambda row: row[name], reverse=order == "desc")


def _limit(rest: str, rows: list[Row]) -> list[Row]:
    return rows[: int(rest)]


_COMMANDS = {"fields": _fields, "filter": _filter, "parse": _parse, "stats": _stats, "sort": _sort, "limit": _limit}
