"""AWS's statements decide what the pure rules decide: read back here by a second reading of AWS WAF's API."""

import posixpath
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.web_acl_rules import rule_inputs
from dify.web_firewall import GROUPS, Per, Request, Rule, address_sets, decide, firewall_rules
from dify.web_firewall.rules import OWN_ADDRESSES
from dify.web_firewall.statements import Statement
from settings.web_firewall import WebFirewall
from tests.dify.web_firewall_requests import ATTACKS, BROWSER, INSIDERS, KEY, OFFICE, OUTSIDERS, OWN, REAL, Real

_SETTINGS = (
    WebFirewall(),
    WebFirewall.model_validate(
        {
            "allowedCidrs": {"console": ("8.8.8.0/24", "2001:4860::/32"), "webhooks": ("1.1.1.0/24",)},
            "blockedCidrs": ("9.9.9.0/24", "2620:fe::/48"),
            "blockedCountries": ("KP",),
        }
    ),
)


class _Aws:
    """A web ACL that reads AWS's inputs, in snake case, as AWS WAF's API reference describes them."""

    def __init__(self, settings: WebFirewall) -> None:
        choices = settings.choices(own_addresses=True)
        self.pure = firewall_rules(choices)
        self.addresses = {**address_sets(choices), OWN_ADDRESSES: (f"{OWN}/32",)}
        self.rules: Any = rule_inputs(self.pure, {name: f"arn:{name}" for name in self.addresses})

    def answer(self, request: Request) -> tuple[str, int] | None:
        """The rule that ends the request, and the status."""
        labels: set[str] = set()
        for rule in sorted(self.rules, key=lambda one: one["priority"]):
            statement = rule["statement"]
            if "managed_rule_group_statement" in statement:
                if self._group(statement["managed_rule_group_statement"], request, labels):
                    return rule["name"], 403
            elif self._holds(statement, request, labels):
                if "block" in rule["action"]:
                    return rule["name"], rule["action"]["block"]["custom_response"]["response_code"]
                labels |= {label["name"] for label in rule["rule_labels"]}
        return None

    def _group(self, group: dict[str, Any], request: Request, labels: set[str]) -> bool:
        scope = group.get("scope_down_statement")
        if scope is not None and not self._holds(scope, request, labels):
            return False
        ours = next(one for one in GROUPS if one.name == group["name"])
        found = request.trips & set(ours.rules)
        labels |= {ours.full_label(one) for one in ours.lowered if one.rule in found}
        lowered = {one["name"] for one in group.get("rule_action_overrides", []) if "count" in one["action_to_use"]}
        return bool(found - lowered - {"AWSManagedIPDDoSList"})

    def _holds(self, statement: dict[str, Any], request: Request, labels: set[str]) -> bool:
        ((kind, body),) = statement.items()
        match kind:
            case "not_statement":
                return not self._holds(body["statement"], request, labels)
            case "and_statement" | "or_statement":
                assert len(body["statements"]) >= 2
                held = [self._holds(one, request, labels) for one in body["statements"]]
                return all(held) if kind == "and_statement" else any(held)
            case "rate_based_statement":
                per = Per.IP if body["aggregate_key_type"] == "IP" else Per.KEY
                counted = per is Per.IP or body["custom_keys"][0]["header"]["name"] in request.headers
                above = request.recent.get(per, 1) > body["limit"]
                return counted and above and self._holds(body["scope_down_statement"], request, labels)
            case _:
                return self._origin_holds(kind, body, request, labels)

    def _origin_holds(self, kind: str, body: dict[str, Any], request: Request, labels: set[str]) -> bool:
        match kind:
            case "label_match_statement":
                return body["key"] in labels
            case "ip_set_reference_statement":
                ranges = self.addresses[body["arn"].removeprefix("arn:")]
                return any(ip_address(request.source) in ip_network(one) for one in ranges)
            case "geo_match_statement":
                return request.country in body["country_codes"]
            case _:
                return _text_holds(kind, body, request)


_CHANGES: dict[str, Callable[[str], str]] = {
    "NONE": str,
    "URL_DECODE": unquote,
    "NORMALIZE_PATH": lambda path: posixpath.normpath("/" + path.lstrip("/")),
}


def _text_holds(kind: str, body: dict[str, Any], request: Request) -> bool:
    (field,) = body["field_to_match"]
    text = {"uri_path": request.path, "method": request.method}[field]
    for one in sorted(body["text_transformations"], key=lambda each: each["priority"]):
        text = _CHANGES[one["type"]](text)
    if kind == "byte_match_statement":
        assert body["positional_constraint"] == "EXACTLY"
        return text == body["search_string"]
    assert kind == "regex_match_statement"
    return re.search(body["regex_string"], text) is not None


_ACLS = tuple(map(_Aws, _SETTINGS))


def _pure(acl: _Aws, request: Request) -> tuple[str, int] | None:
    decision = decide(acl.pure, request, acl.addresses)
    return None if decision.refused_by is None or decision.status is None else (decision.refused_by, decision.status)


@pytest.mark.parametrize("row", [*REAL, *ATTACKS, *OUTSIDERS, *INSIDERS], ids=lambda row: row.what)
def test_aws_decides_every_request_of_the_table_as_the_pure_rules_do(row: Real) -> None:
    for acl in _ACLS:
        assert acl.answer(row.request) == _pure(acl, row.request)


_PATHS = ["/console/api/login", "/console/api/apps", "/api/login", "/api/x", "/v1/x", "/openapi", "/mcp", "/e/x", "/"]
_SIGNS = sorted({rule for group in GROUPS for rule in group.rules})


@given(
    st.builds(
        Request,
        path=st.one_of(st.sampled_from(_PATHS), st.text("/abc%2e.v1", max_size=20).map(lambda tail: f"/{tail}")),
        method=st.sampled_from(["GET", "POST"]),
        source=st.sampled_from([OWN, OFFICE, "1.1.1.1", "9.9.9.9", "198.51.100.7", "2620:fe::1"]),
        country=st.sampled_from(["DE", "KP"]),
        headers=st.sampled_from([BROWSER, KEY]),
        trips=st.frozensets(st.sampled_from(_SIGNS), max_size=2),
        recent=st.fixed_dictionaries({Per.IP: st.integers(1, 7000), Per.KEY: st.integers(1, 7000)}),
    )
)
def test_aws_decides_any_request_as_the_pure_rules_do(request: Request) -> None:
    for acl in _ACLS:
        assert acl.answer(request) == _pure(acl, request)


def test_a_statement_that_aws_has_not_is_an_error() -> None:
    class Guess:
        units = 1

        def matches(self, seen: object) -> bool:
            return bool(seen)

    unknown: Statement = Guess()
    rule: Rule = firewall_rules(_SETTINGS[0].choices(own_addresses=False))[0]
    with pytest.raises(TypeError, match="no statement for Guess"):
        rule_inputs([Rule(name=rule.name, about="x", statement=unknown, outcome=rule.outcome)], {})
