"""A report on one page of tables, as text for a terminal or as Markdown."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from operations.output import table

_DAYS = (1, 7, 30)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A table under a `title`. Where there is no row it says `nothing`; `note` stands below."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    nothing: str = "nothing was measured"
    note: str = ""


def options(command: argparse.ArgumentParser) -> None:
    """What `report` takes beside the stack."""
    command.add_argument("--days", type=int, choices=_DAYS, default=1, help="how far back (default: %(default)s)")
    command.add_argument("--markdown", action="store_true", help="as Markdown, to be kept or sent")


def heading(stack: str, days: int, until: datetime) -> str:
    """What a report of `stack` is about."""
    return f"{stack}: the {'day' if days == 1 else f'{days} days'} until {until:%Y-%m-%d %H:%M} UTC"


def as_text(head: str, sections: Sequence[Section]) -> str:
    """Everything for a terminal."""
    blocks = [head]
    for section in sections:
        content = table(section.head, section.rows) if section.rows else section.nothing
        blocks.append("\n".join(filter(None, (section.title.upper(), content, section.note))))
    return "\n\n".join(blocks)


def as_markdown(head: str, sections: Sequence[Section]) -> str:
    """Everything as Markdown with tables, as GitHub and most chats and wikis show it."""
    blocks = [f"# {head}"]
    for section in sections:
        lines = [_row(section.head), _row(["---"] * len(section.head)), *map(_row, section.rows)]
        blocks.append(f"## {section.title}")
        blocks.append("\n".join(lines) if section.rows else section.nothing)
        if section.note:
            blocks.append(section.note)
    return "\n\n".join(blocks)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
