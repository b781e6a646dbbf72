"""What every command begins with: the stack file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from settings.stack_file import read_values

TARGET = "dify:target"


def target_of(stack: str) -> str:
    """Where `stack` runs: `aws` unless its file says docker. Raises ConfigurationError where there is no such file."""
    return read_values(_file(stack)).get(TARGET, "aws")


def section_of(stack: str, section: str) -> Mapping[str, object]:
    """A section of the stack file as it stands there, without its defaults; empty where it is left out."""
    try:
        found = cast("object", json.loads(read_values(_file(stack)).get(f"dify:{section}", "{}")))
    except ValueError:
        return {}
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def _file(stack: str) -> Path:
    return Path(f"Pulumi.{stack}.yaml")
