"""Reads a stack file from disk the way Pulumi hands it to the program."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

from settings.host.stack import HostSettings
from settings.load import parse, parse_any
from settings.mistake import ConfigurationError
from settings.pulumi_yaml import KeyTwiceError, read_yaml
from settings.stack import Settings


def parse_file(path: Path, stack: str) -> Settings:
    """The settings in the stack file at `path`, of a stack on AWS. Raises ConfigurationError, also where it cannot be
    read."""
    return parse(read_values(path), stack)


def parse_any_file(path: Path, stack: str) -> Settings | HostSettings:
    """The settings in the stack file at `path`, of the target that it names. Raises ConfigurationError as
    `parse_file`."""
    return parse_any(read_values(path), stack)


def read_values(path: Path) -> dict[str, str]:
    """Keys and values of the stack file at `path` as Pulumi gives them: scalars as text, the rest as JSON text.

    Raises ConfigurationError where the file is missing or is not a stack file.
    """
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
        # Half of a character, which YAML can name and UTF-8 cannot write.
        json.dumps(content, ensure_ascii=False, default=str).encode()
    except OSError:
        raise _unreadable(path, "no file", "each stack has a stack file", "create it or name another stack") from None
    except UnicodeError:
        raise _unreadable(path, "binary data", "a stack file is text in UTF-8", "save it as UTF-8") from None
    except KeyTwiceError as error:
        raise _unreadable(
            path, f"{error.key} twice near line {error.line}", "each key stands once beside others", "remove one"
        ) from None
    except yaml.YAMLError as error:
        mark = cast("yaml.Mark | None", getattr(error, "problem_mark", None))
        where = f" near line {mark.line + 1}" if mark else ""
        raise _unreadable(path, f"broken YAML{where}", "a stack file is YAML", "mend its syntax") from None
    except (RecursionError, ValueError):
        raise _unreadable(path, "a value too deep or too long", "no setting is", "look for what was pasted") from None
    config = cast("Mapping[str, object]", content).get("config") if isinstance(content, Mapping) else None
    if not isinstance(config, Mapping):
        raise _unreadable(path, "no mapping config", "settings stand under config", "write config: and the keys below")
    return {str(key): _as_pulumi(value) for key, value in cast("Mapping[object, object]", config).items()}


def _as_pulumi(value: object) -> str:
    """A key without a value is empty text (Pulumi CLI 3.259, which warns of it)."""
    return value or "" if isinstance(value, str | None) else json.dumps(value, default=str)


def _unreadable(path: Path, got: str, rule: str, fix: str) -> ConfigurationError:
    return ConfigurationError([f"config {path.name}: got {got}; {rule}; {fix}"])
