"""The web application firewall: what AWS is given is what the pure rules say.

What the rules decide is in tests/dify/test_web_firewall_requests.py, that AWS's statements decide the same in
tests/components/test_web_acl_rules.py.
"""

import json
from functools import cache
from typing import Any

import pytest

from components.web_acl import Scope, WebAcl, WebAclArgs
from dify.web_firewall import GROUPS, Outcome, Rule, firewall_rules
from settings.web_firewall import WebFirewall
from tests.components.component_graphs import ACCOUNT, LOGS, site
from tests.dify.web_firewall_requests import OWN
from tests.recorder import Graph, record

_LISTS = {
    "allowedCidrs": {"console": ("8.8.8.0/24", "2001:4860::/32"), "webhooks": ("1.1.1.0/24",)},
    "blockedCidrs": ("9.9.9.0/24", "2620:fe::/48"),
    "allowedCountries": ("DE",),
}


@cache
def _graph(
    scope: Scope = "REGIONAL", *, lists: bool = False, own: int = 1, protects: bool = True, preview: bool = False
) -> Graph:
    args = WebAclArgs(
        site=site(),
        scope=scope,
        choices=WebFirewall.model_validate(_LISTS if lists else {}),
        own_addresses=[OWN, "3.120.0.11", "3.120.0.12"][:own],
        logs=LOGS,
        protects="load-balancer" if protects else None,
    )
    return record(lambda: WebAcl("firewall", args), preview=preview)


def _rules(*, lists: bool = False) -> tuple[Rule, ...]:
    return firewall_rules(WebFirewall.model_validate(_LISTS if lists else {}).choices(own_addresses=True))


def _acl(**options: Any) -> dict[str, Any]:
    return _graph(**options).named("firewall-acl").inputs


def _given(**options: Any) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in _acl(**options)["rules"]}


@pytest.mark.parametrize("lists", [False, True])
def test_the_rules_are_the_pure_ones_in_their_order(lists: bool) -> None:
    given_rules = sorted(_acl(lists=lists)["rules"], key=lambda rule: rule["priority"])
    assert [rule["name"] for rule in given_rules] == [rule.name for rule in _rules(lists=lists)]
    assert [rule["priority"] for rule in given_rules] == list(range(len(given_rules)))


def test_every_rule_and_the_acl_have_metrics_and_samples_by_name() -> None:
    for rule in (*_given(lists=True).values(), {**_acl(lists=True), "name": "dify-prod"}):
        assert rule["visibilityConfig"] == {
            "cloudwatchMetricsEnabled": True,
            "sampledRequestsEnabled": True,
            "metricName": rule["name"],
        }


def test_a_rule_answers_as_the_pure_one_says() -> None:
    for rule in _rules(lists=True):
        made = _given(lists=True)[rule.name]
        if rule.outcome is Outcome.INSPECT:
            assert made["overrideAction"] == {"none": {}}
            assert "action" not in made
        elif rule.outcome is Outcome.LABEL:
            assert made["action"] == {"count": {}}
            assert made["ruleLabels"] == [{"name": rule.label}]
        else:
            response = made["action"]["block"]["customResponse"]
            assert response["responseCode"] == (403 if rule.outcome is Outcome.REFUSE else 429)
            assert "ruleLabels" not in made


def test_a_limited_client_is_told_when_to_come_back_in_difys_words() -> None:
    response = _given()["limit-login-ip"]["action"]["block"]["customResponse"]
    assert response["responseHeaders"] == [{"name": "Retry-After", "value": "300"}]
    bodies = {body["key"]: json.loads(body["content"]) for body in _acl()["customResponseBodies"]}
    assert set(bodies[response["customResponseBodyKey"]]) == {"code", "message", "status"}
    assert bodies[response["customResponseBodyKey"]]["status"] == 429
    assert bodies["refused"]["status"] == 403
    assert {body["contentType"] for body in _acl()["customResponseBodies"]} == {"APPLICATION_JSON"}


def test_api_keys_are_counted_by_their_header_and_addresses_by_address() -> None:
    by_key = _given()["limit-serviceApi-key"]["statement"]["rateBasedStatement"]
    assert by_key["aggregateKeyType"] == "CUSTOM_KEYS"
    assert [key["header"]["name"] for key in by_key["customKeys"]] == ["authorization"]
    by_address = _given()["limit-login-ip"]["statement"]["rateBasedStatement"]
    assert (by_address["aggregateKeyType"], by_address["limit"], by_address["evaluationWindowSec"]) == ("IP", 100, 300)


def test_what_no_rule_refuses_passes() -> None:
    assert _acl()["defaultAction"] == {"allow": {}}
    assert _acl()["scope"] == "REGIONAL"


def test_the_stacks_own_addresses_are_a_set_and_families_are_apart() -> None:
    sets = {one.name: one.inputs for one in _graph(lists=True, own=3).of("wafv2/ipSet:IpSet")}
    assert sets["firewall-own-v4"]["addresses"] == [f"{OWN}/32", "3.120.0.11/32", "3.120.0.12/32"]
    assert {name: (one["ipAddressVersion"], one["addresses"]) for name, one in sets.items() if "own" not in name} == {
        "firewall-blocked-v4": ("IPV4", ["9.9.9.0/24"]),
        "firewall-blocked-v6": ("IPV6", ["2620:fe::/48"]),
        "firewall-allowed-console-v4": ("IPV4", ["8.8.8.0/24"]),
        "firewall-allowed-console-v6": ("IPV6", ["2001:4860::/32"]),
        "firewall-allowed-webhooks-v4": ("IPV4", ["1.1.1.0/24"]),
    }


def test_without_nat_gateways_there_is_no_set_of_own_addresses() -> None:
    assert _graph(own=0).of("wafv2/ipSet:IpSet") == []


def test_a_preview_knows_every_rule_but_the_arns_of_address_sets() -> None:
    before, after = _acl(lists=True, preview=True)["rules"], _acl(lists=True)["rules"]
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        if "ipSetReferenceStatement" not in json.dumps(other):
            assert one == other
        assert (one["name"], one.get("action")) == (other["name"], other.get("action"))


def test_a_load_balancer_is_put_behind_it_and_a_distribution_names_it_itself() -> None:
    association = _graph().one("wafv2/webAclAssociation:WebAclAssociation").inputs
    assert association == {"resourceArn": "load-balancer", "webAclArn": "firewall-acl-arn"}
    assert _graph("CLOUDFRONT", protects=False).of("wafv2/webAclAssociation:WebAclAssociation") == []


def test_only_a_distribution_chooses_how_much_of_a_body_is_inspected() -> None:
    assert "associationConfig" not in _acl()
    chosen = _acl(scope="CLOUDFRONT", protects=False)["associationConfig"]
    assert chosen == {"requestBodies": [{"cloudfront": {"defaultSizeInspectionLimit": "KB_16"}}]}
    assert {one.inputs["scope"] for one in _graph("CLOUDFRONT", protects=False).of("wafv2/ipSet:IpSet")} == {
        "CLOUDFRONT"
    }


def test_the_log_keeps_what_was_refused_or_would_have_been() -> None:
    logging = _graph().one("webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    (kept,) = logging["loggingFilter"]["filters"]
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
    assert {"actionCondition": {"action": "BLOCK"}} in kept["conditions"]
    labels = {one["labelNameCondition"]["labelName"] for one in kept["conditions"] if "labelNameCondition" in one}
    assert labels == {group.full_label(lowered) for group in GROUPS for lowered in group.lowered}


def test_logs_and_samples_hold_no_login_key_query_or_body() -> None:
    logging = _graph().one("webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    redacted = [one["singleHeader"]["name"] for one in logging["redactedFields"] if "singleHeader" in one]
    assert {"authorization", "cookie", "x-app-passport", "x-csrf-token", "x-api-key"} <= set(redacted)
    assert {"queryString": {}} in logging["redactedFields"]
    protections = _acl()["dataProtectionConfig"]["dataProtections"]
    kept_out = {one["field"]["fieldType"]: one["field"].get("fieldKeys") for one in protections}
    assert kept_out == {"SINGLE_HEADER": redacted, "QUERY_STRING": None, "BODY": None}


def test_the_log_group_is_encrypted_kept_and_open_to_the_delivery_of_this_account_only() -> None:
    group = _graph().one("logGroup:LogGroup").inputs
    assert group["name"] == "aws-waf-logs-dify-prod"
    assert (group["kmsKeyId"], group["retentionInDays"]) == ("key-logs", 365)
    policy = _graph().one("logResourcePolicy:LogResourcePolicy").inputs
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [f"{_graph().one('logGroup:LogGroup').outputs['arn']}:log-stream:*"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    logging = _graph().one("webAclLoggingConfiguration:WebAclLoggingConfiguration")
    assert any("LogResourcePolicy" in urn for urn in logging.dependencies)


def test_the_component_gives_out_its_arn_and_name() -> None:
    graph = _graph()
    outputs = graph.component_outputs[graph.named("firewall").urn]
    assert outputs == {"arn": "firewall-acl-arn", "acl_name": "dify-prod"}
