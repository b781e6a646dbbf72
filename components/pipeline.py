"""Roles for the workflows of a GitHub repository, which sign in with a token of the run instead of a key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.component import Component
from components.iam import Statement, allow, document
from components.pipeline_changes import entry_statements, guard_statements, role_statements, tier_statements
from components.pipeline_reads import closed_statements, look_statements
from components.site import Site
from settings.pipeline import Pipeline as Choices
from settings.regions import WORLDWIDE

ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"

SESSION_SECONDS = 3600
"""The shortest limit that IAM takes. A session that has ended keeps a deployment from going on, so a first one, which
takes longer, is an administrator's."""


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    """`regions` are those beside the stack's own and us-east-1 that it has resources in."""

    site: Site
    choices: Choices
    regions: Sequence[str] = ()


class Pipeline(Component):
    """One role per purpose; each trusts one subject of one repository, word for word (GitHub Docs, "OpenID Connect
    reference"). They stand beside the path of the stack's own roles, out of reach of the one that deploys: an
    administrator makes and changes them."""

    type_token = "dify:security:Pipeline"  # noqa: S105

    preview_role_arn: pulumi.Output[str]
    drift_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        site, choices = args.site, args.choices
        self._name, self._site, self._repository = name, site, choices.repository
        self._provider_arn = choices.provider_arn or f"arn:aws:iam::{site.account}:oidc-provider/{ISSUER}"
        self._after = [] if choices.provider_arn is not None else [self._made_provider(name)]
        state = [] if choices.state_bucket is None else [f"arn:aws:s3:::{choices.state_bucket}/*"]
        keys = [] if choices.state_key_arn is None else [choices.state_key_arn]
        reads = self._policy(
            "reads", [*look_statements(), *closed_statements(state), *_state(state, keys, write=False)]
        )
        self.preview_role_arn = self._role("preview", "pull_request", {"reads": reads})
        self.drift_role_arn = self._role("drift", f"ref:refs/heads/{choices.branch}", {"reads": reads})
        own = [site.region, WORLDWIDE, *args.regions]
        self.deploy_role_arn = self._role(
            "deploy",
            f"environment:{choices.environment}",
            {
                "reads": reads,
                "entry": self._policy("entry", entry_statements(site)),
                "tiers": self._policy("tiers", tier_statements(site)),
                "roles": self._policy(
                    "roles",
                    [
                        *role_statements(site),
                        *guard_statements(site, own, [*state, *keys]),
                        *_state(state, keys, write=True),
                    ],
                ),
            },
        )
        self.done()

    def _made_provider(self, name: str) -> pulumi.Resource:
        return iam.OpenIdConnectProvider(
            f"{name}-provider", url=f"https://{ISSUER}", client_id_lists=[_AUDIENCE], opts=self.child()
        )

    def _policy(self, part: str, statements: Sequence[Statement]) -> iam.Policy:
        return iam.Policy(
            f"{self._name}-{part}",
            name=f"{self._site.name}-pipeline-{part}",
            policy=document(statements),
            opts=self.child(),
        )

    def _role(self, purpose: str, subject: str, policies: Mapping[str, iam.Policy]) -> pulumi.Output[str]:
        name = f"{self._name}-{purpose}"
        made = iam.Role(
            name,
            name=f"{self._site.name}-{purpose}",
            path=f"/{self._site.name}-pipeline/",
            assume_role_policy=json.dumps(_trust(self._provider_arn, f"{self._repository}:{subject}")),
            max_session_duration=SESSION_SECONDS,
            opts=self.child(after=self._after),
        )
        for part, policy in policies.items():
            iam.RolePolicyAttachment(f"{name}-{part}", role=made.name, policy_arn=policy.arn, opts=self.child())
        return made.arn


def _trust(provider: str, subject: str) -> dict[str, object]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": {"StringEquals": {f"{ISSUER}:aud": _AUDIENCE, f"{ISSUER}:sub": f"repo:{subject}"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _state(objects: list[str], keys: list[str], *, write: bool) -> list[Statement]:
    """Pulumi's state, and the key of its secrets; nothing where the pipeline was not told of them."""
    statements: list[Statement] = []
    if objects:
        more = ["s3:PutObject", "s3:DeleteObject"] if write else []
        statements.append(allow("State", ["s3:GetObject", *more], objects))
    if keys:
        more = ["kms:Encrypt", "kms:GenerateDataKey"] if write else []
        statements.append(allow("StateKey", ["kms:Decrypt", *more], keys))
    return statements
