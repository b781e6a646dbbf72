"""The rules about sign-in, on the real template beside the load balancer's own routes."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from components.sign_in import template
from dify.routes import PREFIXES, routes
from policies.guardrails import sign_in, tokens
from policies.guardrails.rule import RULES
from settings.sign_in import SignIn
from tests.policies.cases_sign_in import before_routes, let_in, rule_of, written_down
from tests.policies.graph_adapter import Declared, judge

_OURS = [rule for rule in RULES if rule.check.__module__ == sign_in.__name__]
_REFERS, _GUARDS, _SPARES = [rule.name for rule in _OURS]


@cache
def _template() -> str:
    host = "https://id.example.com"
    choices = SignIn.model_validate(
        {
            **dict.fromkeys(("issuer", "authorizationEndpoint", "tokenEndpoint", "userInfoEndpoint"), host),
            "clientId": "dify-prod",
            "login": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf",
        }
    )
    return json.dumps(template(choices))


def _broken(edit: Callable[[Any], Any] = lambda unchanged: unchanged) -> set[str]:
    made = [
        Declared(type=tokens.LISTENER_RULE, name=f"route-{route.priority}", props={"priority": route.priority})
        for route in routes(["api", "api-websocket", "plugin-daemon"])
    ]
    body = json.dumps(edit(json.loads(_template())))
    stack = Declared(type=tokens.CLOUDFORMATION_STACK, name="sign-in-rules", props={"templateBody": body})
    return judge([*made, stack], [rule.policy for rule in _OURS]).rules


def _edited(pattern: str, **changes: Any) -> Callable[[Any], Any]:
    def edit(body: Any) -> Any:
        rule_of(body, pattern).update(changes)
        return body

    return edit


def _provider(pattern: str, **changes: Any) -> Callable[[Any], Any]:
    def edit(body: Any) -> Any:
        rule_of(body, pattern)["Actions"][0]["AuthenticateOidcConfig"].update(changes)
        return body

    return edit


def _forward_first(body: Any) -> Any:
    for action in rule_of(body, "/console/api/*")["Actions"]:
        action["Order"] = 3 - action["Order"]
    return body


def _also(path: str) -> Callable[[Any], Any]:
    def edit(body: Any) -> Any:
        rule_of(body, "/console/api/*")["Conditions"][0]["PathPatternConfig"]["Values"].append(path)
        return body

    return edit


def test_the_real_template_breaks_none() -> None:
    assert _broken() == set()


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (written_down, _REFERS),
        (_provider("/*", ClientSecret=None), _REFERS),
        (_provider("/*", ClientSecret={"Ref": "ClientSecret"}), _REFERS),
        (_provider("/*", ClientSecret="{{resolve:ssm:/dify/secret}}"), _REFERS),
        (let_in, _GUARDS),
        (_forward_first, _GUARDS),
        (_provider("/console/api/*", OnUnauthenticatedRequest="allow"), _GUARDS),
        (_provider("/*", OnUnauthenticatedRequest="allow"), _GUARDS),
        (_edited("/console/api/*", Priority=15), _GUARDS),
        (before_routes, _SPARES),
        (_also("/v1/*"), _SPARES),
        (_also("/e/*"), _SPARES),
        (_also("/files/*"), _SPARES),
        (_also("/?1/*"), _SPARES),
    ],
)
def test_each_way_to_break_it_fires_its_rule(edit: Callable[[Any], Any], rule: str) -> None:
    assert _broken(edit) == {rule}


@pytest.mark.parametrize("body", ["", "not a template", "{}", '{"Resources": {}}'])
def test_what_cannot_be_read_as_rules_does_not_pass(body: str) -> None:
    stack = Declared(type=tokens.CLOUDFORMATION_STACK, name="sign-in-rules", props={"templateBody": body})
    assert judge([stack], [rule.policy for rule in _OURS]).rules == {rule.name for rule in _OURS}


def test_the_routes_with_tokens_are_all_routes_but_the_consoles() -> None:
    assert set(sign_in.WITH_TOKENS) == {prefix.rstrip("/") for prefix in PREFIXES} - {"/console/api"}
