"""`report`: how the last day, week or month was, on one page."""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from operations.host.call import address_of
from operations.host.docker_host import DockerHost
from operations.host.report.load import load_sections
from operations.host.report.records import RecordsLook
from operations.host.report.requests import request_sections
from operations.host.report.use import use_sections
from operations.outcome import ExitCode, FailedError
from operations.output import say
from operations.report_page import Section, as_markdown, as_text, heading, options

__all__ = ["command", "options", "report"]


def command(chosen: argparse.Namespace) -> ExitCode:
    """`report STACK [--days 1|7|30] [--markdown]`."""
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    with DockerHost.reach(address_of(chosen), chosen.stack) as host:
        sections = report(host, chosen.days, until)
    say((as_markdown if chosen.markdown else as_text)(heading(chosen.stack, chosen.days, until), sections))
    return ExitCode.DONE


def report(host: DockerHost, days: int, until: datetime) -> list[Section]:
    """Everything that the host tells; what it does not stands in the last section, with the reason."""
    since = until - timedelta(days=days)
    records = RecordsLook(host=host, since=since, until=until)
    looks: Mapping[str, Callable[[], list[Section]]] = {
        "requests": lambda: request_sections(host, since),
        "use": lambda: use_sections(host, days, until),
        "load": lambda: load_sections(host),
        "restarts": records.restarts,
        "backups": records.backups,
        "sizes": records.sizes,
    }
    sections: list[Section] = []
    unanswered: list[tuple[str]] = []
    for what, look in looks.items():
        try:
            sections += look()
        except FailedError as error:
            unanswered.append((f"{what}: {error}",))
    if unanswered:
        sections.append(Section(title="Not answered", head=("WHAT",), rows=unanswered))
    return sections
