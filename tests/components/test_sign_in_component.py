"""Sign-in at the load balancer."""

import json
from functools import cache
from typing import Any, cast

import botocore.session
import pytest

from components.sign_in import SignIn, SignInArgs
from dify.sign_in import Access, access_rules
from settings.sign_in import SignIn as Choices
from tests.components.component_graphs import document, site
from tests.recorder import Graph, record

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf"
_LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/alb/50dc6c495c0c9188/f2f7dc8efc522ab2"
_PROVIDER = {
    "issuer": "https://id.example.com",
    "authorizationEndpoint": "https://id.example.com/authorize",
    "tokenEndpoint": "https://tokens.example.com/token",
    "userInfoEndpoint": "https://id.example.com/userinfo",
    "clientId": "dify-prod",
    "login": _LOGIN,
}


@cache
def _sign_in(*changes: tuple[str, Any], preview: bool = False) -> Graph:
    args = SignInArgs(
        site=site(),
        choices=Choices.model_validate_json(json.dumps(_PROVIDER | dict(changes))),
        listener_arn=_LISTENER,
        target_group_arns={"api": "group-api", "web": "group-web", "plugin-daemon": "group-plugin-daemon"},
    )
    return record(lambda: SignIn("sign-in", args), preview=preview)


def _rules(*changes: tuple[str, Any]) -> list[dict[str, Any]]:
    template = json.loads(_sign_in(*changes).named("sign-in-rules").inputs["templateBody"])
    return [made["Properties"] for made in template["Resources"].values()]


def _providers(*changes: tuple[str, Any]) -> list[dict[str, Any]]:
    return [
        action["AuthenticateOidcConfig"]
        for rule in _rules(*changes)
        for action in rule["Actions"]
        if action["Type"] == "authenticate-oidc"
    ]


def test_the_client_secret_is_named_in_the_template_and_never_read_by_the_program() -> None:
    wanted = f"{{{{resolve:secretsmanager:{_LOGIN}:SecretString:clientSecret}}}}"
    assert [provider["ClientSecret"] for provider in _providers()] == [wanted, wanted]
    assert set(_sign_in().named("sign-in-rules").inputs["parameters"]) == {"Listener", "ApiTargets", "WebTargets"}


def test_a_new_client_secret_is_taken_when_its_version_is_named() -> None:
    version = "11111111-2222-3333-4444-555555555555"
    wanted = f"{{{{resolve:secretsmanager:{_LOGIN}:SecretString:clientSecret::{version}}}}}"
    assert {provider["ClientSecret"] for provider in _providers(("loginVersion", version))} == {wanted}


@pytest.mark.parametrize("published", ["open", "signed-in"])
def test_the_template_has_the_rules_of_the_table_and_no_other(published: str) -> None:
    wanted = [
        (rule.priority, list(rule.patterns), rule.access) for rule in access_rules(published_open=published == "open")
    ]
    made = [
        (
            rule["Priority"],
            rule["Conditions"][0]["PathPatternConfig"]["Values"],
            Access(rule["Actions"][0].get("AuthenticateOidcConfig", {}).get("OnUnauthenticatedRequest", "open")),
        )
        for rule in _rules(("publishedApps", published))
    ]
    assert made == wanted
    assert all(len(rule["Conditions"]) == 1 for rule in _rules(("publishedApps", published)))


def test_whoever_has_signed_in_is_forwarded_to_the_service_of_the_path() -> None:
    for rule, wanted in zip(_rules(), access_rules(published_open=True), strict=True):
        last = rule["Actions"][-1]
        assert (last["Type"], last["TargetGroupArn"]) == ("forward", {"Ref": f"{wanted.service.title()}Targets"})
        assert [action["Order"] for action in rule["Actions"]] == list(range(1, len(rule["Actions"]) + 1))
        assert rule["ListenerArn"] == {"Ref": "Listener"}
    parameters = _sign_in().named("sign-in-rules").inputs["parameters"]
    assert parameters == {"Listener": _LISTENER, "ApiTargets": "group-api", "WebTargets": "group-web"}


def test_console_and_pages_share_one_session() -> None:
    first, second = ({**one, "OnUnauthenticatedRequest": ""} for one in _providers())
    assert first == second
    assert first["SessionTimeout"] == 36_000
    assert first["Scope"] == "openid email"


def test_the_load_balancer_knows_every_setting_of_the_provider() -> None:
    """Its API has the same names as CloudFormation."""
    model: Any = cast("Any", botocore.session).get_session().get_service_model("elbv2")
    known = model.shape_for("AuthenticateOidcActionConfig")
    behaviours = model.shape_for("AuthenticateOidcActionConditionalBehaviorEnum")
    for provider in _providers():
        assert set(known.required_members) | {"ClientSecret"} <= set(provider) <= set(known.members)
        assert provider["OnUnauthenticatedRequest"] in behaviours.enum


def test_the_provider_is_the_chosen_one() -> None:
    (provider, _) = _providers(("sessionSeconds", 3600), ("scope", "openid"))
    chosen = {name: provider[name] for name in ("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "ClientId")}
    assert chosen == {
        "Issuer": "https://id.example.com",
        "AuthorizationEndpoint": "https://id.example.com/authorize",
        "TokenEndpoint": "https://tokens.example.com/token",
        "ClientId": "dify-prod",
    }
    assert (provider["UserInfoEndpoint"], provider["SessionTimeout"], provider["Scope"]) == (
        "https://id.example.com/userinfo", 3600, "openid",
    )  # fmt: skip


def test_cloudformation_may_read_that_secret_and_change_the_rules_of_that_listener_only() -> None:
    statements = {one["Sid"]: one for one in document(_sign_in().named("sign-in-rules-role-policy").inputs["policy"])}
    allowed = {action: one["Resource"] for one in statements.values() for action in one["Action"]}
    rules = _LISTENER.replace(":listener/", ":listener-rule/") + "/*"
    assert allowed == {
        "secretsmanager:GetSecretValue": _LOGIN,
        "elasticloadbalancing:CreateRule": _LISTENER,
        "elasticloadbalancing:ModifyRule": rules,
        "elasticloadbalancing:SetRulePriorities": rules,
        "elasticloadbalancing:DeleteRule": rules,
        "elasticloadbalancing:DescribeRules": "*",
    }
    (trust,) = document(_sign_in().named("sign-in-rules-role").inputs["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert _sign_in().named("sign-in-rules").inputs["iamRoleArn"] == "sign-in-rules-role-arn"


def test_rules_that_cannot_be_made_are_taken_back() -> None:
    stack = _sign_in().named("sign-in-rules").inputs
    assert (stack["name"], stack["onFailure"], stack["timeoutInMinutes"]) == ("dify-prod-sign-in", "ROLLBACK", 15)
    assert "disableRollback" not in stack


def test_a_preview_knows_the_whole_template() -> None:
    body = _sign_in(preview=True).named("sign-in-rules").inputs["templateBody"]
    assert body == _sign_in().named("sign-in-rules").inputs["templateBody"]
    assert len(body.encode()) < 51_200
