"""The commands for a stack on AWS."""

import argparse
from collections.abc import Mapping

from operations.aws import rotate, vectors
from operations.aws.backup import command as backup
from operations.aws.failover import command as failover
from operations.aws.report import command as report
from operations.aws.restore import command as restore
from operations.aws.status import command as status
from operations.aws.upgrade import command as upgrade
from operations.command import Command, Commands

_COMMANDS: Mapping[str, Command] = {
    "status": Command(
        does="how every part is, and what is wrong first; exit code 1 where something is",
        run=status.command,
        options=status.options,
    ),
    "backup": Command(
        does="a whole backup of every store now, and the list of what can be restored",
        run=backup.command,
        options=backup.options,
        changes=True,
    ),
    "restore": Command(
        does="database and files as they were at a moment; what is there is kept aside",
        run=restore.command,
        options=restore.options,
        changes=True,
    ),
    "restore-vectors": Command(
        does="vectors in OpenSearch as they were in a snapshot; what is there is kept in another one",
        run=vectors.command,
        options=vectors.options,
        changes=True,
    ),
    "upgrade": Command(
        does="another release of Dify, schema first, with a way back",
        run=upgrade.command,
        options=upgrade.options,
        changes=True,
    ),
    "failover": Command(
        does="a rehearsal: the standbys of database and cache take over",
        run=failover.command,
        options=failover.options,
        changes=True,
    ),
    "rotate": Command(
        does="new logins or keys now, with their readers deployed anew",
        run=rotate.command,
        options=rotate.options,
        changes=True,
    ),
    "report": Command(
        does="how the last day, week or month was, on one page", run=report.command, options=report.options
    ),
}


def _pulumi(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pulumi", default="pulumi", metavar="PATH", help="the Pulumi to call (default: %(default)s)")


COMMANDS = Commands(commands=_COMMANDS, options=_pulumi)
