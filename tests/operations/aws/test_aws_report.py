"""`report` says on one page how a day, a week or a month was, from figures that the project itself names."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.outcome import ExitCode
from operations.report_page import Section, as_markdown, as_text
from tests.operations.aws.aws_world import ACCOUNT, NAME, REGION, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call

GIB = 1024**3
Figures = Mapping[str, list[float]]
"""Values by the name of a metric, or of the first one of an expression."""


def _measure(world: AwsWorld, figures: Figures) -> None:
    """CloudWatch has these figures, oldest first, and no others."""

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        names = {one["Id"]: _name(one, asked["MetricDataQueries"]) for one in asked["MetricDataQueries"]}
        returned = [one["Id"] for one in asked["MetricDataQueries"] if one["ReturnData"]]
        return {"MetricDataResults": [{"Id": one, "Values": figures.get(names[one], [])} for one in returned]}

    world.answers.give("cloudwatch:GetMetricData", answer)


def _name(query: Mapping[str, Any], queries: list[Mapping[str, Any]]) -> str:
    if "MetricStat" in query:
        return query["MetricStat"]["Metric"]["MetricName"]
    first = re.findall(r"[a-z]+_s\d+", query["Expression"])[0]
    return next(_name(one, queries) for one in queries if one["Id"] == first)


def _line(said: str, beginning: str) -> str:
    return next(line for line in said.splitlines() if line.startswith(beginning))


def _ask(world: AwsWorld, call: Call, *options: str) -> str:
    ended = call("report", *options)
    assert ended.code == ExitCode.DONE, ended.err
    assert world.answers.changes == []
    return ended.out


@pytest.fixture(autouse=True)
def quiet(world: AwsWorld) -> None:
    """Nothing was measured, nothing rang, nothing was paid."""
    _measure(world, {})
    world.answers.give("cloudwatch:DescribeAlarmHistory", {"AlarmHistoryItems": []})
    world.answers.give("ce:GetCostAndUsage", {"ResultsByTime": []})


def test_availability_is_counted_as_its_alarms_count_it_and_held_against_the_objective(
    world: AwsWorld, call: Call
) -> None:
    counts = {
        "RequestCount": [60_000.0, 40_000.0],
        "HTTPCode_Target_5XX_Count": [30.0],
        "HTTPCode_ELB_5XX_Count": [20.0],
    }
    _measure(world, counts)
    line = _line(_ask(world, call), "requests without a server error")
    assert "99.9 %" in line
    assert "99.950 % (50 of 100,000 failed)" in line
    assert line.endswith("50 %")


def test_requests_for_which_there_was_no_target_are_not_lost_from_the_count(world: AwsWorld, call: Call) -> None:
    _measure(world, {"HTTPCode_ELB_5XX_Count": [500.0]})
    assert "0.000 % (500 of 500 failed)" in _line(_ask(world, call), "requests without a server error")


def test_latency_is_that_of_the_worst_day_at_the_promised_percentile(world: AwsWorld, call: Call) -> None:
    _measure(world, {"TargetResponseTime": [1.0, 7.0, 2.0]})
    assert "within 7.0 s on the worst day" in _line(_ask(world, call, "--days", "7"), "99 % of the api's answers begin")
    asked = world.answers.calls_of("cloudwatch:GetMetricData")[0]["MetricDataQueries"]
    (query,) = (one["MetricStat"] for one in asked if one["MetricStat"]["Metric"]["MetricName"] == "TargetResponseTime")
    where = {one["Name"]: one["Value"] for one in query["Metric"]["Dimensions"]}
    assert (query["Stat"], query["Period"]) == ("p99", 86_400)
    assert where["LoadBalancer"].startswith("app/load-balancer-alb-1a2b3c4/")
    assert where["TargetGroup"].startswith("targetgroup/load-balancer-api-1a2b3c4/")


def test_use_is_summed_and_stocks_are_shown_at_their_most(world: AwsWorld, call: Call) -> None:
    figures = {
        "Conversations": [10.0, 30.0],
        "TokensIn": [1_500_000.0],
        "ActiveUsers": [12.0, 40.0, 7.0],
        "Cost": [1.5],
    }
    _measure(world, figures)
    said = _ask(world, call)
    assert _line(said, "conversations").split() == ["conversations", "40", "30", "in", "an", "hour"]
    assert "1,500,000" in _line(said, "tokens asked")
    assert _line(said, "active users").split() == ["active", "users", "-", "40"]
    assert "1.50" in _line(said, "cost of models in USD")


@pytest.mark.parametrize(
    ("figures", "beginning", "words"),
    [
        ({"CPUUtilization": [40.0, 75.0, 20.0]}, "database cpu", ["75", "%", ">", "80", "%", "near"]),
        ({"CPUUtilization": [40.0, 95.0]}, "database cpu", ["95", "%", ">", "80", "%", "over"]),
        ({"FreeStorageSpace": [50.0 * GIB, 30.0 * GIB]}, "database disk left", ["30.0", "GiB", "<", "10.0", "GiB"]),
        ({"FreeStorageSpace": [5.0 * GIB]}, "database disk left", ["5.0", "GiB", "<", "10.0", "GiB", "over"]),
        ({"FreeStorageSpace": [0.0]}, "database disk left", ["0", "B", "<", "10.0", "GiB", "over"]),
        ({"MemoryUtilized": [60.0]}, "api memory", ["60", "%", ">", "85", "%"]),
        ({"EngineCPUUtilization": [10.0, 30.0]}, "cache node 2 cpu", ["30", "%", ">", "80", "%"]),
    ],
)
def test_peaks_stand_beside_the_limits_of_their_alarms(
    world: AwsWorld, call: Call, figures: Figures, beginning: str, words: list[str]
) -> None:
    _measure(world, figures)
    assert _line(_ask(world, call), beginning).removeprefix(beginning).split() == words


def test_expressions_of_alarms_are_asked_with_ids_of_their_own(world: AwsWorld, call: Call) -> None:
    _ask(world, call)
    queries = [one for call in world.answers.calls_of("cloudwatch:GetMetricData") for one in call["MetricDataQueries"]]
    expressions = [one for one in queries if "Expression" in one]
    assert expressions
    for one in expressions:
        assert re.fullmatch(r"100 \* used_(s\d+) / reserved_\1", one["Expression"])
    for call_ in world.answers.calls_of("cloudwatch:GetMetricData"):
        identifiers = [one["Id"] for one in call_["MetricDataQueries"]]
        assert len(set(identifiers)) == len(identifiers)


def test_alarms_that_rang_are_counted_and_those_of_other_stacks_are_not(world: AwsWorld, call: Call) -> None:
    mine, other = world.ring("database-cpu", "ticket"), world.ring("cache-cpu", "page", stack="dify-staging")
    world.answers.asked.clear()
    items = [
        {"AlarmName": name, "HistorySummary": f"Alarm updated from {change}"}
        for name, change in (
            (mine, "OK to ALARM"),
            (mine, "ALARM to OK"),
            (mine, "INSUFFICIENT_DATA to ALARM"),
            (other, "OK to ALARM"),
        )
    ]
    world.answers.give("cloudwatch:DescribeAlarmHistory", {"AlarmHistoryItems": items})
    said = _ask(world, call)
    assert _line(said, mine).split() == [mine, "ticket", "2"]
    assert other not in said


@pytest.mark.parametrize(("days", "late"), [(10, False), (31, False), (33, True)])
def test_a_login_that_was_not_rotated_in_time_is_marked(world: AwsWorld, call: Call, days: int, *, late: bool) -> None:
    login = world.outputs["secrets"]["database-login"]

    def describe(asked: dict[str, Any]) -> dict[str, Any]:
        rotated = {"LastRotatedDate": datetime.now(UTC) - timedelta(days=days, hours=1), "RotationEnabled": True}
        return {"ARN": asked["SecretId"], **(rotated if asked["SecretId"] == login else {})}

    world.answers.give("secretsmanager:DescribeSecret", describe)
    said = _ask(world, call)
    line = _line(said, "database-login")
    assert line.split()[1:3] == [str(days), "d"]
    assert ("late" in line) == late
    assert "sandbox-key" not in said


def test_costs_are_those_of_the_stacks_tag_the_dearest_first(world: AwsWorld, call: Call) -> None:
    def spent(**costs: str) -> dict[str, Any]:
        groups = [
            {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
            for name, amount in costs.items()
        ]
        return {"Groups": groups}

    days = [spent(RDS="10.25", ECS="20.5", Tax="0.001"), spent(RDS="10.25", ECS="30")]
    world.answers.give("ce:GetCostAndUsage", {"ResultsByTime": days})
    said = _ask(world, call, "--days", "7")
    assert [line.split()[0] for line in said.splitlines() if line.endswith("USD")] == ["in", "ECS", "RDS"]
    assert "71.00 USD" in _line(said, "in all")
    (asked,) = world.answers.calls_of("ce:GetCostAndUsage")
    assert asked["Filter"] == {"Tags": {"Key": "stack", "Values": [NAME]}}
    begin, end = (datetime.fromisoformat(asked["TimePeriod"][one]) for one in ("Start", "End"))
    assert end - begin == timedelta(days=7)


def test_what_comes_has_certificates_and_maintenance(world: AwsWorld, call: Call) -> None:
    action = {"Action": "os-upgrade", "CurrentApplyDate": datetime(2026, 12, 6, 3, tzinfo=UTC)}
    waiting = [{"ResourceIdentifier": "arn", "PendingMaintenanceActionDetails": [action]}]
    world.answers.give("rds:DescribePendingMaintenanceActions", {"PendingMaintenanceActions": waiting})
    said = _ask(world, call)
    assert _line(said, "certificate of the load balancer").split()[-2] == "ends"
    assert "maintenance os-upgrade on 2026-12-06" in said


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ce:GetCostAndUsage", "ce:GetCostAndUsage"),
        ("cloudwatch:GetMetricData", "cloudwatch:GetMetricData"),
        ("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarmHistory"),
        ("secretsmanager:DescribeSecret", "secretsmanager:DescribeSecret"),
        ("elbv2:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
    ],
)
def test_a_refused_question_is_told_once_and_the_rest_is_answered(
    world: AwsWorld, call: Call, operation: str, action: str
) -> None:
    world.answers.refuse(operation)
    said = _ask(world, call)
    assert said.count(f"the caller needs `{action}`") == 1
    assert "NOT ANSWERED" in said
    assert _line(said, "plugins").split()[:2] == ["plugins", "5"]


def test_markdown_is_one_table_a_section(world: AwsWorld, call: Call) -> None:
    said = _ask(world, call, "--markdown", "--days", "30")
    assert re.match(r"# prod: the 30 days until \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", said)
    assert "## Backups\n\n| STORE | LAST WHOLE ONE | CONTINUOUS | LAST FAILURE |\n| --- | --- | --- | --- |\n" in said


def test_a_cell_cannot_break_a_table_of_markdown() -> None:
    page = as_markdown("page", [Section(title="One", head=("A",), rows=[("left | right",)])])
    assert page.splitlines()[-1] == "| left \\| right |"


def test_a_section_without_rows_says_so() -> None:
    section = Section(title="One", head=("A",), rows=(), nothing="nothing rang", note="a note")
    assert as_text("page", [section]) == "page\n\nONE\nnothing rang\na note"


def test_another_number_of_days_is_a_wrong_call(world: AwsWorld, call: Call) -> None:
    with pytest.raises(SystemExit) as ended:
        call("report", "--days", "3")
    assert ended.value.code == ExitCode.WRONG_CALL


def test_no_secret_is_read(world: AwsWorld, call: Call) -> None:
    assert "hidden" not in _ask(world, call)
    assert world.answers.calls_of("secretsmanager:GetSecretValue") == []


def test_the_operators_page_names_every_permission_that_is_used(world: AwsWorld, call: Call) -> None:
    world.answers.give(
        "cloudwatch:DescribeAlarmHistory",
        {"AlarmHistoryItems": [{"AlarmName": "one", "HistorySummary": "Alarm updated from OK to ALARM"}]},
    )
    _ask(world, call)
    assert undocumented(world.answers, "report") == set()


def test_the_alarm_whose_tags_are_asked_is_one_of_the_stacks_account_and_region(world: AwsWorld, call: Call) -> None:
    items = [{"AlarmName": "one", "HistorySummary": "Alarm updated from OK to ALARM"}]
    world.answers.give("cloudwatch:DescribeAlarmHistory", {"AlarmHistoryItems": items})
    _ask(world, call)
    (asked,) = world.answers.calls_of("cloudwatch:ListTagsForResource")
    assert asked["ResourceARN"] == f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:one"
