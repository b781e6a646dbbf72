"""Kinds of wrong values that many keys share."""

from typing import Any

from tests.settings.stack_files import Bad


def bounds(
    key: str, least: int, most: int, *, environment: str = "dev", also: dict[str, Any] | None = None
) -> list[Bad]:
    """Wrong values just below and just above the range that is taken."""
    low = Bad(
        key=key,
        value=least - 1,
        environment=environment,
        also=also or {},
        rule=f"must be at least {least}",
        fix=f"set {least} or more",
    )
    high = Bad(
        key=key,
        value=most + 1,
        environment=environment,
        also=also or {},
        rule=f"must be at most {most}",
        fix=f"set {most} or less",
    )
    return [low, high]


def whole(key: str, example: int) -> list[Bad]:
    """Wrong values that are no whole number."""
    rule, fix = "must be a whole number", f"write one, for example {example}"
    return [Bad(key=key, value=value, rule=rule, fix=fix) for value in ("3", 2.5, True)]


def no_arn(key: str, value: str, also: dict[str, Any] | None = None) -> Bad:
    """Something else in the place of a secret's ARN: it may be the secret, and is not shown."""
    return Bad(
        key=key,
        value=value,
        got="[hidden]",
        also=also or {},
        rule="must be the full ARN of a Secrets Manager secret",
        fix="write it like arn:aws:secretsmanager:eu-central-1:ACCOUNT:secret:NAME-AbCdEf",
    )


def floor(key: str, value: int, least: int, unit: str) -> Bad:
    """A value that only production refuses."""
    return Bad(key=key, value=value, rule=f"prod needs at least {least} {unit}", fix=f"set {least} or more")
