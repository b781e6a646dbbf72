"""One message about a host: its first line is the worst, and each problem stands with what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.host.watch.look import Look
from operations.host.watch.memory import Memory, Seen, Told, is_due
from operations.output import duration

Entry = Seen | Told


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent: `subject` is one line, `fields` the same as data."""

    at: datetime
    subject: str
    body: str
    fields: dict[str, object]

    @property
    def text(self) -> str:
        """Both together."""
        return f"{self.subject}\n\n{self.body}"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What somebody does not know yet of `stack`, worst first. `known` problems were told and are not told again; an
    `operation` is at work meanwhile."""

    stack: str
    at: datetime
    new: Sequence[Seen]
    still: Sequence[Seen]
    over: Sequence[Told]
    known: int
    operation: str | None = None

    def message(self) -> Message:
        """In words."""
        return Message(
            at=self.at,
            subject=f"{self.stack}: {self._first()}",
            body="\n".join(self._lines()),
            fields={
                "stack": self.stack,
                "at": self.at.isoformat(timespec="seconds"),
                "new": [_fields(one) for one in self.new],
                "still": [_fields(one) for one in self.still],
                "over": [_fields(one) for one in self.over],
                "known": self.known,
                "operation": self.operation,
            },
        )

    def _first(self) -> str:
        if told := (*self.new, *self.still):
            worst = min(told, key=lambda one: not one.problem.outage)
            return worst.problem.text + _and_more(len(told) - 1)
        if self.known:
            return f"no longer seen: {self.over[0].problem.text}{_and_more(len(self.over) - 1)}"
        return "all is well again"

    def _lines(self) -> Iterator[str]:
        yield from self._of("New", self.new)
        yield from self._of("Still so", self.still)
        if self.over:
            yield "No longer seen:"
            for one in self.over:
                yield f"- {one.problem.text} (for {duration((self.at - one.since).total_seconds())})"
            yield ""
        if self.known:
            yield f"Told before and still so: {self.known}."
        if self.operation:
            yield f"`{self.operation}` is at work on it now, from the machine that tells this."
        yield f"`python -m operations status {self.stack}` shows everything."

    def _of(self, title: str, entries: Sequence[Seen]) -> Iterator[str]:
        if not entries:
            return
        yield f"{title}:"
        for one in entries:
            yield f"- {one.problem.text} (since {one.since:%Y-%m-%d %H:%M} UTC)"
            yield f"  Do: {one.problem.remedy}"
        yield ""


def notice(memory: Memory, way: str, stack: str, seen: Look, repeat: timedelta) -> Notice | None:
    """What is due to `way` after what was `seen`; None where it knows everything."""
    standing, known = memory.standing, memory.told.get(way, {})
    new = [one for key, one in standing.items() if key not in known]
    still = [one for key, one in standing.items() if key in known and is_due(known[key], one, seen.at, repeat)]
    over = [one for key, one in known.items() if key not in standing]
    if not (new or still or over):
        return None
    return Notice(
        stack=stack,
        at=seen.at,
        new=new,
        still=still,
        over=over,
        known=len(standing) - len(new) - len(still),
        operation=seen.operation,
    )


def trial(stack: str, at: datetime) -> Message:
    """The monthly test of who is told."""
    return Message(
        at=at,
        subject=f"{stack}: a test of who is told; nothing is wrong",
        body=f"Sent by `python -m operations watch {stack} --test`. Whoever misses it is not told of a fault either.",
        fields={"stack": stack, "at": at.isoformat(timespec="seconds"), "test": True},
    )


def _and_more(count: int) -> str:
    return f" (and {count} more)" if count else ""


def _fields(entry: Entry) -> dict[str, object]:
    return {**entry.problem.model_dump(), "since": entry.since.isoformat(timespec="seconds")}
