"""Pictures in Mermaid's text, the same each time for the same nodes and arrows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

_STORE, _ROUND, _PLAIN = ('[("', '")]'), ('(["', '"])'), ('["', '"]')


@dataclass(frozen=True, kw_only=True)
class Node:
    """`lines` say what it is, its name first. A `store` is drawn as a cylinder, what is `outside` with round ends."""

    name: str
    lines: Sequence[str] = ()
    store: bool = False
    outside: bool = False


@dataclass(frozen=True, kw_only=True)
class Box:
    """A frame with a title. Nodes with the same arrows are one where it draws them `together`."""

    title: str
    nodes: Sequence[Node]
    together: bool = False


@dataclass(frozen=True)
class Arrow:
    """A `dashed` one is not a request: a copy, a look or a message."""

    source: str
    target: str
    words: str = ""
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Nodes in boxes and beside them; arrows to what is not drawn are left out."""

    title: str
    words: str
    boxes: Sequence[Box] = ()
    nodes: Sequence[Node] = ()
    arrows: Sequence[Arrow] = field(default_factory=tuple[Arrow, ...])

    @property
    def names(self) -> list[str]:
        """Everything that is drawn."""
        return [node.name for node in (*self.nodes, *(node for box in self.boxes for node in box.nodes))]

    def text(self) -> str:
        """The section of a page."""
        return "\n".join([f"## {self.title}", "", self.words, "", "```mermaid", *self._drawn(), "```", ""])

    def _drawn(self) -> Iterator[str]:
        """Each group of nodes is drawn under the name of its first one."""
        groups = [[node] for node in self.nodes]
        boxed = [(box.title, list(self._groups(box))) for box in self.boxes]
        first = {node.name: group[0].name for group in (*groups, *(g for _, gs in boxed for g in gs)) for node in group}
        yield "flowchart LR"
        yield from (f"    {_node(group)}" for group in groups)
        for number, (title, several) in enumerate(boxed):
            yield f'    subgraph box{number}["{title}"]'
            yield from (f"        {_node(group)}" for group in several)
            yield "    end"
        yield from _arrows(
            replace(arrow, source=first[arrow.source], target=first[arrow.target])
            for arrow in self.arrows
            if {arrow.source, arrow.target} <= first.keys()
        )

    def _groups(self, box: Box) -> Iterator[list[Node]]:
        if not box.together:
            yield from ([node] for node in box.nodes)
            return
        alike: dict[frozenset[Arrow], list[Node]] = {}
        for node in box.nodes:
            alike.setdefault(self._ends(node.name), []).append(node)
        yield from alike.values()

    def _ends(self, name: str) -> frozenset[Arrow]:
        """The arrows of a node, without it."""
        drawn = {*self.names}
        return frozenset(
            replace(
                arrow,
                source="" if arrow.source == name else arrow.source,
                target="" if arrow.target == name else arrow.target,
            )
            for arrow in self.arrows
            if name in (arrow.source, arrow.target) and {arrow.source, arrow.target} <= drawn
        )


def _node(group: Sequence[Node]) -> str:
    node = group[0]
    opened, closed = _STORE if node.store else _ROUND if node.outside else _PLAIN
    # A line each is enough for those that share a node.
    lines = [node.name, *node.lines] if len(group) == 1 else [": ".join((one.name, *one.lines)) for one in group]
    return f"{_key(node.name)}{opened}{'<br/>'.join(lines)}{closed}"


def _arrows(arrows: Iterable[Arrow]) -> Iterator[str]:
    """Sources with the same targets share a line."""
    targets: dict[tuple[str, bool, str], set[str]] = defaultdict(set)
    for arrow in arrows:
        targets[arrow.words, arrow.dashed, arrow.source].add(arrow.target)
    sources: dict[tuple[str, bool, tuple[str, ...]], list[str]] = defaultdict(list)
    for (words, dashed, source), several in sorted(targets.items()):
        sources[words, dashed, tuple(sorted(several))].append(source)
    for (words, dashed, several), together in sources.items():
        line = ("-.->" if dashed else "-->") + (f"|{words}|" if words else "")
        yield f"    {' & '.join(map(_key, together))} {line} {' & '.join(map(_key, several))}"


def _key(name: str) -> str:
    """What Mermaid takes for a name: `end` and hyphens before arrows have a meaning of their own."""
    return "n_" + "".join(letter if letter.isalnum() else "_" for letter in name)
