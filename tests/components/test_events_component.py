"""Notices of what no metric shows, and the monthly test of the topics that they go to."""

import json
from functools import cache
from typing import Any

import pytest

from components.events import Events, EventsArgs
from components.findings import CONTROLS, PACKAGES, SHARED, THREATS
from components.notice import Desk, message
from components.rehearsal import Rehearsal, RehearsalArgs
from settings.severity import Severity
from tests.components.component_graphs import ROOT, program, site
from tests.recorder import Graph, record

_TOPICS = {severity: f"topic-{severity.value}" for severity in Severity}
_RUNBOOKS = "https://git.example.com/runbooks"
_DESK = Desk(topics=_TOPICS, runbooks=_RUNBOOKS)
_NOTICES = ("deployment-failed", "migration-failed", "rotation-failed")


@cache
def _events() -> Graph:
    return record(lambda: Events("events", EventsArgs(site=site(), desk=_DESK)))


@cache
def _rehearsal() -> Graph:
    return record(lambda: Rehearsal("rehearsal", RehearsalArgs(site=site(), desk=_DESK)))


def _pattern(notice: str) -> dict[str, Any]:
    return json.loads(_events().named(f"events-{notice}").inputs["eventPattern"])


def _template(graph: Graph, target: str) -> dict[str, Any]:
    return json.loads(graph.named(target).inputs["inputTransformer"]["inputTemplate"])


def test_a_failed_deployment_of_this_stack_waits_and_a_failed_migration_wakes_somebody() -> None:
    severities = {notice: _events().named(f"events-{notice}-topic").inputs["arn"] for notice in _NOTICES}
    assert severities == {
        "deployment-failed": "topic-ticket",
        "migration-failed": "topic-page",
        "rotation-failed": "topic-ticket",
    }
    (services,) = _pattern("deployment-failed")["resources"]
    assert services == {"prefix": "arn:aws:ecs:eu-central-1:111122223333:service/dify-prod/"}


def test_the_migration_that_is_watched_is_the_programs_own() -> None:
    migration = program().named("migration-definition")
    detail = _pattern("migration-failed")["detail"]
    assert detail["group"] == [f"family:{migration.inputs['family']}"]
    (container,) = [one["name"] for one in json.loads(migration.inputs["containerDefinitions"])]
    ended, unstarted = detail["$or"]
    assert ended == {"containers": {"name": [container], "exitCode": [{"anything-but": [0]}]}}
    assert unstarted == {"stopCode": ["TaskFailedToStart"]}


@pytest.mark.parametrize("notice", _NOTICES)
def test_a_notice_takes_from_the_event_every_name_that_its_sentence_has(notice: str) -> None:
    transformer = _events().named(f"events-{notice}-topic").inputs["inputTransformer"]
    named = {part.partition(">")[0] for part in transformer["inputTemplate"].split("<")[1:]}
    assert named == set(transformer["inputPaths"])


@pytest.mark.parametrize("notice", _NOTICES)
def test_a_notice_leads_to_its_runbook(notice: str) -> None:
    (step,) = _template(_events(), f"events-{notice}-topic")["content"]["nextSteps"]
    assert step.startswith(f"{_RUNBOOKS}/events.md#")


def test_every_notice_has_its_heading_in_the_runbooks() -> None:
    found = [THREATS.runbook, CONTROLS.runbook, SHARED.runbook, PACKAGES.runbook]
    found += ["monthly-test#test-message"]
    found += [
        _template(_events(), f"events-{one}-topic")["content"]["nextSteps"][0].rpartition("/")[-1] for one in _NOTICES
    ]
    for anchor in found:
        page, _, heading = anchor.replace(".md", "").partition("#")
        text = (ROOT / "docs" / "runbooks" / f"{page}.md").read_text(encoding="utf-8")
        headings = {line[3:].lower().replace(" ", "-") for line in text.splitlines() if line.startswith("## ")}
        assert heading in headings, anchor


def test_a_message_has_the_form_that_chat_channels_show() -> None:
    assert json.loads(message("title", "sentence", "step")) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "title",
            "description": "sentence",
            "nextSteps": ["step"],
        },
    }
    assert "nextSteps" not in json.loads(message("title", "sentence"))["content"]


def test_every_topic_is_tested_on_the_first_monday_of_a_month() -> None:
    rule = _rehearsal().one(":EventRule")
    assert rule.inputs["scheduleExpression"] == "cron(0 9 ? * 2#1 *)"
    targets = _rehearsal().of(":EventTarget")
    assert {one.inputs["arn"] for one in targets} == set(_TOPICS.values())
    assert all(rule.urn in one.property_dependencies["rule"] for one in targets)


def test_a_test_says_that_it_is_one_and_which_topic_works() -> None:
    for severity in Severity:
        content = json.loads(_rehearsal().named(f"rehearsal-{severity.value}").inputs["input"])["content"]
        assert content["title"].startswith("TEST of dify-prod")
        assert f"the {severity.value} topic of dify-prod in eu-central-1 works" in content["description"]
        assert content["nextSteps"] == [f"{_RUNBOOKS}/monthly-test.md#test-message"]


def test_topics_of_every_region_are_tested() -> None:
    tested = {one.inputs["arn"] for one in program().of(":EventTarget") if one.name.startswith("rehearsal")}
    assert tested == {f"{topic.name}-arn" for topic in program().of("sns/topic:Topic")}
    assert len(tested) == 6
