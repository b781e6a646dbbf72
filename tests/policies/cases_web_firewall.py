"""Cases of the rules about the web application firewall."""

from collections.abc import Callable
from typing import Any

from policies.guardrails import tokens as t
from policies.guardrails.web_firewall import KNOWN_BAD_INPUTS
from tests.policies.case import Case, Change, drop, put, remove_all, unlink
from tests.policies.graph_adapter import Declared, Stack

_ANONYMOUS = "AWSManagedRulesAnonymousIpList"


def _of_rules(change: Callable[[list[dict[str, Any]]], None]) -> Change:
    def edit(_: Stack, subject: Declared) -> None:
        change(subject.props["rules"])

    return edit


def _group(rules: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in rules if one["name"] == name)


def _without_group(rules: list[dict[str, Any]]) -> None:
    rules.remove(_group(rules, _ANONYMOUS))


def _lower_log4j(rules: list[dict[str, Any]]) -> None:
    statement = _group(rules, KNOWN_BAD_INPUTS)["statement"]["managedRuleGroupStatement"]
    statement["ruleActionOverrides"].append({"name": "Log4JRCE_HEADER", "actionToUse": {"count": {}}})


def _without_metrics(rules: list[dict[str, Any]]) -> None:
    rules[0]["visibilityConfig"]["cloudwatchMetricsEnabled"] = False


def _only_count(rules: list[dict[str, Any]]) -> None:
    _group(rules, "inner-routes")["action"] = {"count": {}}


def _only_count_rates(rules: list[dict[str, Any]]) -> None:
    for one in rules:
        if "rateBasedStatement" in one["statement"]:
            one.update(action={"count": {}}, ruleLabels=[{"name": "often"}])


def _unassociated(stack: Stack, _: Declared) -> None:
    next(one for one in stack if one.type == t.WEB_ACL_ASSOCIATION).links.pop("resourceArn")


def _unlogged(stack: Stack, _: Declared) -> None:
    next(one for one in stack if one.type == t.WEB_ACL_LOG).links.pop("resourceArn")


CASES = [
    Case(
        rule="lb-load-balancer-must-have-a-web-acl",
        at=t.LOAD_BALANCER,
        breaks=_unassociated,
        loses=remove_all(t.WEB_ACL_ASSOCIATION),
        hides="internal",
    ),
    Case(
        rule="cloudfront-distribution-must-have-a-web-acl",
        at=t.DISTRIBUTION,
        breaks=unlink("webAclId"),
        loses="webAclId",
        hides="webAclId",
        set_when_unknown=True,
        source="cdn",
    ),
    Case(
        rule="wafv2-web-acl-must-be-logged",
        at=t.WEB_ACL,
        breaks=_unlogged,
        loses=remove_all(t.WEB_ACL_LOG),
        hides="name",
        set_when_unknown=True,
    ),
    Case(
        rule="wafv2-log-must-hide-logins",
        at=t.WEB_ACL_LOG,
        breaks=put("redactedFields", [{"singleHeader": {"name": "authorization"}}, {"queryString": {}}]),
        loses="redactedFields",
        hides="redactedFields",
    ),
    Case(
        rule="wafv2-web-acl-must-have-metrics",
        at=t.WEB_ACL,
        breaks=_of_rules(_without_metrics),
        loses="visibilityConfig",
        hides="rules",
    ),
    Case(
        rule="wafv2-web-acl-must-act",
        at=t.WEB_ACL,
        breaks=_of_rules(_only_count),
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="wafv2-web-acl-must-hold-the-managed-groups",
        at=t.WEB_ACL,
        breaks=_of_rules(_without_group),
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="wafv2-web-acl-must-not-lower-known-bad-inputs",
        at=t.WEB_ACL,
        breaks=_of_rules(_lower_log4j),
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="wafv2-web-acl-must-limit-rates",
        at=t.WEB_ACL,
        breaks=_of_rules(_only_count_rates),
        loses=drop("rules"),
        hides="rules",
    ),
    Case(
        rule="wafv2-ip-set-must-name-addresses",
        at=t.ADDRESS_SET,
        breaks=put("addresses", ["0.0.0.0/1", "128.0.0.0/1"]),
        loses="addresses",
        hides="addresses",
        safe_when_missing=True,
    ),
]
