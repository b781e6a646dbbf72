"""What commands on AWS begin with: the stack as it stands there, and the journal."""

import argparse
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from operations.aws.deployed import Deployed
from operations.journal import Journal, journal_of
from operations.output import say


@contextmanager
def opened(
    chosen: argparse.Namespace, operation: str, arguments: Mapping[str, Any], *, supersedes: str | None = None
) -> Generator[tuple[Deployed, Journal]]:
    """The deployed stack and the journal of `operation`, which `arguments` tell from another call of it.
    `supersedes` names an operation that this one may follow unfinished."""
    deployed = Deployed.reach(chosen.stack, chosen.pulumi)
    with journal_of(
        operation,
        chosen.stack,
        arguments,
        folder=chosen.state_folder,
        dry_run=chosen.dry_run,
        abandon=chosen.abandon,
        supersedes=supersedes,
    ) as journal:
        if chosen.dry_run:
            say(f"{chosen.stack}: the steps of {operation}; nothing is changed")
        yield deployed, journal
