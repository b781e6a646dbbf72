"""Resources of every type that the installed SDK has, with properties of every kind: what people and providers may
hand to the pack, well made or not.

The types and their inputs are read from the SDK's source, which takes a tenth of the time of importing it. Of the types
that a rule speaks of, the classes themselves are loaded and their blocks filled to the ground.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args, get_origin

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import tokens
from policies.guardrails.rule import RULES
from sandbox.schema import Field, alternatives, load, object_fields
from tests.policies.graph_adapter import Declared, Stack

TOKEN = re.compile(r'^@pulumi\.type_token\("(aws:[^"]+)"\)$', re.MULTILINE)
ARGUMENTS = re.compile(r"^class \w+Args:$(.*?)^@pulumi\.", re.MULTILINE | re.DOTALL)
GETTER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n    def (\w+)\(self\) -> (.+):$', re.MULTILINE)

LEAVES: Mapping[str, Any] = {
    "text": "text",
    "a number": 1,
    "a fraction": -0.5,
    "a boolean": True,
    "an empty list": [],
    "an empty object": {},
    "nothing": None,
    "unknown": UNKNOWN_STRING_VALUE,
    "a list of text": ["text"],
    "a list of nothing": [None],
    "a list of unknowns": [UNKNOWN_STRING_VALUE],
    "a list of lists": [[1]],
    "a list of objects": [{}],
    "an object": {"text": {"text": None}},
    "a document of nothing": '{"Statement": [null]}',
    "a document of numbers": '{"Statement": {"Effect": 1, "Action": 1, "Resource": 1, "Principal": 1, "Condition": 1}}',
    "a document of objects": '{"Statement": [{"Effect": {}, "Action": {}, "Resource": [{}], "Principal": {"AWS": [{}], '
    '"Service": {}}, "NotPrincipal": {}, "Condition": {"StringEquals": [], "Bool": {"aws:SecureTransport": {}}}}]}',
    "a list in JSON": "[1, null, {}]",
    "an object in JSON": '{"text": [1]}',
    "a number in JSON": "1",
}
"""Values of every kind, and JSON text, which some properties hold, with the wrong kinds inside."""


@cache
def every_type() -> Mapping[str, Mapping[str, str]]:
    """Type token -> input -> its annotation, of all resources of the SDK."""
    found = find_spec("pulumi_aws")
    assert found is not None
    assert found.origin is not None
    # A module's enumerations are types, too, though no resources.
    files = (file for file in Path(found.origin).parent.rglob("*.py") if file.name != "_enums.py")
    sources = (file.read_text(encoding="utf-8") for file in files)
    return {token[1]: _inputs(source) for source in sources for token in TOKEN.finditer(source)}


def registered() -> set[str]:
    """The type tokens that the SDK says it has."""
    found = find_spec("pulumi_aws")
    assert found is not None
    assert found.origin is not None
    return set(re.findall(r'"(aws:\w+/\w+:\w+)": "\w+"', Path(found.origin).read_text(encoding="utf-8")))


def spoken_of() -> list[str]:
    """The types of AWS that the rules look at, for themselves or on the way to others."""
    named = {token for token in vars(tokens).values() if isinstance(token, str) and token.startswith("aws:")}
    return sorted(named | {type_ for rule in RULES for type_ in rule.types if type_.startswith("aws:")})


def _inputs(source: str) -> dict[str, str]:
    arguments = ARGUMENTS.search(source)
    assert arguments is not None
    return {name or python: kind for name, python, kind in GETTER.findall(arguments[1])}


def shallow(token: str) -> dict[str, Any]:
    """Every input of the type with a value of its kind, as far as the annotation's first word says it."""
    return {name: _of_kind(kind) for name, kind in every_type()[token].items()}


def _of_kind(annotation: str) -> Any:
    kinds: dict[str, Any] = {"Sequence[": [{}], "Mapping[": {"text": "text"}, "Args": {}}
    kinds |= {".bool": True, ".int": 1, ".float": 0.5}
    return next((value for mark, value in kinds.items() if mark in annotation), "text")


def deep(token: str, leaf: Callable[[], Any], depth: int) -> dict[str, Any]:
    """Every input of the type, with blocks as the SDK has them down to `depth`, and there whatever `leaf` gives."""
    return {name: _filled(field, leaf, depth) for name, field in load(token).inputs.items()}


def _filled(field: Field, leaf: Callable[[], Any], depth: int) -> Any:
    choice = next((one for one in alternatives(field) if not _is_typed_dict(one)), None)
    if depth == 0 or choice is None:
        return leaf()
    origin, inner = get_origin(choice.hint) or choice.hint, get_args(choice.hint)
    if origin is Sequence:
        return [_filled(Field(inner[0], choice.module), leaf, depth)]
    if origin is Mapping:
        return {"text": _filled(Field(inner[1], choice.module), leaf, depth - 1)}
    if isinstance(origin, type) and origin.__name__.endswith("Args"):
        return {name: _filled(one, leaf, depth - 1) for name, one in object_fields(origin)[0].items()}
    return leaf()


def _is_typed_dict(field: Field) -> bool:
    return isinstance(field.hint, type) and field.hint.__name__.endswith("ArgsDict")


def linked(stack: Stack) -> Stack:
    """`stack`, with every property of every resource depending on all resources: whatever way a rule takes, it leads
    somewhere."""
    everything = [resource.urn for resource in stack]
    for resource in stack:
        resource.links = dict.fromkeys(resource.props, everything)
    return stack


def one_of(token: str, props: dict[str, Any]) -> Declared:
    """A resource of the type."""
    return Declared(type=token, name=token, props=props)
