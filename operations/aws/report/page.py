"""A page of tables, as text for a terminal or as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from operations.output import table


@dataclass(frozen=True, kw_only=True)
class Section:
    """A table under a `title`. Where there is no row it says `nothing`; `note` stands below."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    nothing: str = "nothing was measured"
    note: str = ""


def as_text(heading: str, sections: Sequence[Section]) -> str:
    """Everything for a terminal."""
    blocks = [heading]
    for section in sections:
        content = table(section.head, section.rows) if section.rows else section.nothing
        blocks.append("\n".join(filter(None, (section.title.upper(), content, section.note))))
    return "\n\n".join(blocks)


def as_markdown(heading: str, sections: Sequence[Section]) -> str:
    """Everything as Markdown with tables, as GitHub and most chats and wikis show it."""
    blocks = [f"# {heading}"]
    for section in sections:
        lines = [_row(section.head), _row(["---"] * len(section.head)), *map(_row, section.rows)]
        blocks.append(f"## {section.title}")
        blocks.append("\n".join(lines) if section.rows else section.nothing)
        if section.note:
            blocks.append(section.note)
    return "\n\n".join(blocks)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
