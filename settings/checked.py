"""Checks a document against the models of its target: one line per mistake, and never a secret."""

import json
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import TypeVar, cast

from pydantic import ValidationError

from settings.facts import Facts
from settings.keys import field_at, keys_of
from settings.lines import line_of, secret_line
from settings.mistake import ConfigurationError
from settings.secrets import Path, find_secrets
from settings.section import Section

NAMESPACE = "dify:"
"""Pulumi's namespace of these keys: the project's name."""

Document = dict[str, object]
"""Keys of the root without their namespace, and what they mean."""

_Root = TypeVar("_Root", bound=Section)
_Choice = TypeVar("_Choice", bound=StrEnum)


def document_of(values: Mapping[str, str], root: type[Section]) -> Document:
    """What Pulumi's text means to `root`. Keys of other namespaces are not ours and are passed over."""
    return {plain_key(key): _decoded(plain_key(key), value, root) for key, value in values.items() if _is_ours(key)}


def checked(
    root: type[_Root],
    document: Document,
    facts: Facts,
    conflicts: Callable[[_Root], list[str]],
    *,
    secret_keys: Collection[str],
    generated: str,
) -> _Root:
    """The settings in `document`. `conflicts` are asked once every section is right by itself, `secret_keys` are the
    keys that Pulumi holds encrypted, `generated` says where secrets come from instead.

    Raises ConfigurationError with one line per mistake.
    """
    secret_paths: list[Path] = [(plain_key(key),) for key in secret_keys if _is_ours(key)]
    secret_paths += [path for path in find_secrets(document) if path[:1] not in secret_paths]
    # Sections that may be left out are validated all the same: a default may be wrong for an environment.
    for name, field in root.model_fields.items():
        if field.default_factory is not None:
            document.setdefault(field.alias or name, {})
    try:
        settings = root.model_validate_json(json.dumps(document, default=str), context=facts)
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = [line_of(mistake, root) for mistake in found if not _is_within(mistake["loc"], secret_paths)]
    else:
        lines = conflicts(settings)
        if not secret_paths and not lines:
            return settings
    raise ConfigurationError([*(secret_line(path, generated) for path in secret_paths), *lines])


def plain_key(key: str) -> str:
    """`key` without the namespace."""
    return key.removeprefix(NAMESPACE)


def choice(kind: type[_Choice], value: object) -> _Choice | None:
    """The member of `kind` that `value` names; None where there is none."""
    return kind(value) if isinstance(value, str) and value in set(kind) else None


def _is_ours(key: str) -> bool:
    return key.startswith(NAMESPACE) or ":" not in key


def _decoded(key: str, value: str, root: type[Section]) -> object:
    """JSON text of sections and of unknown keys as what it means; the text of a scalar stays text."""
    is_scalar = field_at((key,), root) is not None and not keys_of((key,), root)
    if is_scalar and not value.startswith(("{", "[")):
        return value
    try:
        return cast("object", json.loads(value))
    except ValueError:
        return value


def _is_within(path: Path, others: Collection[Path]) -> bool:
    """Whether a mistake at `path` only follows from a secret there, above or below it."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)
