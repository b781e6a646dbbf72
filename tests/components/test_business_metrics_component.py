"""The counting of use as resources: what is counted, when, by which login, and with which permissions."""

import json
from functools import cache
from typing import Any, cast

import pulumi
import pytest

from components.business_history import BusinessHistory, BusinessHistoryArgs
from components.business_metrics import NAMESPACE, READER, BusinessMetrics, BusinessMetricsArgs
from components.function import Inside
from components.iam import allow
from components.key import Key, KeyArgs
from components.secrets import Secrets
from dify.plan import RUN_TIMEOUT_SECONDS
from dify.secrets import METRICS_DATABASE, Kind, used_secrets
from settings.business import Business
from settings.plan import deployments, options
from tests.components.component_graphs import LOGS, below, document, settings, site
from tests.components.function_packages import module_of, on_aws, secret_arn
from tests.recorder import Graph, record

_SECRET = "secrets-metrics-login-arn"  # noqa: S105  an invented ARN


class _Secrets:
    """Secrets, of which one is read."""

    def __init__(self) -> None:
        self.arns = {METRICS_DATABASE.name: pulumi.Output.from_input(_SECRET)}

    def read_statements(self, names: list[str]) -> list[Any]:
        return [allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [self.arns[name] for name in names])]


@cache
def _graph(**chosen: Any) -> Graph:
    def build() -> None:
        key = Key("files", KeyArgs(site=site(), purpose="files", via=("s3",)))
        history = BusinessHistory(
            "history",
            BusinessHistoryArgs(site=site(), key=key, log_bucket="logs", days=400),
        )
        BusinessMetrics(
            "business",
            BusinessMetricsArgs(
                site=site(),
                logs=LOGS,
                inside=Inside(subnet_ids=["private-a"], security_group_id="group"),
                secrets=cast("Secrets", _Secrets()),
                database_host="database.internal",
                history=history,
                choices=Business.model_validate(chosen),
                after=[key],
            ),
        )

    return record(build)


def _settings(graph: Graph) -> Any:
    """The settings, as the function itself understands them."""
    text = graph.named("business-function").inputs["environment"]["variables"]["BUSINESS_METRICS"]
    return module_of("business_metrics", "business_settings").parse_settings(json.dumps(on_aws(text)))


def _statements() -> dict[str, dict[str, Any]]:
    return {s["Sid"]: s for s in document(_graph().named("business-role-policy").inputs["policy"])}


def test_the_function_asks_the_instance_as_the_reader_and_keeps_days_in_the_history() -> None:
    found = _settings(_graph())
    assert (found.stack, found.namespace, found.database) == ("dify-prod", NAMESPACE, "dify")
    assert (found.server.host, found.server.port) == ("database.internal", 5432)
    assert found.secret_arn == secret_arn(_SECRET)
    assert found.history_bucket == "history-records-bucket-bucket"


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [("apps", 3, "apps"), ("models", 4, "models"), ("loudFactor", 7, "loud_factor")],
)
def test_each_choice_reaches_the_function(key: str, value: int, field: str) -> None:
    assert getattr(_settings(_graph(**{key: value})), field) == value
    assert getattr(_settings(_graph()), field) == 10


def test_the_currencies_that_were_chosen_reach_the_function() -> None:
    assert _settings(_graph(currencies=("EUR", "USD"))).currencies == ("EUR", "USD")
    assert _settings(_graph()).currencies == ("USD",)


def test_the_function_reads_one_secret_adds_days_publishes_and_may_do_nothing_more() -> None:
    statements = _statements()
    assert set(statements) == {"ReadSecrets", "FindDays", "KeepDays", "EncryptDays", "PublishMetrics", "WriteLogs"}
    assert statements["ReadSecrets"]["Resource"] == [_SECRET]
    assert statements["FindDays"]["Condition"] == {"StringEquals": {"s3:prefix": "daily/"}}
    assert statements["KeepDays"]["Action"] == ["s3:PutObject"]
    assert statements["KeepDays"]["Resource"] == "history-records-bucket-arn/daily/*"
    assert statements["PublishMetrics"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Dify/Business"}}


def test_it_counts_a_minute_after_each_window_ends_and_never_twice() -> None:
    graph = _graph()
    assert graph.named("business-five-minutes").inputs["scheduleExpression"] == "cron(1/5 * * * ? *)"
    assert graph.named("business-target").inputs["retryPolicy"]["maximumRetryAttempts"] == 0
    assert graph.named("business-once").inputs["maximumRetryAttempts"] == 0
    assert graph.named("business-function").inputs["timeout"] < 300


def test_only_that_rule_may_call_the_function() -> None:
    assert _graph().named("business-may-call").inputs == {
        "function": "dify-prod-business-metrics",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": "business-five-minutes-arn",
    }


def test_nothing_is_counted_before_there_is_a_login() -> None:
    graph = _graph()
    assert any("files" in urn for urn in graph.named("business-five-minutes").dependencies)


def test_the_login_is_rotated_as_every_login_of_the_database_and_no_service_has_it() -> None:
    assert METRICS_DATABASE.kind is Kind.DATABASE
    used = used_secrets(deployments(settings()), options(settings()))
    assert METRICS_DATABASE not in [secret for secret, _ in used]
    assert (READER.login, READER.database) == (METRICS_DATABASE, "dify")


def test_everything_of_the_counting_belongs_to_the_component() -> None:
    names = {resource.name for resource in below(_graph(), BusinessMetrics, "business")}
    assert names == {
        "business", "business-once", "business-five-minutes", "business-may-call", "business-target",
    }  # fmt: skip


def test_no_run_that_dify_still_works_on_counts_as_lost() -> None:
    assert module_of("business_metrics", "business_window").LOST_RUN.total_seconds() > RUN_TIMEOUT_SECONDS
