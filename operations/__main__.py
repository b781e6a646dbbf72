"""`python -m operations COMMAND STACK`: the days after, for stacks whose `dify:target` is docker.

Exit codes: 0 done or nothing to do, 1 failed or something is wrong, 2 wrong call, 3 refused as unsafe, 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from operations.host import backup, check, promote, restore, status, upgrade
from operations.host.docker_host import SOCKET
from operations.journal import state_folder
from operations.outcome import ExitCode, OperationError, WrongCallError
from operations.stack_file import TARGET, section_of, target_of
from settings.mistake import ConfigurationError

TARGETS: Mapping[str, Mapping[str, Callable[[argparse.Namespace], ExitCode]]] = {
    "docker": {
        "status": status.command,
        "check": check.command,
        "backup": backup.command,
        "restore": restore.command,
        "promote": promote.command,
        "upgrade": upgrade.command,
    },
    # AWS runs these days itself; docs/operate.md has what is left for a person.
    "aws": {},
}
"""`dify:target` -> its commands."""


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    program = argparse.ArgumentParser(prog="python -m operations", description="the days after, on one Docker host")
    every = program.add_subparsers(dest="command", required=True, metavar="COMMAND")

    status_ = _command(every, "status", "how every part is, and what is wrong first; exit code 1 where something is")
    status_.add_argument("--json", action="store_true", help="as JSON, in the form of operations/host/condition.py")

    _command(every, "check", "whether the host can carry what Pulumi.STACK.yaml plans")

    backup_ = _command(every, "backup", "a full backup of database and files now, verified", changes=True)
    backup_.add_argument("--list", action="store_true", help="only list what can be restored")
    backup_.add_argument("--copy", action="store_true", help="also copy it to S3; with --list: what is there")
    _bucket(backup_)

    restore_ = _command(every, "restore", "database and files as they were, from a backup", changes=True)
    restore_.add_argument("--to", metavar="TIME", help='until then, for example "2026-01-31 12:00:00+00"; else all')
    restore_.add_argument("--backup", metavar="NAME", help="as it was when this was made (backup --list)")
    restore_.add_argument("--over-existing", action="store_true", help="also where a database lives; it is kept aside")
    restore_.add_argument("--from-s3", action="store_true", help="bring the copy from S3 first (--bucket, --prefix)")
    _bucket(restore_)

    promote_ = _command(every, "promote", "make the standby the primary", changes=True)
    promote_.add_argument("--switchover", action="store_true", help="also where the primary works")
    promote_.add_argument("--accept-loss", action="store_true", help="also where the standby lacks the last writes")

    upgrade_ = _command(every, "upgrade", "another release of Dify, after a backup", changes=True)
    upgrade_.add_argument("release", nargs="?", help="for example 1.17.1")
    upgrade_.add_argument("--rollback", action="store_true", help="back to what was before the last upgrade")
    upgrade_.add_argument(
        "--pulumi", default="pulumi", metavar="PATH", help="the Pulumi to call (default: %(default)s)"
    )
    return program


def _command(every: Any, name: str, does: str, *, changes: bool = False) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = every.add_parser(name, help=does, description=does)
    command.add_argument("stack", help="the stack, whose file is Pulumi.STACK.yaml in this folder")
    command.add_argument(
        "--docker-host",
        metavar="ADDRESS",
        help="where Docker listens (default: DOCKER_HOST, then docker of dify:host in the stack file)",
    )
    command.add_argument(
        "--state-folder", type=Path, default=state_folder(), metavar="FOLDER", help="journals (default: %(default)s)"
    )
    if changes:
        command.add_argument("--dry-run", action="store_true", help="print the steps, change nothing")
        command.add_argument("--abandon", action="store_true", help="forget an operation that was not ended")
    return command


def _bucket(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bucket", help="S3 bucket of copies (default: copyTo of dify:backups)")
    command.add_argument("--prefix", help="what their keys begin with")
    command.add_argument("--kms-key", metavar="ARN", help="KMS key to encrypt them with; else S3's own")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what goes wrong is one line on standard error."""
    chosen = parser().parse_args(arguments)
    try:
        return _command_of(chosen)(chosen)
    except (OperationError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return error.code if isinstance(error, OperationError) else ExitCode.FAILED
    except KeyboardInterrupt:
        print(f"{chosen.command} {chosen.stack}: interrupted; the same call goes on where it was", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _command_of(chosen: argparse.Namespace) -> Callable[[argparse.Namespace], ExitCode]:
    """The command of the stack's target. Raises WrongCallError where it has none."""
    target = target_of(chosen.stack)
    found = TARGETS.get(target, {}).get(chosen.command)
    if found is None:
        raise WrongCallError(
            f"config {TARGET}: got {target}; {chosen.command} is for docker; docs/operate.md has what AWS needs"
        )
    if chosen.docker_host is None:
        engine = section_of(chosen.stack, "host").get("docker")
        chosen.docker_host = os.environ.get("DOCKER_HOST") or (engine if isinstance(engine, str) else SOCKET)
    return found


if __name__ == "__main__":
    sys.exit(main())
