"""Wrong values of the pipeline, each with its line."""

from typing import Any

from tests.settings.stack_files import Bad

_REPOSITORY: dict[str, Any] = {
    "rule": "must be one repository without scheme, host or wildcard",
    "fix": "write it like example/dify-infrastructure or example@1234/dify-infrastructure@5678",
}
_ENVIRONMENT: dict[str, Any] = {
    "rule": "must be one GitHub environment of letters, digits, dots, hyphens and underscores",
    "fix": "write it like production",
}
_BRANCH: dict[str, Any] = {
    "rule": "must be one branch without refs/heads/ and without wildcard",
    "fix": "write it like main",
}
_PROVIDER: dict[str, Any] = {
    "rule": "must be the ARN of GitHub's OIDC provider",
    "fix": "write it like arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com",
}
_KEY: dict[str, Any] = {
    "rule": "must be the ARN of a KMS key, not of an alias",
    "fix": "write it like arn:aws:kms:eu-central-1:ACCOUNT:key/ID",
}
_GIVEN = {"pipeline.repository": "example/dify-infrastructure"}

PIPELINE: tuple[Bad, ...] = (
    *(
        Bad(key="pipeline.repository", value=value, **_REPOSITORY)
        for value in (
            *("https://github.com/example/dify-infrastructure", "example/*", "*/dify-infrastructure", "example"),
            *("example/dify/infrastructure", "example@12/dify-infrastructure", "example/dify:ref:refs/heads/main", ""),
        )
    ),
    *(
        Bad(key="pipeline.environment", value=value, also=_GIVEN, **_ENVIRONMENT)
        for value in ("*", "prod:*", "", "pro duction")
    ),
    *(
        Bad(key="pipeline.branch", value=value, also=_GIVEN, **_BRANCH)
        for value in ("*", "release/*", "refs/heads/main", "")
    ),
    *(
        Bad(key="pipeline.providerArn", value=value, also=_GIVEN, **_PROVIDER)
        for value in (
            "arn:aws:iam::111122223333:oidc-provider/example.com",
            "token.actions.githubusercontent.com",
            "arn:aws:iam::*:oidc-provider/token.actions.githubusercontent.com",
        )
    ),
    Bad(
        key="pipeline.providerArn",
        value="arn:aws:iam::999988887777:oidc-provider/token.actions.githubusercontent.com",
        also=_GIVEN,
        rule="must be a provider of account 111122223333: IAM trusts those of its own account only",
        fix="use the provider of that account, or remove it to have one made",
    ),
    *(
        Bad(
            key="pipeline.stateBucket",
            value=value,
            also=_GIVEN,
            rule="must be the name of an S3 bucket, without s3://",
            fix="write it like example-pulumi-state",
        )
        for value in ("s3://example-pulumi-state", "*", "Example")
    ),
    *(
        Bad(key="pipeline.stateKeyArn", value=value, also=_GIVEN, **_KEY)
        for value in ("alias/pulumi", "arn:aws:kms:eu-central-1:111122223333:alias/pulumi", "*")
    ),
)
