"""The commands for a stack on a Docker host."""

import argparse
from collections.abc import Mapping

from operations.command import Command, Commands
from operations.host import backup, check, promote, restore, status, upgrade


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="as JSON, in the form of operations/host/condition.py")


def _backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("--list", action="store_true", help="only list what can be restored")
    command.add_argument("--copy", action="store_true", help="also copy it to S3; with --list: what is there")
    _bucket(command)


def _restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", metavar="TIME", help='until then, for example "2026-01-31 12:00:00+00"; else all')
    command.add_argument("--backup", metavar="NAME", help="as it was when this was made (backup --list)")
    command.add_argument("--over-existing", action="store_true", help="also where a database lives; it is kept aside")
    command.add_argument("--from-s3", action="store_true", help="bring the copy from S3 first (--bucket, --prefix)")
    _bucket(command)


def _promote(command: argparse.ArgumentParser) -> None:
    command.add_argument("--switchover", action="store_true", help="also where the primary works")
    command.add_argument("--accept-loss", action="store_true", help="also where the standby lacks the last writes")


def _upgrade(command: argparse.ArgumentParser) -> None:
    command.add_argument("release", nargs="?", help="for example 1.17.1")
    command.add_argument("--rollback", action="store_true", help="back to what was before the last upgrade")
    command.add_argument("--pulumi", default="pulumi", metavar="PATH", help="the Pulumi to call (default: %(default)s)")


def _bucket(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bucket", help="S3 bucket of copies (default: copyTo of dify:backups)")
    command.add_argument("--prefix", help="what their keys begin with")
    command.add_argument("--kms-key", metavar="ARN", help="KMS key to encrypt them with; else S3's own")


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
        options=_status,
    ),
    "check": Command(does="whether the host can carry what Pulumi.STACK.yaml plans", run=check.command),
    "backup": Command(
        does="a full backup of database and files now, verified", run=backup.command, options=_backup, changes=True
    ),
    "restore": Command(
        does="database and files as they were, from a backup", run=restore.command, options=_restore, changes=True
    ),
    "promote": Command(does="make the standby the primary", run=promote.command, options=_promote, changes=True),
    "upgrade": Command(
        does="another release of Dify, after a backup", run=upgrade.command, options=_upgrade, changes=True
    ),
}

COMMANDS = Commands(commands=_COMMANDS, options=_docker)
