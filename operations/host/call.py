"""What commands of a host begin with: the host and the journal."""

import argparse
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from operations.host.docker_host import SOCKET, DockerHost
from operations.journal import Journal, journal_of
from operations.output import say
from operations.stack_file import section_of


def address_of(chosen: argparse.Namespace) -> str:
    """Where Docker listens: what the call says, else DOCKER_HOST, else the stack file."""
    known = section_of(chosen.stack, "host").get("docker")
    return chosen.docker_host or os.environ.get("DOCKER_HOST") or (known if isinstance(known, str) else SOCKET)


@contextmanager
def opened(
    chosen: argparse.Namespace, operation: str, arguments: Mapping[str, Any], *, supersedes: str | None = None
) -> Generator[tuple[DockerHost, Journal]]:
    """The stack's host and the journal of `operation`, which `arguments` tell from another call of it.
    `supersedes` names an operation that this one may follow unfinished."""
    with (
        DockerHost.reach(address_of(chosen), chosen.stack) as host,
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
