"""Writes the tables of docs/tune.md from what the program makes of the tracked stack files: `python -m
tests.tuning.page`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from dify.capacity import MOST_CLIENTS
from settings.capacity import clients, connections, requests, runs
from settings.host import capacity as host_capacity
from settings.host.load import parse_host
from settings.load import parse
from settings.stack_file import read_values
from tests.alarm_page import Line, lines_of
from tests.components.program_variants import POOLED, values_of
from tests.recorder import ROOT, Graph, record_program
from tests.tuning.edge import EDGE
from tests.tuning.knob import Knob, Reading, Stack, Table
from tests.tuning.pools import POOLS, PROXY
from tests.tuning.postgresql import POSTGRESQL
from tests.tuning.queues import QUEUES
from tests.tuning.readings import number
from tests.tuning.redis import REDIS
from tests.tuning.runners import CODE, PLUGINS
from tests.tuning.search import SEARCH
from tests.tuning.sizes import HEAD, sizes
from tests.tuning.system import SYSTEM
from tests.tuning.web import WEB

PAGE = ROOT / "docs" / "tune.md"
TABLES = (SYSTEM, WEB, POOLS, PROXY, QUEUES, POSTGRESQL, REDIS, PLUGINS, CODE, EDGE, SEARCH)

_MEASURES = (connections, clients, requests, runs)
_BLOCK = re.compile(r"(<!-- made by python -m tests\.tuning\.page: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COLUMNS = ("Parameter", "Does", "AWS", "Host", "Comes from", "Setting", "Shows that it is wrong", "A change")

Graphs = Mapping[Stack, Graph]


def with_tables(page: str, graphs: Graphs, alarms: Sequence[Line]) -> str:
    """`page` with every table between its marks. Raises ValueError where a table has no place, or a place no table."""
    made = tables(graphs, alarms)
    places = [found[2] for found in _BLOCK.finditer(page)]
    if sorted(places) != sorted(made):
        raise ValueError(f"{PAGE.name} has places for {sorted(places)} and tables {sorted(made)}")
    return _BLOCK.sub(lambda block: f"{block[1]}\n{made[block[2]]}\n{block[3]}", page)


def tables(graphs: Graphs, alarms: Sequence[Line]) -> dict[str, str]:
    """Each table as Markdown, by its name."""
    runbooks = {line.name: line.runbook for line in alarms}
    return {
        "sizes": _table(HEAD, sizes(graphs[Stack.AWS], graphs[Stack.HOST])),
        "sums": _table(("Limit", "Needed at most", "Admitted", "Share"), _sums()),
        **{table.name: _parameters(table, graphs, runbooks) for table in TABLES},
    }


def _parameters(table: Table, graphs: Graphs, runbooks: Mapping[str, str]) -> str:
    return _table(_COLUMNS, [_row(knob, graphs, runbooks) for knob in table.knobs])


def _row(knob: Knob, graphs: Graphs, runbooks: Mapping[str, str]) -> Sequence[str]:
    shown = [_link(alarm, runbooks[alarm]) for alarm in knob.alarms]
    return (
        knob.name,
        knob.does,
        _value(knob.aws, graphs),
        _value(knob.host, graphs),
        knob.comes,
        _both(knob, lambda one: ", ".join(f"`{key}`" for key in one.settings)),
        "; ".join([*([", ".join(shown)] if shown else []), *([knob.sign] if knob.sign else [])]),
        _both(knob, lambda one: one.cost.value if one.settings else ""),
    )


def _value(reading: Reading | None, graphs: Graphs) -> str:
    return "" if reading is None else reading.read(graphs[reading.stack]) or "nothing"


def _both(knob: Knob, of: Callable[[Reading], str]) -> str:
    """What is said of both targets, once where they agree or where there is one of them."""
    said = {"AWS" if one.stack is not Stack.HOST else "host": of(one) for one in knob.readings}
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{target}: {text or '-'}" for target, text in said.items())


def _link(alarm: str, runbook: str) -> str:
    page, _, heading = runbook.partition("#")
    return f"[`{alarm}`](runbooks/{page}.md#{heading})"


def _sums() -> list[Sequence[str]]:
    """What the plans may need at their largest, deployments included."""
    aws = parse(read_values(ROOT / "Pulumi.prod.yaml"), "prod")
    budgets = [(f"AWS, {one.name}", one.needed, one.admitted) for one in (of(aws) for of in _MEASURES)]
    host = parse_host(read_values(ROOT / "Pulumi.host.yaml"), "host")
    admitted = host_capacity.most_connections(host)
    budgets.append(("host, database connections", host_capacity.connections(host), admitted))
    budgets.append(("host, Redis clients", host_capacity.clients(host), MOST_CLIENTS))
    return [(name, number(needed), number(most), f"{100 * needed / most:.0f} %") for name, needed, most in budgets]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or '-' for cell in line)} |" for line in lines) + "\n"


def recorded_now() -> dict[Stack, Graph]:
    """The stacks that the page is about."""
    return {
        Stack.AWS: record_program("prod"),
        Stack.POOLED: record_program("prod", values=values_of("prod", POOLED)),
        Stack.HOST: record_program("host"),
    }


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), recorded_now(), lines_of("prod")), encoding="utf-8")
