"""Sign-in at the load balancer with the organisation's own identity provider (OpenID Connect)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudformation

from components.component import Component
from components.iam import allow, role
from components.site import Site
from dify.services import API, WEB
from dify.sign_in import Access, AccessRule, access_rules
from settings.sign_in import SignIn as Choices

CLIENT_SECRET = "clientSecret"  # noqa: S105  the name of a field
"""Field of the operator's secret that holds the client secret."""

_LISTENER = "Listener"
_GROUPS = {API.name: "ApiTargets", WEB.name: "WebTargets"}
"""Parameters of the template: the listener, and the target groups of the services that people sign in to."""

_MINUTES = 15
"""Rules are made in seconds; what takes longer has failed."""


@dataclass(frozen=True, kw_only=True)
class SignInArgs:
    """`target_group_arns` are those of `listener_arn`'s load balancer, by service."""

    site: Site
    choices: Choices
    listener_arn: pulumi.Input[str]
    target_group_arns: Mapping[str, pulumi.Input[str]]


class SignIn(Component):
    """The client secret enters neither this program nor its state. A listener rule must hold it, so CloudFormation
    makes the rules: it reads the secret inside AWS and never shows it ("Get a secret or secret value from Secrets
    Manager", AWS CloudFormation user guide). What Pulumi keeps is the template.

    CloudFormation does not notice a new value in the secret: `login_version` tells it to look.
    """

    type_token = "dify:edge:SignIn"  # noqa: S105

    stack_id: pulumi.Output[str]

    def __init__(self, name: str, args: SignInArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        stack = cloudformation.Stack(
            f"{name}-rules",
            name=f"{args.site.name}-{name}",
            template_body=json.dumps(template(args.choices), indent=2),
            parameters={
                _LISTENER: args.listener_arn,
                **{parameter: args.target_group_arns[service] for service, parameter in _GROUPS.items()},
            },
            iam_role_arn=self._role(name, args),
            on_failure="ROLLBACK",
            timeout_in_minutes=_MINUTES,
            opts=self.child(),
        )
        self.stack_id = stack.id
        self.done()

    def _role(self, name: str, args: SignInArgs) -> pulumi.Output[str]:
        listener = pulumi.Output.from_input(args.listener_arn)
        rules = listener.apply(lambda arn: f"{arn.replace(':listener/', ':listener-rule/')}/*")
        return role(
            f"{name}-rules-role",
            service="cloudformation.amazonaws.com",
            site=args.site,
            statements=[
                allow("ReadClientSecret", ["secretsmanager:GetSecretValue"], args.choices.login),
                allow("MakeRules", ["elasticloadbalancing:CreateRule"], listener),
                allow(
                    "ChangeRules",
                    [f"elasticloadbalancing:{verb}" for verb in ("ModifyRule", "SetRulePriorities", "DeleteRule")],
                    rules,
                ),
                allow("SeeRules", ["elasticloadbalancing:DescribeRules"], "*"),
            ],
            opts=self.child(),
        )


def template(choices: Choices) -> dict[str, Any]:
    """The template: one AWS::ElasticLoadBalancingV2::ListenerRule for each rule of `dify.sign_in`."""
    parameters = (_LISTENER, *_GROUPS.values())
    rules = access_rules(published_open=choices.published_open)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Dify: what people sign in for",
        "Parameters": {parameter: {"Type": "String"} for parameter in parameters},
        "Resources": {f"Rule{rule.priority}": _listener_rule(rule, choices) for rule in rules},
    }


def _listener_rule(rule: AccessRule, choices: Choices) -> dict[str, Any]:
    forward = {"Type": "forward", "TargetGroupArn": {"Ref": _GROUPS[rule.service]}}
    actions = [forward] if rule.access is Access.OPEN else [_authenticate(rule.access, choices), forward]
    return {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {
            "ListenerArn": {"Ref": _LISTENER},
            "Priority": rule.priority,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": list(rule.patterns)}}],
            "Actions": [{**action, "Order": order} for order, action in enumerate(actions, start=1)],
        },
    }


def _authenticate(access: Access, choices: Choices) -> dict[str, Any]:
    return {
        "Type": "authenticate-oidc",
        "AuthenticateOidcConfig": {
            "Issuer": choices.issuer,
            "AuthorizationEndpoint": choices.authorization_endpoint,
            "TokenEndpoint": choices.token_endpoint,
            "UserInfoEndpoint": choices.user_info_endpoint,
            "ClientId": choices.client_id,
            "ClientSecret": _reference(choices),
            "Scope": choices.scope,
            "SessionTimeout": choices.session_seconds,
            "OnUnauthenticatedRequest": access.value,
        },
    }


def _reference(choices: Choices) -> str:
    """What CloudFormation replaces with the client secret."""
    parts = ["resolve", "secretsmanager", choices.login, "SecretString", CLIENT_SECRET]
    if choices.login_version is not None:
        parts += ["", choices.login_version]
    return f"{{{{{':'.join(parts)}}}}}"
