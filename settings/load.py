"""Reads the configuration: from Pulumi in the program, from plain values everywhere else."""

import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar, cast

from pydantic import ValidationError

from settings.consistency import conflicts
from settings.environment import Environment, Lifecycle
from settings.facts import Facts
from settings.keys import field_at, keys_of
from settings.lines import line_of, secret_line
from settings.mistake import ConfigurationError
from settings.regions import REGIONS
from settings.secrets import Path, find_secrets
from settings.stack import Settings
from settings.windows import Window

NAMESPACE = "dify:"
"""Pulumi's namespace of these keys: the project's name."""

_DEFAULTED = tuple(
    field.alias or name for name, field in Settings.model_fields.items() if field.default_factory is not None
)
"""Sections that may be left out. They are validated all the same: a default may be wrong for an environment."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def parse(values: Mapping[str, str], stack: str, *, secret_keys: Collection[str] = ()) -> Settings:
    """The settings of `stack` from Pulumi's view of its configuration: scalars as text, sections as JSON text.

    Keys may carry the namespace `dify:`; keys of other namespaces are not ours and are passed over. `secret_keys` are
    the keys that Pulumi holds encrypted. Raises ConfigurationError with one line per mistake.
    """
    document = _document(values)
    secret_paths: list[Path] = [(_plain_key(key),) for key in secret_keys if _is_ours(key)]
    secret_paths += [path for path in find_secrets(document) if path[:1] not in secret_paths]
    for section in _DEFAULTED:
        document.setdefault(section, {})
    try:
        settings = Settings.model_validate_json(json.dumps(document, default=str), context=_facts(document, stack))
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = [line_of(mistake) for mistake in found if not _is_within(mistake["loc"], secret_paths)]
    else:
        lines = conflicts(settings)
        if not secret_paths and not lines:
            return settings
    raise ConfigurationError([*map(secret_line, secret_paths), *lines])


def load() -> Settings:
    """The settings of the running Pulumi program.

    Where they are refused it raises pulumi.RunError with one line per mistake: Pulumi prints it without a traceback and
    ends the program with exit code 1 before any resource is registered.
    """
    # Importing Pulumi takes longer than all checks together, and checking a stack file does not need it.
    import pulumi  # noqa: PLC0415
    from pulumi.runtime import config  # noqa: PLC0415

    values = cast("dict[str, str]", {**config.get_config_env(), **config.CONFIG.get()})
    encrypted = {*config.get_config_secret_keys_env(), *(key for key in values if config.is_config_secret(key))}
    try:
        return parse(values, pulumi.get_stack(), secret_keys=sorted(encrypted))
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None


def _is_ours(key: str) -> bool:
    return key.startswith(NAMESPACE) or ":" not in key


def _plain_key(key: str) -> str:
    return key.removeprefix(NAMESPACE)


def _document(values: Mapping[str, str]) -> dict[str, object]:
    return {_plain_key(key): _decoded(_plain_key(key), value) for key, value in values.items() if _is_ours(key)}


def _decoded(key: str, value: str) -> object:
    """JSON text of sections and of unknown keys as what it means; the text of a scalar stays text."""
    is_scalar = field_at((key,)) is not None and not keys_of((key,))
    if is_scalar and not value.startswith(("{", "[")):
        return value
    try:
        return cast("object", json.loads(value))
    except ValueError:
        return value


def _facts(document: Mapping[str, object], stack: str) -> Facts:
    region = document.get("region")
    database = document.get("database")
    window: object = Settings.model_fields["database"].get_default(call_default_factory=True).maintenance_window
    if isinstance(database, Mapping):
        window = cast("Mapping[str, object]", database).get("maintenanceWindow", window)
    network = document.get("network")
    internet = cast("Mapping[str, object]", network).get("internet", True) if isinstance(network, Mapping) else True
    return Facts(
        stack=stack,
        environment=_choice(Environment, document.get("environment")) or _choice(Environment, stack.partition("-")[0]),
        lifecycle=_choice(Lifecycle, document.get("lifecycle", Lifecycle.RETAIN)),
        region=region if isinstance(region, str) and region in REGIONS else None,
        internet=internet is not False,
        database_maintenance=Window.weekly(window) if isinstance(window, str) else None,
    )


def _choice(kind: type[_Choice], value: object) -> _Choice | None:
    return kind(value) if isinstance(value, str) and value in set(kind) else None


def _is_within(path: Path, others: Collection[Path]) -> bool:
    """Whether a mistake at `path` only follows from a secret there, above or below it."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)
