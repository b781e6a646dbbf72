"""YAML as Pulumi reads it: version 1.2 by gopkg.in/yaml.v3, where PyYAML reads 1.1 and takes the last of two keys."""

import re
from collections.abc import Hashable
from typing import Any, cast

import yaml

_BOOL, _INT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"


class KeyTwiceError(yaml.constructor.ConstructorError):
    """`key` stands twice in one mapping, again in `line`."""

    def __init__(self, key: str, mark: "yaml.Mark") -> None:
        super().__init__(None, None, "twice", mark)
        self.key, self.line = key, mark.line + 1


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """Raises KeyTwiceError. Pulumi adds the project's namespace where a key has none."""
        found: set[str] = set()
        for key, _ in node.value:
            name = str(key.value).removeprefix("dify:")
            if name in found:
                raise KeyTwiceError(str(key.value), key.start_mark)
            found.add(name)
        return super().construct_mapping(node, deep)


# `yes` and `off` are text, and so is 1:30, which would be 90.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag not in (_BOOL, _INT)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _form, _first in (
    (_BOOL, r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    (_INT, r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$", "-+0123456789"),
):
    cast("Any", _Loader).add_implicit_resolver(_tag, re.compile(_form), list(_first))


def read_yaml(text: str) -> object:
    """What `text` says. Raises KeyTwiceError, yaml.YAMLError, and RecursionError or ValueError for what is too long."""
    return cast("object", yaml.load(text, Loader=_Loader))  # noqa: S506  it makes plain values only
