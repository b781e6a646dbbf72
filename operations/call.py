"""What commands begin with: the stack file, the host and the journal."""

import argparse
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from operations.docker_host import DockerHost
from operations.journal import Journal, journal_of
from operations.output import say
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


@contextmanager
def opened(
    chosen: argparse.Namespace, operation: str, arguments: Mapping[str, Any], *, supersedes: str | None = None
) -> Generator[tuple[DockerHost, Journal]]:
    """The stack's host and the journal of `operation`, which `arguments` tell from another call of it.
    `supersedes` names an operation that this one may follow unfinished."""
    with (
        DockerHost.reach(chosen.docker_host, chosen.stack) as host,
        journal_of(
            operation,
            chosen.stack,
            arguments,
            folder=chosen.state_folder,
            dry_run=chosen.dry_run,
            abandon=chosen.abandon,
            supersedes=supersedes,
        ) as journal,
    ):
        if chosen.dry_run:
            say(f"{chosen.stack}: the steps of {operation}; nothing is changed")
        yield host, journal
