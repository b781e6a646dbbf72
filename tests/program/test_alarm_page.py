"""Every alarm of production is in docs/operate.md and has a runbook, and no runbook is about nothing."""

import json
import pickle
import re
from functools import cache
from pathlib import Path

import pytest

from components.log_queries import Logged, log_queries
from settings.plan import deployments
from tests.alarm_page import BEGIN, END, PAGE, Line, lines_of, with_table
from tests.components.alarm_catalogue import runbooks
from tests.components.component_graphs import ROOT, program, settings
from tests.recordings import once

_FOLDER = ROOT / "docs" / "runbooks"
_PARTS = ("Means", "Look", "Do", "Verify")
_RUNBOOK = re.compile(r"docs/runbooks/([a-z-]+)\.md#([a-z-]+)")

_READ_WITHOUT_LINK = {"costs#budget-exceeded", "costs#cost-unusual"}
"""AWS words the messages about costs."""


def _slug(heading: str) -> str:
    """As GitHub makes the address of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _sections() -> dict[str, str]:
    """The text below each heading, by `<page>#<heading>`."""
    found: dict[str, str] = {}
    for page in sorted(_FOLDER.glob("*.md")):
        for section in page.read_text().split("\n## ")[1:]:
            heading, _, text = section.partition("\n")
            found[f"{page.stem}#{_slug(heading)}"] = text
    return found


def _of_program() -> set[str]:
    """Where production's alarms and notices lead."""
    texts = (json.dumps(resource.inputs, default=str) for resource in program().resources)
    return {f"{page}#{heading}" for text in texts for page, heading in _RUNBOOK.findall(text)}


@cache
def _lines() -> list[Line]:
    lines: list[Line] = pickle.loads(once("alarm-lines", lambda: lines_of("prod")))  # noqa: S301  our own file
    return lines


def test_the_table_in_the_operators_page_is_that_of_the_program() -> None:
    page = PAGE.read_text()
    assert with_table(page, _lines()) == page, "run: python -m tests.alarm_page"


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    for page in ("", BEGIN, END):
        with pytest.raises(ValueError, match="no place for the table"):
            with_table(page, [])


def test_the_table_holds_every_alarm_that_production_makes() -> None:
    names = {line.name for line in _lines()}
    windows = {f"{name}-{length}" for name in names for length in ("long", "short")}
    made = {alarm.name for alarm in program().of(":MetricAlarm")}
    assert made - windows <= names
    assert len(names) == len(_lines())


def test_every_alarm_and_notice_leads_to_a_runbook_that_is_there() -> None:
    assert runbooks() | _of_program() <= _sections().keys()


def test_no_runbook_is_about_something_that_never_rings() -> None:
    assert _sections().keys() - runbooks() - _of_program() == _READ_WITHOUT_LINK


@pytest.mark.parametrize("section", _sections())
def test_a_runbook_says_what_it_means_where_to_look_what_to_do_and_when_it_is_over(section: str) -> None:
    with_text = re.findall(r"^\*\*(\w+)\*\*\s+(?=[^*\s])", _sections()[section], re.MULTILINE)
    assert tuple(with_text) == _PARTS


def test_links_of_runbooks_lead_to_headings_that_are_there() -> None:
    known = {
        page: {_slug(heading) for heading in re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)}
        for page in (*_FOLDER.glob("*.md"), *PAGE.parent.glob("operate*.md"))
    }
    for page in _FOLDER.glob("*.md"):
        for target, heading in re.findall(r"\]\(([\w./-]*\.md)?(?:#([\w-]+))?\)", page.read_text()):
            there: Path = (page.parent / target).resolve() if target else page
            assert there in known, f"{page.name}: {target}"
            assert not heading or heading in known[there], f"{page.name}: {target}#{heading}"


def test_saved_questions_that_runbooks_name_are_saved() -> None:
    logged = Logged(
        path="/dify-prod", deployments=deployments(settings()), database="dify-prod-database", firewall="log",
        names_guarded=True,
    )  # fmt: skip
    saved = {f"dify-prod/{query.topic}/{query.question}" for query in log_queries(logged)}
    athena = {file.stem for file in (ROOT / "queries").glob("*/*.sql")}
    for page in _FOLDER.glob("*.md"):
        text = page.read_text()
        assert set(re.findall(r"`(dify-prod/[a-z-]+/[a-z-]+)`", text)) <= saved, page.name
        assert set(re.findall(r"[Ii]n Athena `([a-z-]+)`", text)) <= athena, page.name


def test_runbooks_name_only_outputs_that_the_stack_has() -> None:
    outputs = program().stack_outputs
    for page in _FOLDER.glob("*.md"):
        text = page.read_text()
        named = set(re.findall(r"\(output ([a-z_]+)\)", text)) | set(re.findall(r"\(entry ([a-z_]+) ", text))
        assert named - {"distribution"} <= outputs.keys(), page.name
