"""Logs of DNS."""

from functools import cache

from components.dns_logs import DnsLogs, DnsLogsArgs
from tests.components.component_graphs import ACCOUNT, LOGS, document, site
from tests.recorder import Graph, record


@cache
def _logs() -> Graph:
    return record(lambda: DnsLogs("dns-logs", DnsLogsArgs(site=site(), vpc_id="vpc", logs=LOGS)))


def test_queries_of_the_network_go_to_a_log_group_that_is_kept_like_all_others() -> None:
    group = _logs().one("cloudwatch/logGroup:LogGroup").inputs
    assert group == {"name": "/dify-prod/dns", "retentionInDays": 365, "kmsKeyId": "key-logs"}
    config = _logs().one(":ResolverQueryLogConfig").inputs
    assert config["destinationArn"] == "dns-logs-queries-arn"
    association = _logs().one(":ResolverQueryLogConfigAssociation").inputs
    assert association == {"resolverQueryLogConfigId": "dns-logs-config-id", "resourceId": "vpc"}


def test_only_the_delivery_of_logs_of_this_account_may_write_to_it() -> None:
    policy = _logs().one(":LogResourcePolicy")
    (statement,) = document(policy.inputs["policyDocument"])
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == ["dns-logs-queries-arn:log-stream:*"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:logs:eu-central-1:{ACCOUNT}:*"}


def test_queries_are_sent_once_they_may_be_written() -> None:
    assert _logs().one(":LogResourcePolicy").urn in _logs().one(":ResolverQueryLogConfig").dependencies
