"""Every demand of the baseline and of the production guide has an answer, and the page that shows them is current."""

import pytest

from policies.coverage.demands import Demand, controls, everything_wrong, guide, unanswered
from policies.coverage.page import FILE, controls_table, guide_tables, page

CONTROLS = 197
"""As many as the baseline has."""

TEST = "tests/policies/test_coverage.py::test_every_demand_is_answered"

CHAPTER = (
    "Network",
    "HTTPS, certificates and names",
    "API",
    "Encryption in transit",
    "Encryption at rest",
    "Access",
    "Isolation",
    "Audit",
    "Keys and secrets",
    "Updates",
)


def test_every_demand_is_answered() -> None:
    assert list(everything_wrong()) == []


def test_no_control_of_the_baseline_is_left_out() -> None:
    assert [demand.number for demand in controls()] == list(range(1, CONTROLS + 1))


def test_no_heading_of_the_guide_is_left_out() -> None:
    assert list(dict.fromkeys(heading for heading, _ in guide())) == list(CHAPTER)


def test_every_line_of_the_guide_is_done_somewhere_and_proved_by_a_test() -> None:
    assert [line.title for _, line in guide() if not line.where or not line.tests] == []


@pytest.mark.parametrize(
    ("demand", "mistake"),
    [
        (Demand(title="a", tests=(TEST,), rules=("kms-key-must-sing",)), "a: there is no rule kms-key-must-sing"),
        (Demand(title="a", tests=(TEST,), where=("components/none.py",)), "a: there is no file components/none.py"),
        (Demand(title="a", tests=(f"{TEST}_in_time",)), f"a: there is no test {TEST}_in_time"),
        (Demand(title="a", tests=(TEST[:-1],)), f"a: there is no test {TEST[:-1]}"),
        (Demand(title="a", tests=("tests/none.py::test_a",)), "a: there is no test tests/none.py::test_a"),
        (Demand(title="a", rules=("kms-key-must-rotate",)), "a: no test proves it, and no reason is given"),
    ],
)
def test_an_answer_that_does_not_hold_is_found(demand: Demand, mistake: str) -> None:
    assert unanswered(demand) == [mistake]


def test_an_answer_that_holds_is_silent() -> None:
    assert unanswered(Demand(title="a", tests=(TEST,), rules=("kms-key-must-rotate",), where=("__main__.py",))) == []
    assert unanswered(Demand(title="a", reason="nothing here can break it")) == []


def test_a_rule_belongs_to_a_control_by_a_common_id_however_it_is_spelt() -> None:
    (updates,) = [demand for demand in controls() if "OpenSearch.10" in demand.ids]
    assert updates.rules == ("opensearch-domain-must-update-itself",)
    assert updates.where == ("components/search.py",)
    assert [test.partition("::")[2] for test in updates.tests] == list(updates.rules)


def test_the_page_is_current() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert page(text) == text, "run: python -m policies.coverage.page"


def test_the_page_has_both_tables_between_its_marks() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert guide_tables() in text
    assert controls_table() in text
    stale = text.replace(controls_table(), "| what it once was |\n")
    assert page(stale) == text
