"""The synthetic check as a resource: what it asks, when, from where and with which permissions."""

from functools import cache
from typing import Any

import pytest

from components.alarm_tables.probe import probe_alarms
from components.function import Inside
from components.probe import NAMESPACE, Probe, ProbeArgs
from settings.probe import Probe as Choices
from settings.probe_plan import probe_checks
from tests.components.component_graphs import LOGS, below, document, settings, site
from tests.components.function_packages import module_of
from tests.recorder import Graph, record

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-probe-AbCdEf"


@cache
def _probe(*, login: str | None = None, inside: bool = False) -> tuple[Graph, Probe]:
    built: list[Probe] = []

    def build() -> None:
        args = ProbeArgs(
            site=site(),
            logs=LOGS,
            domain="dify.example.com",
            checks=probe_checks(settings()),
            choices=Choices.model_validate({"login": login, "streamMinutes": 10}),
            inside=Inside(subnet_ids=["private-a"], security_group_id="group") if inside else None,
        )
        built.append(Probe("probe", args))

    graph = record(build)
    return graph, built[0]


def _settings(graph: Graph) -> Any:
    """The settings, as the function itself understands them."""
    text = graph.named("probe-function").inputs["environment"]["variables"]["PROBE"]
    return module_of("probe", "probe_settings").parse_settings(text)


def _statements(graph: Graph) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in document(graph.named("probe-role-policy").inputs["policy"])}


@pytest.mark.parametrize("login", [None, _LOGIN])
def test_the_function_understands_what_it_is_to_ask(login: str | None) -> None:
    found = _settings(_probe(login=login)[0])
    assert (found.host, found.port, found.namespace) == ("dify.example.com", 443, NAMESPACE)
    assert [(check.step, check.path) for check in found.checks] == [
        ("console", "/console/api/setup"),
        ("api", "/v1/"),
        ("web", "/favicon.ico"),
    ]
    assert (found.stream and (found.stream.secret_arn, found.stream.every_minutes)) == (login and (login, 10))


def test_without_a_key_no_secret_may_be_read() -> None:
    assert set(_statements(_probe()[0])) == {"PublishMetrics", "WriteLogs"}


def test_with_a_key_its_secret_alone_may_be_read() -> None:
    statements = _statements(_probe(login=_LOGIN)[0])
    assert set(statements) == {"ReadLogin", "PublishMetrics", "WriteLogs"}
    assert statements["ReadLogin"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert statements["ReadLogin"]["Resource"] == _LOGIN


def test_the_function_may_publish_in_its_own_namespace_only() -> None:
    publish = _statements(_probe()[0])["PublishMetrics"]
    assert publish["Action"] == ["cloudwatch:PutMetricData"]
    assert publish["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def test_it_stands_outside_the_network_like_a_user_unless_it_is_given_a_place() -> None:
    assert "vpcConfig" not in _probe()[0].named("probe-function").inputs
    place = _probe(inside=True)[0].named("probe-function").inputs["vpcConfig"]
    assert place == {"subnetIds": ["private-a"], "securityGroupIds": ["group"]}


def test_it_asks_in_every_minute_once_and_a_late_check_is_dropped() -> None:
    graph = _probe()[0]
    assert graph.named("probe-minute").inputs["scheduleExpression"] == "cron(* * * * ? *)"
    target = graph.named("probe-target").inputs
    assert (target["rule"], target["arn"]) == ("probe-minute-name", "probe-function-arn")
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 0}


def test_one_check_ends_before_the_next_begins() -> None:
    probe = module_of("probe", "probe")
    seconds = _probe()[0].named("probe-function").inputs["timeout"]
    api = 2 * 5  # reading the key and publishing, each given up after that long
    assert max(probe.CHECK_SECONDS, probe.STREAM_SECONDS) + api < seconds < 60


def test_only_that_rule_may_call_the_function() -> None:
    assert _probe()[0].named("probe-may-call").inputs == {
        "function": "dify-prod-probe",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": "probe-minute-arn",
    }


def test_the_steps_that_alarms_watch_are_those_that_the_function_publishes() -> None:
    graph, made = _probe(login=_LOGIN)
    published = {*(check.step for check in _settings(graph).checks), module_of("probe", "probe").STREAM}
    assert dict(made.steps) == {step: 10 if step == "stream" else 1 for step in published}
    watched = {alarm.metrics["success"].dimensions["Step"] for alarm in probe_alarms(NAMESPACE, {}, made.steps)}
    assert watched == published


def test_without_a_key_no_alarm_waits_for_a_stream() -> None:
    assert set(_probe()[1].steps) == {"console", "api", "web"}


def test_everything_of_the_check_belongs_to_the_component() -> None:
    names = {resource.name for resource in below(_probe()[0], Probe, "probe")}
    assert names == {"probe", "probe-minute", "probe-may-call", "probe-target"}
