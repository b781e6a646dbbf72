"""The few forms of nginx's configuration language that the rest is written in."""

from collections.abc import Iterable, Mapping


def block(head: str, lines: Iterable[str]) -> list[str]:
    """A block with its lines indented."""
    return [f"{head} {{", *(f"    {line}" if line else "" for line in lines), "}"]


def quoted(text: str) -> str:
    """`text` as one word, whatever it holds (a dollar sign still starts a variable where the directive takes any)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mapped(source: str, variable: str, values: Mapping[str, str], default: str = "") -> list[str]:
    """A variable that depends on another. A key that starts with ~ is a regular expression; the first that matches
    wins (nginx, ngx_http_map_module)."""
    rows = [f"{quoted(key)} {quoted(value)};" for key, value in values.items()]
    return block(f"map {quoted(source)} {variable}", [f"default {quoted(default)};", *rows])


def listed(variable: str, ranges: Iterable[str]) -> list[str]:
    """A variable that is 1 for clients in one of `ranges`, else 0."""
    return block(f"geo {variable}", ["default 0;", *(f"{cidr} 1;" for cidr in ranges)])
