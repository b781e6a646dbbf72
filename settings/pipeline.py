"""`dify:pipeline`: the GitHub repository whose workflows preview, compare and deploy this stack."""

import re

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_OWNER, _NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", r"[A-Za-z0-9._-]{1,100}"
_REPOSITORY = re.compile(rf"{_OWNER}/{_NAME}|{_OWNER}@[0-9]+/{_NAME}@[0-9]+")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")
_BRANCH = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,254})")
_PROVIDER = re.compile(r"arn:aws:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]{36}")


class Pipeline(Section):
    """Roles for workflows, by OpenID Connect: no access key is kept anywhere."""

    repository: str = Field(
        description="Repository as the subject of GitHub's tokens names it: owner/name, or owner@ID/name@ID where it "
        "was made, renamed or moved after June 2026.",
        examples=["example/dify-infrastructure"],
    )
    environment: str = Field(
        default="production",
        description="GitHub environment of the deployments; its rules there say who approves one.",
        examples=["production"],
    )
    branch: str = Field(
        default="main", description="Branch whose nightly run compares the stack with what AWS has.", examples=["main"]
    )
    provider_arn: str | None = Field(
        default=None,
        description="GitHub's OIDC provider, where the account has one already; an account takes only one.",
        examples=["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"],
    )
    state_bucket: str | None = Field(
        default=None, description="S3 bucket that holds Pulumi's state.", examples=["example-pulumi-state"]
    )
    state_key_arn: str | None = Field(
        default=None,
        description="KMS key of the stack's secrets provider.",
        examples=["arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"],
    )

    @field_validator("repository")
    @classmethod
    def _require_repository(cls, value: str) -> str:
        if _REPOSITORY.fullmatch(value) is None:
            raise Mistake(
                "must be one repository without scheme, host or wildcard",
                "write it like example/dify-infrastructure or example@1234/dify-infrastructure@5678",
            )
        return value

    @field_validator("environment")
    @classmethod
    def _require_environment(cls, value: str) -> str:
        if _ENVIRONMENT.fullmatch(value) is None:
            raise Mistake(
                "must be one GitHub environment of letters, digits, dots, hyphens and underscores",
                "write it like production",
            )
        return value

    @field_validator("branch")
    @classmethod
    def _require_branch(cls, value: str) -> str:
        if _BRANCH.fullmatch(value) is None or value.startswith("refs/"):
            raise Mistake("must be one branch without refs/heads/ and without wildcard", "write it like main")
        return value

    @field_validator("provider_arn")
    @classmethod
    def _require_provider(cls, value: str | None) -> str | None:
        if value is not None and _PROVIDER.fullmatch(value) is None:
            raise Mistake(
                "must be the ARN of GitHub's OIDC provider",
                "write it like arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com",
            )
        return value

    @field_validator("state_bucket")
    @classmethod
    def _require_bucket(cls, value: str | None) -> str | None:
        if value is not None and _BUCKET.fullmatch(value) is None:
            raise Mistake("must be the name of an S3 bucket, without s3://", "write it like example-pulumi-state")
        return value

    @field_validator("state_key_arn")
    @classmethod
    def _require_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and _KEY.fullmatch(value) is None:
            region = facts_of(info).region or "REGION"
            raise Mistake(
                "must be the ARN of a KMS key, not of an alias", f"write it like arn:aws:kms:{region}:ACCOUNT:key/ID"
            )
        return value
