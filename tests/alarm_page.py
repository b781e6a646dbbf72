"""The table of production's alarms in docs/operate.md, from what the program itself hands over: `python -m
tests.alarm_page` writes it anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from components.alarms import Alarm, Alarms, AlarmsArgs, Band
from components.burn_rates import BurnRate, BurnRates, BurnRatesArgs, Window
from settings.severity import Severity
from tests.recorder import record_program

PAGE = Path(__file__).parent.parent / "docs" / "operate.md"
BEGIN = "<!-- alarms: made by `python -m tests.alarm_page` -->"
END = "<!-- end of alarms -->"

_HEADER = "| Alarm | For | Means | Rings when | Without data | Runbook |\n|---|---|---|---|---|---|\n"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One alarm as a reader needs it. `name` is what CloudWatch's begins with."""

    name: str
    severity: Severity
    why: str
    when: str
    silence: str
    runbook: str


def lines_of(stack: str) -> list[Line]:
    """Every alarm that the program makes for a stack, in its order."""
    found: list[Line] = []
    make_alarms, make_rates = Alarms.__init__, BurnRates.__init__

    def note_alarms(self: Alarms, name: str, args: AlarmsArgs, *more: Any) -> None:
        found.extend(_line(f"{name}-{alarm.name}", alarm) for alarm in args.alarms)
        make_alarms(self, name, args, *more)

    def note_rates(self: BurnRates, name: str, args: BurnRatesArgs, *more: Any) -> None:
        found.extend(_rate_line(f"{name}-{rate.name}", rate) for rate in args.rates)
        make_rates(self, name, args, *more)

    with patch.object(Alarms, "__init__", note_alarms), patch.object(BurnRates, "__init__", note_rates):
        record_program(stack)
    return found


def table(lines: Sequence[Line]) -> str:
    """The table as Markdown."""
    return _HEADER + "".join(f"| {' | '.join(_cells(line))} |\n" for line in lines)


def with_table(page: str, lines: Sequence[Line]) -> str:
    """`page` with the table of `lines` between its marks. Raises ValueError where it has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{table(lines)}\n{END}{after}"


def _cells(line: Line) -> Sequence[str]:
    return f"`{line.name}`", line.severity.value, line.why, line.when, line.silence, _link(line.runbook)


def _line(name: str, alarm: Alarm) -> Line:
    return Line(
        name=name,
        severity=alarm.severity,
        why=alarm.why,
        when=f"{_limit(alarm)}, {_often(alarm)}",
        silence=f"{'rings' if alarm.missing == 'breaching' else 'quiet'}: {alarm.silence}",
        runbook=alarm.runbook,
    )


def _rate_line(name: str, rate: BurnRate) -> Line:
    return Line(
        name=name,
        severity=rate.severity,
        why=rate.why,
        when=f"both {_window(rate.long)} and {_window(rate.short)}",
        silence="quiet: Nobody asked: no budget burns",
        runbook=rate.runbook,
    )


def _limit(alarm: Alarm) -> str:
    match alarm.threshold:
        case Band(width=width, side="either"):
            return f"{width:g} deviations from usual"
        case Band(width=width, side=side):
            return f"{width:g} deviations {side} usual"
        case limit:
            return f"{'<' if alarm.below else '>'} {_number(limit)}"


def _often(alarm: Alarm) -> str:
    of = alarm.of or alarm.datapoints
    return f"{alarm.datapoints} of {of} x {_time(alarm.period_seconds)}"


def _window(window: Window) -> str:
    times = f"{window.periods} x " if window.periods > 1 else ""
    return f"> {_number(window.threshold)} over {times}{_time(window.period_seconds)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def _time(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _link(runbook: str) -> str:
    page, _, heading = runbook.partition("#")
    return f"[{page}: {heading.replace('-', ' ')}](runbooks/{page}.md#{heading})"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(), lines_of("prod")))
