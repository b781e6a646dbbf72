"""The resources of an example as a Pulumi program in Python, the way a person would write it."""

import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi import Archive, Asset

from sandbox import schema
from tests.policies.example_properties import SHORT, block_of, entry_of, read
from tests.policies.graph_adapter import Declared
from tests.policies.source import Call, Code, has_code, shown

IMPORTS = "import json\n\nimport pulumi\nimport pulumi_aws as aws\nimport pulumi_docker as docker\n"
"""What every example takes for granted."""

PROVIDERS = "pulumi:providers:"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass
class Program:
    """`resources` in any order; `origin` is what each was given before parts of it were left out, by URN."""

    resources: Sequence[Declared]
    origin: Mapping[str, Mapping[str, Any]]
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        kinds = Counter(map(_kind, self.resources))
        self.names = {
            one.urn: _identifier(kind if kinds[kind := _kind(one)] == 1 else one.name) for one in self.resources
        }

    def text(self) -> str:
        """The program, without its imports."""
        return "".join(f"{line}\n" for line in self._statements())

    def _statements(self) -> Iterator[str]:
        for region in dict.fromkeys(region for one in self.resources if (region := _region(one))):
            yield f"{_identifier(region)} = {shown(Call('aws.Provider', [('', region), ('region', region)]))}"
        made = {one.urn: shown(self._made(one)) for one in self._ordered()}
        for urn, text in made.items():
            used = any(re.search(rf"(?<![\w.\"]){self.names[urn]}(\.\w|[,)])", other) for other in made.values())
            yield f"{self.names[urn]} = {text}" if used else text

    def _ordered(self) -> list[Declared]:
        """Each after what it links to."""
        by_urn = {one.urn: one for one in self.resources}
        done: dict[str, Declared] = {}

        def visit(one: Declared) -> None:
            for urn in (urn for links in one.links.values() for urn in links):
                if urn in by_urn and urn not in done and urn != one.urn:
                    visit(by_urn[urn])
            done[one.urn] = one

        for one in self.resources:
            visit(one)
        return [*done.values()]

    def _made(self, one: Declared) -> Call:
        provider = one.type.removeprefix(PROVIDERS) if one.type.startswith(PROVIDERS) else ""
        inputs = schema.provider_schema(provider) if provider else schema.load(one.type).inputs
        given: list[tuple[str, Any]] = [("", one.name)]
        for name, value in one.props.items():
            if value is not None:
                links = [link for link in self.resources if link.urn in one.links.get(name, [])]
                # The engine hands a provider's nested inputs over as JSON text.
                plain = read(value) if provider else value
                given.append((_identifier(_snake(name)), self._value(plain, inputs.get(name), links)))
        options: list[tuple[str, Any]] = [("protect", True)] if one.protect else []
        if region := _region(one):
            options.append(("provider", Code(_identifier(region))))
        if options:
            given.append(("opts", Call("pulumi.ResourceOptions", options)))
        return Call(_class(one.type), given)

    def _value(self, value: Any, hint: schema.Field | None, links: Sequence[Declared]) -> Any:
        if isinstance(value, dict):
            fields, _ = block_of(hint)
            entries = cast("dict[str, Any]", value)
            return {
                _snake(key) if fields else key: self._value(entry, fields.get(key), links)
                for key, entry in entries.items()
                if entry is not None
            }
        if isinstance(value, list):
            return [self._value(entry, entry_of(hint), links) for entry in cast("list[Any]", value)]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, Asset | Archive):
            return Call("pulumi.FileArchive", [("", "./code")])
        return self._text(value, links) if isinstance(value, str) else value

    def _text(self, value: str, links: Sequence[Declared]) -> Any:
        document = read(value)
        if not isinstance(document, str):
            inner = self._value(document, None, links)
            return Call("pulumi.Output.json_dumps" if has_code(inner) else "json.dumps", [("", inner)])
        pieces: list[Any] = []
        rest = value
        while found := min(self._outputs_in(rest, links), key=lambda one: one[:2], default=None):
            start, end, code = found
            pieces += [rest[:start], code]
            rest = rest[-end:]
        pieces = [piece for piece in (*pieces, rest) if piece]
        if pieces == [value] or not pieces:
            return value
        return pieces[0] if len(pieces) == 1 else Call("pulumi.Output.concat", [("", piece) for piece in pieces])

    def _outputs_in(self, text: str, links: Sequence[Declared]) -> Iterator[tuple[int, int, Code]]:
        """Start, negative end and source of each output in a text: one that the recorder invented, by its form, or
        one that the resource was given."""
        for link in links:
            outputs = {"id": str, **({} if link.type.startswith(PROVIDERS) else schema.load(link.type).outputs)}
            name = self.names[link.urn]
            for found in re.finditer(rf"(?<![\w-]){re.escape(link.name)}-(\w+)((?:-[a-z]\w+)*)", text):
                key, inner = found[1], "".join(f".{_snake(step)}" for step in found[2].split("-")[1:])
                if key in outputs:
                    index = "[0]" if outputs[key] is list else ""
                    yield found.start(), -found.end(), Code(f"{name}.{_identifier(_snake(key))}{index}{inner}")
            for key, given in self.origin.get(link.urn, {}).items():
                if isinstance(given, str) and len(given) > SHORT and key in outputs:
                    for found in re.finditer(rf"(?<![\w-]){re.escape(given)}(?![\w-])", text):
                        yield found.start(), -found.end(), Code(f"{name}.{_identifier(_snake(key))}")


def _kind(one: Declared) -> str:
    return "provider" if one.type.startswith(PROVIDERS) else _snake(one.type.rsplit(":", 1)[-1])


def _region(one: Declared) -> str:
    return str((one.provider or {}).get("region", ""))


def _class(type_: str) -> str:
    if type_.startswith(PROVIDERS):
        return f"{type_.removeprefix(PROVIDERS)}.Provider"
    package, module, name = type_.split(":")
    concept = _identifier(module.split("/")[0].lower())
    return f"{package}.{name}" if concept == "index" else f"{package}.{concept}.{name}"


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def _identifier(name: str) -> str:
    made = re.sub(r"\W", "_", name)
    return f"{made}_" if keyword.iskeyword(made) else made
