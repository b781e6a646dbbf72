"""Cases of the rules about what must be there beside something else, alarms above all."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, every_statement, named, put, remove

CASES = [
    Case(
        rule="cloudwatch-log-group-must-exist-for-its-writer",
        at=t.LOG_GROUP,
        where=named("rotation-logs"),
        breaks=put("name", "/elsewhere"),
        loses=remove,
        hides="name",
    ),
    Case(
        rule="cloudwatch-log-group-must-admit-its-writer",
        at=t.LOG_RESOURCE_POLICY,
        where=named("search-logs-policy"),
        breaks=every_statement(Principal={"Service": "config.amazonaws.com"})("policyDocument"),
        loses=remove,
        hides="policyDocument",
    ),
    Case(
        rule="cloudwatch-alarm-must-watch-what-can-fail",
        at=t.ALARM,
        where=named("database-memory"),
        breaks=remove,
        loses="metricQueries",
        hides="metricQueries",
    ),
    Case(
        rule="cloudwatch-alarm-must-watch-own-metrics",
        at=t.ALARM,
        where=named("queues-unmeasured"),
        breaks=put("treatMissingData", "ignore"),
        loses="treatMissingData",
        hides="treatMissingData",
    ),
    Case(
        rule="cloudwatch-alarm-must-have-its-metric",
        at=t.METRIC_FILTER,
        where=named("trail-detection-stopped"),
        breaks=remove,
        loses=remove,
        hides="metricTransformation",
    ),
    Case(
        rule="wafv2-web-acl-must-ring",
        at=t.ALARM,
        where=named("firewall-waf-managed"),
        breaks=remove,
        loses="metricQueries",
        hides="metricQueries",
    ),
    Case(
        rule="sns-topic-must-have-a-policy",
        at=t.TOPIC_POLICY,
        breaks=remove,
        loses="arn",
        hides="arn",
        set_when_unknown=True,  # that it belongs to the topic is known by the link
    ),
    Case(
        rule="lb-load-balancer-must-lead-to-https",
        at=t.LISTENER,
        where=named("edge-http"),
        breaks=remove,
        loses="protocol",
        hides="protocol",
    ),
]
