"""What people did: the same figures as on AWS, from the same questions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from functions.business_metrics.business_window import Window
from operations.business_figures import GAUGES, SUMS, amount
from operations.host.dify_questions import Answers, DifyQuestions
from operations.host.docker_host import DockerHost
from operations.host.postgres_pair import PostgresPair
from operations.report_page import Section
from settings.business import Business

_COST, _UNPRICED = "Cost", "MessagesInOtherCurrencies"

_DAY = timedelta(days=1)
"""The days of a report end with it, not at midnight."""

_BY_DAY = {
    "ACTIVE USERS": "ActiveUsers",
    "NEW USERS": "NewEndUsers",
    "CONVERSATIONS": "Conversations",
    "MESSAGES": "Messages",
    "TOKENS ASKED": "TokensIn",
    "TOKENS ANSWERED": "TokensOut",
    "WORKFLOW RUNS": "WorkflowRuns",
}


def use_sections(host: DockerHost, days: int, until: datetime) -> list[Section]:
    """Use in all, and by day where there are several. Raises FailedError."""
    currencies: Sequence[str] = Business.model_fields["currencies"].default
    questions = DifyQuestions(pair=PostgresPair(host=host), currencies=currencies)
    end = until.astimezone(UTC).replace(tzinfo=None)
    windows = [Window(end - back * _DAY, _DAY) for back in reversed(range(days))]
    answers = questions.ask(frozenset({*SUMS.values(), *GAUGES.values(), _COST, _UNPRICED}), windows)
    note = f"Dify's database lacks {', '.join(answers.lacking)}." if answers.lacking else ""
    sections = [
        Section(title="Use", head=("USE", "IN ALL", "MOST"), rows=list(_rows(answers.figures, currencies)), note=note)
    ]
    return [*sections, *_by_day(windows, answers)] if days > 1 else sections


def _rows(figures: Mapping[str, Sequence[float]], currencies: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    costs = {f"cost of models in {currency}": currency for currency in currencies}
    for what, metric in {**SUMS, **costs}.items():
        if values := figures.get(metric):
            yield what, amount(sum(values)), f"{amount(max(values))} in a day"
    if unpriced := sum(figures.get(_UNPRICED, ())):
        yield "messages in other currencies, not in that cost", amount(unpriced), "-"
    for what, metric in GAUGES.items():
        if values := figures.get(metric):
            yield what, "-", amount(max(values))


def _by_day(windows: Sequence[Window], answers: Answers) -> Iterator[Section]:
    shown = {head: answers.figures[metric] for head, metric in _BY_DAY.items() if metric in answers.figures}
    rows = [
        (f"{window.end:%Y-%m-%d %H:%M}", *(amount(values[number]) for values in shown.values()))
        for number, window in enumerate(windows)
    ]
    yield Section(title="Use by day", head=("UNTIL", *shown), rows=rows if shown else ())
