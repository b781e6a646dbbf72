"""Fields made of other fields, such as a broker URL with its password."""

from collections.abc import Mapping
from string import Formatter
from urllib.parse import quote


def placeholders(template: str) -> frozenset[str]:
    """Names in braces. Raises ValueError for anything but plain `{name}`."""
    names: set[str] = set()
    for _, name, specification, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or specification or conversion:
            raise ValueError("only plain {name} placeholders are allowed")
        names.add(name)
    return frozenset(names)


def compose(template: str, parts: Mapping[str, str]) -> str:
    """`template` with every part URL-quoted, so that a part cannot change the shape of the URL."""
    return template.format_map({name: quote(parts[name], safe="") for name in placeholders(template)})
