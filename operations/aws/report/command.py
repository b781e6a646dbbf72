"""`report`: how the last day, week or month was, on one page."""

import argparse
from datetime import UTC, datetime, timedelta

from operations.aws.deployed import Deployed
from operations.aws.questions import Questions
from operations.aws.report.figures import FiguresLook
from operations.aws.report.records import RecordsLook
from operations.outcome import ExitCode
from operations.output import say
from operations.report_page import Section, as_markdown, as_text, heading, options

__all__ = ["command", "options"]


def command(chosen: argparse.Namespace) -> ExitCode:
    """`report STACK [--days 1|7|30] [--markdown]`."""
    deployed = Deployed.reach(chosen.stack, chosen.pulumi)
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    sections = report(deployed, until - timedelta(days=chosen.days), until)
    say((as_markdown if chosen.markdown else as_text)(heading(chosen.stack, chosen.days, until), sections))
    return ExitCode.DONE


def report(deployed: Deployed, since: datetime, until: datetime) -> list[Section]:
    """Everything that AWS tells; what it does not stands in the last section, with the reason."""
    questions = Questions()
    figures = FiguresLook(deployed=deployed, questions=questions, since=since, until=until)
    records = RecordsLook(deployed=deployed, questions=questions, since=since, until=until)
    sections = [
        figures.service_levels(),
        figures.use(),
        figures.peaks(),
        records.alarms(),
        records.backups(),
        records.logins(),
        records.dates(),
        records.costs(),
    ]
    if questions.unanswered:
        rows = [(line,) for line in questions.unanswered]
        sections.append(Section(title="Not answered", head=("WHAT",), rows=rows))
    return sections
