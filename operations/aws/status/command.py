"""`status`: how every part of the stack is, and what is wrong first."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from operations.aws.deployed import Deployed
from operations.aws.questions import Questions
from operations.aws.status.alarms import AlarmsLook
from operations.aws.status.backups import BackupsLook
from operations.aws.status.condition import Condition
from operations.aws.status.entry import EntryLook
from operations.aws.status.problems import problems
from operations.aws.status.services import ServicesLook
from operations.aws.status.stores import StoresLook
from operations.aws.status.text import text
from operations.journal import unfinished
from operations.outcome import ExitCode
from operations.output import say


def options(command: argparse.ArgumentParser) -> None:
    """What `status` takes beside the stack."""
    command.add_argument("--json", action="store_true", help="as JSON (operations/aws/status/condition.py)")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`status STACK [--json]`."""
    begun = [journal.call for journal in unfinished(chosen.state_folder, chosen.stack)]
    found = Status(deployed=Deployed.reach(chosen.stack, chosen.pulumi), unfinished=begun).read()
    say(found.model_dump_json(indent=2) if chosen.json else text(found))
    return ExitCode.FAILED if found.problems else ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Status:
    """Reads the condition of `deployed`; `unfinished` are the calls of operations that were begun and not ended."""

    deployed: Deployed
    unfinished: Sequence[str] = ()

    def read(self) -> Condition:
        """Everything that AWS tells. What it does not is a problem, never an error."""
        deployed, questions, now = self.deployed, Questions(), datetime.now(UTC)
        services = ServicesLook(deployed=deployed, questions=questions)
        stores = StoresLook(deployed=deployed, questions=questions, now=now)
        entry = EntryLook(deployed=deployed, questions=questions)
        found = Condition(
            stack=deployed.stack,
            at=now,
            release=deployed.settings.release,
            problems=(),
            services=services.services(),
            stopped=services.stopped(),
            database=stores.database(),
            cache=stores.cache(),
            search=stores.search(),
            targets=entry.targets(),
            alarms=AlarmsLook(deployed=deployed, questions=questions).ringing(),
            backups=BackupsLook(deployed=deployed, questions=questions, now=now).backups(),
            certificates=entry.certificates(),
            replication=stores.replication(),
            unfinished=tuple(self.unfinished),
            unanswered=(),
        )
        found = found.model_copy(update={"unanswered": tuple(questions.unanswered)})
        return found.model_copy(update={"problems": tuple(problems(found, deployed.settings))})
