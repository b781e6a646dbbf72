"""The commands for a stack on a Docker host."""

import argparse
from collections.abc import Mapping

from operations.command import Command, Commands
from operations.host import backup, check, promote, restore, status, upgrade
from operations.host.report import command as report
from operations.host.watch import command as watch


def _docker(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--docker-host",
        metavar="ADDRESS",
        help="where Docker listens (default: DOCKER_HOST, then docker of dify:host in the stack file)",
    )


_COMMANDS: Mapping[str, Command] = {
    "status": Command(
        does="how every part is, and what is wrong first; exit code 1 where something is",
        run=status.command,
        options=status.options,
    ),
    "watch": Command(
        does="one look, and somebody is told what is new, what is over and what is still so",
        run=watch.command,
        options=watch.options,
    ),
    "check": Command(does="whether the host can carry what Pulumi.STACK.yaml plans", run=check.command),
    "backup": Command(
        does="a full backup of database and files now, verified",
        run=backup.command,
        options=backup.options,
        changes=True,
    ),
    "restore": Command(
        does="database and files as they were, from a backup",
        run=restore.command,
        options=restore.options,
        changes=True,
    ),
    "promote": Command(does="make the standby the primary", run=promote.command, options=promote.options, changes=True),
    "upgrade": Command(
        does="another release of Dify, after a backup", run=upgrade.command, options=upgrade.options, changes=True
    ),
    "report": Command(
        does="how the last day, week or month was, on one page", run=report.command, options=report.options
    ),
}

COMMANDS = Commands(commands=_COMMANDS, options=_docker)
