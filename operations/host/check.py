"""Whether the host can carry what the stack file plans: the command `check`, and what an update asks first."""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import cast

from operations.host.call import address_of
from operations.host.host_plan import plan_of
from operations.host.preflight import HostFacts, HostPlan, advice, mistakes
from operations.outcome import ExitCode
from operations.output import say
from settings.host.stack import HostSettings
from settings.stack_file import parse_any_file


def command(chosen: argparse.Namespace) -> ExitCode:
    """`check STACK`: mistakes on standard error, advice and the end on standard output."""
    settings = cast("HostSettings", parse_any_file(Path(f"Pulumi.{chosen.stack}.yaml"), chosen.stack))
    plan, facts = _looked(settings, chosen.stack, address_of(chosen))
    wrong = mistakes(plan, facts)
    for line in wrong:
        print(line, file=sys.stderr)
    for line in advice(plan, facts):
        say(f"advice: {line}")
    if not wrong:
        say(f"{chosen.stack}: the host can carry it")
    return ExitCode.FAILED if wrong else ExitCode.DONE


def mistakes_of(settings: HostSettings, stack: str) -> list[str]:
    """What must be put right before `stack` is brought up where its settings say, one line each."""
    return mistakes(*_looked(settings, stack, settings.host.docker))


def _looked(settings: HostSettings, stack: str, address: str) -> tuple[HostPlan, HostFacts]:
    plan = dataclasses.replace(plan_of(settings, stack), docker_host=address)
    tls = settings.tls
    given = (Path(tls.certificate_file), Path(tls.key_file)) if tls.certificate_file and tls.key_file else None
    # The program of every stack imports this module, and Docker's client takes half a second.
    from operations.host.host_facts import read_facts  # noqa: PLC0415

    return plan, read_facts(address, stack, given, open_files=plan.open_files)
