"""The commands for a stack on AWS."""

import argparse
from collections.abc import Mapping

from operations.command import Command, Commands

_COMMANDS: Mapping[str, Command] = {}


def _pulumi(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pulumi", default="pulumi", metavar="PATH", help="the Pulumi to call (default: %(default)s)")


COMMANDS = Commands(commands=_COMMANDS, options=_pulumi)
