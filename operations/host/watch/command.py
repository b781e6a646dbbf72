"""`watch`: one look at a host, and somebody is told."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from operations.host.call import address_of
from operations.host.watch.look import Look, look
from operations.host.watch.memory import Keeper
from operations.host.watch.notice import trial
from operations.host.watch.watch import Watch, send_all
from operations.host.watch.way import heartbeat_of, ways_of
from operations.outcome import ExitCode, FailedError
from operations.output import say
from settings.host.stack import HostSettings
from settings.stack_file import parse_any_file


def options(command: argparse.ArgumentParser) -> None:
    """What `watch` takes beside the stack."""
    either = command.add_mutually_exclusive_group()
    either.add_argument("--dry-run", action="store_true", help="print what would be sent; send and remember nothing")
    either.add_argument("--test", action="store_true", help="send everybody a test message, without a look")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`watch STACK [--dry-run | --test]`: done where everybody knows what they must; what went wrong is on standard
    error."""
    settings = cast("HostSettings", parse_any_file(Path(f"Pulumi.{chosen.stack}.yaml"), chosen.stack))
    watch = Watch(
        stack=chosen.stack,
        ways=ways_of(settings),
        heartbeat=heartbeat_of(settings),
        keeper=Keeper(chosen.state_folder, chosen.stack),
        repeat=timedelta(hours=settings.alarms.repeat_hours),
    )
    if chosen.test:
        return _test(watch)
    if chosen.dry_run:
        return _show(watch, _looked(chosen, watch))
    with watch.keeper.alone():
        seen = _looked(chosen, watch)
        wrong = watch.tell(seen)
    return _end([*([seen.failure] if seen.failure else []), *wrong])


def _looked(chosen: argparse.Namespace, watch: Watch) -> Look:
    seen = look(address_of(chosen), chosen.stack, chosen.state_folder)
    if not watch.ways and watch.heartbeat is None:
        raise FailedError(seen.failure or _nobody("email, webhookFile or heartbeatFile"))
    found = len(seen.problems)
    say(f"{chosen.stack}: {'all is well' if not found else f'{found} problems' if found > 1 else 'a problem'}")
    return seen


def _show(watch: Watch, seen: Look) -> ExitCode:
    memory, wrong = watch.remember(seen)
    for way, message in watch.due(memory, seen).items():
        say(f"would tell {way}:\n{message.text}")
    if watch.heartbeat is not None and seen.is_calm:
        say(f"would ask the heartbeat of {watch.heartbeat.file}")
    return _end([*([seen.failure] if seen.failure else []), *wrong])


def _test(watch: Watch) -> ExitCode:
    if not watch.ways:
        raise FailedError(_nobody("email or webhookFile"))
    message = trial(watch.stack, datetime.now(UTC))
    sent = send_all(watch.ways, {way.name: message for way in watch.ways})
    return _end([failure for _, failure in sent if failure is not None])


def _nobody(keys: str) -> str:
    return f"config dify:alarms: got nobody to tell; a watch tells somebody; add {keys}"


def _end(wrong: list[str]) -> ExitCode:
    for line in wrong:
        print(line, file=sys.stderr)
    return ExitCode.FAILED if wrong else ExitCode.DONE
