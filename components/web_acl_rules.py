"""The firewall's rules (dify.web_firewall) in the words of AWS WAF's API."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi_aws import wafv2

from dify.answers import error
from dify.web_firewall import Outcome, Per, Rule
from dify.web_firewall.managed_groups import Inspected
from dify.web_firewall.request import KEY_HEADER
from dify.web_firewall.statements import (
    Above,
    AllOf,
    AnyOf,
    Country,
    From,
    Labelled,
    Method,
    Not,
    Path,
    Statement,
)

REFUSED, LIMITED = "refused", "limited"

RESPONSE_BODIES: list[wafv2.WebAclCustomResponseBodyArgsDict] = [
    {"key": key, "content_type": "APPLICATION_JSON", "content": error(status)}
    for key, status in {REFUSED: 403, LIMITED: 429}.items()
]

_NONE = [{"priority": 0, "type": "NONE"}]


def visibility(metric: str) -> wafv2.WebAclVisibilityConfigArgsDict:
    """Metrics by that name, and samples of the requests."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}


def rule_inputs(
    rules: Sequence[Rule], address_set_arns: Mapping[str, pulumi.Input[str]]
) -> list[wafv2.WebAclRuleArgsDict]:
    """`rules` as the inputs of a web ACL; their order is their priority. Address sets are named by their ARN."""
    return [
        cast(
            "wafv2.WebAclRuleArgsDict",
            {
                "name": rule.name,
                "priority": priority,
                "statement": _statement(rule.statement, address_set_arns),
                "visibility_config": visibility(rule.name),
                **_outcome(rule),
            },
        )
        for priority, rule in enumerate(rules)
    ]


def _outcome(rule: Rule) -> dict[str, Any]:
    match rule.outcome:
        case Outcome.INSPECT:
            return {"override_action": {"none": {}}}
        case Outcome.LABEL:
            return {"action": {"count": {}}, "rule_labels": [{"name": rule.label}]}
        case Outcome.REFUSE:
            response: dict[str, Any] = {"response_code": 403, "custom_response_body_key": REFUSED}
        case Outcome.LIMIT:
            wait = {"name": "Retry-After", "value": str(rule.retry_after_seconds)}
            response = {"response_code": 429, "custom_response_body_key": LIMITED, "response_headers": [wait]}
    return {"action": {"block": {"custom_response": response}}}


def _statement(asked: Statement, arns: Mapping[str, pulumi.Input[str]]) -> Any:
    match asked:
        case Not():
            return {"not_statement": {"statement": _statement(asked.statement, arns)}}
        case AllOf() | AnyOf():
            kind = "and_statement" if isinstance(asked, AllOf) else "or_statement"
            return {kind: {"statements": [_statement(one, arns) for one in asked.statements]}}
        case Above():
            return {"rate_based_statement": _rate(asked, arns)}
        case Inspected():
            return {"managed_rule_group_statement": _managed(asked, arns)}
        case _:
            return _question(asked, arns)


def _question(asked: Statement, arns: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    match asked:
        case Path():
            types = ["URL_DECODE", "NORMALIZE_PATH"] if asked.flattened else ["URL_DECODE"]
            return {
                "regex_match_statement": {
                    "regex_string": asked.pattern,
                    "field_to_match": {"uri_path": {}},
                    "text_transformations": [{"priority": place, "type": one} for place, one in enumerate(types)],
                }
            }
        case Method():
            return {
                "byte_match_statement": {
                    "search_string": asked.name,
                    "positional_constraint": "EXACTLY",
                    "field_to_match": {"method": {}},
                    "text_transformations": _NONE,
                }
            }
        case From():
            return {"ip_set_reference_statement": {"arn": arns[asked.address_set]}}
        case Country():
            return {"geo_match_statement": {"country_codes": list(asked.codes)}}
        case Labelled():
            return {"label_match_statement": {"scope": "LABEL", "key": asked.label}}
        case _:
            raise TypeError(f"AWS WAF has no statement for {type(asked).__name__}")


def _rate(asked: Above, arns: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    by_key = {"header": {"name": KEY_HEADER, "text_transformations": _NONE}}
    return {
        "limit": asked.limit.requests,
        "evaluation_window_sec": asked.limit.window_seconds,
        "scope_down_statement": _statement(asked.scope, arns),
        **(
            {"aggregate_key_type": "IP"}
            if asked.limit.per is Per.IP
            else {"aggregate_key_type": "CUSTOM_KEYS", "custom_keys": [by_key]}
        ),
    }


def _managed(asked: Inspected, arns: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    lowered: list[dict[str, Any]] = [{"name": one.rule, "action_to_use": {"count": {}}} for one in asked.group.lowered]
    return {
        "vendor_name": "AWS",
        "name": asked.group.name,
        **({"rule_action_overrides": lowered} if lowered else {}),
        **({"scope_down_statement": _statement(asked.scope, arns)} if asked.scope else {}),
    }
