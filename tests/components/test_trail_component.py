"""The trail."""

from functools import cache

import pytest

from components.audit_filters import audit_filters
from components.audit_store import trail_arn
from components.trail import Trail, TrailArgs
from tests.components.component_graphs import LOGS, document, site
from tests.recorder import Graph, record


@cache
def _trail(*, insights: bool = True) -> Graph:
    args = TrailArgs(
        site=site(),
        logs=LOGS,
        key_arn="key-audit",
        bucket="records",
        data_bucket_arns={"files": "arn:aws:s3:::files", "plugins": "arn:aws:s3:::plugins"},
        insights=insights,
    )
    return record(lambda: Trail("trail", args))


def test_the_trail_records_every_region_and_shows_when_a_file_was_changed() -> None:
    inputs = _trail().named("trail-trail").inputs
    assert [inputs[key] for key in ("enableLogging", "isMultiRegionTrail", "includeGlobalServiceEvents")] == [True] * 3
    assert inputs["enableLogFileValidation"] is True


def test_the_trail_writes_encrypted_into_the_folder_that_the_bucket_keeps_for_it() -> None:
    inputs = _trail().named("trail-trail").inputs
    assert (inputs["s3BucketName"], inputs["s3KeyPrefix"], inputs["kmsKeyId"]) == ("records", "trail", "key-audit")


def test_the_trail_has_the_name_by_which_the_bucket_admits_it() -> None:
    assert trail_arn(site()).endswith(f":trail/{_trail().named('trail-trail').inputs['name']}")


def test_the_trail_records_management_events_and_every_read_and_write_of_the_objects_of_each_bucket() -> None:
    management, objects = _trail().named("trail-trail").inputs["advancedEventSelectors"]
    assert management["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
    assert objects["fieldSelectors"] == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::files/", "arn:aws:s3:::plugins/"]},
    ]


@pytest.mark.parametrize(
    ("insights", "found"), [(True, {"ApiCallRateInsight", "ApiErrorRateInsight"}), (False, set[str]())]
)
def test_insights_are_as_the_settings_say(insights: bool, found: set[str]) -> None:
    selectors = _trail(insights=insights).named("trail-trail").inputs.get("insightSelectors", [])
    assert {one["insightType"] for one in selectors} == found


def test_the_trail_feeds_an_encrypted_log_group_with_a_role_that_may_do_only_that() -> None:
    graph = _trail()
    inputs, group = graph.named("trail-trail").inputs, graph.named("trail-logs").inputs
    assert inputs["cloudWatchLogsGroupArn"] == "trail-logs-arn:*"
    assert inputs["cloudWatchLogsRoleArn"] == "trail-role-arn"
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("/dify-prod/trail", "key-logs", 365)
    (statement,) = document(graph.named("trail-role-policy").inputs["policy"])
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == "trail-logs-arn:*"


def test_the_log_group_is_searched_for_everything_that_should_ring() -> None:
    filters = {one.inputs["pattern"]: one.inputs for one in _trail().of(":LogMetricFilter")}
    assert set(filters) == {one.pattern for one in audit_filters(site())}
    for one in audit_filters(site()):
        counted = filters[one.pattern]["metricTransformation"]
        assert counted == {"namespace": "Dify/Audit", "name": f"dify-prod-{one.name}", "value": "1"}
        assert filters[one.pattern]["logGroupName"] == "/dify-prod/trail"
