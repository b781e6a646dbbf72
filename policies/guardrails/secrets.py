"""Secrets Manager: encrypted with a key of this stack, recoverable, closed, rotated often enough."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import SECRET, SECRET_POLICY, SECRET_ROTATION
from .values import number

PRODUCTION_WINDOW_DAYS = 7
LONGEST_LIFE_DAYS = 90
EVERY_DAYS = re.compile(r"rate\((\d+) days?\)")
EVERY_HOURS = re.compile(r"rate\(\d+ hours?\)")
EVERY_MONTH = re.compile(r"cron\(\S+ \S+ \S+ \* \S+ \*\)")
"""Minute, hour, day, month, weekday, year: every month is at most 62 days after the last, however the day is given."""


@rule(
    "secretsmanager-secret-must-use-own-key",
    SECRET,
    severity=Severity.HIGH,
    description="Secrets are encrypted with a key of this stack, so that reading one takes two permissions.",
    remediation="Set kmsKeyId.",
    references=References(checkov="CKV_AWS_149", practice="SEC08-BP01"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
)
def own_key(resource: Resource) -> Iterator[Finding]:
    if not resource.has("kmsKeyId"):
        yield "kmsKeyId is missing"


@rule(
    "secretsmanager-secret-must-be-recoverable",
    SECRET,
    severity=Severity.HIGH,
    description="A secret that is deleted in production can be brought back for a week.",
    remediation="Set recoveryWindowInDays to 7 or more.",
    references=References(practice="SEC02-BP03"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    production_only=True,
)
def recoverable(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "recoveryWindowInDays",
        lambda days: number(days) >= PRODUCTION_WINDOW_DAYS,
        f"recoveryWindowInDays is under {PRODUCTION_WINDOW_DAYS}",
    )


@rule(
    "secretsmanager-secret-must-not-be-public",
    SECRET,
    SECRET_POLICY,
    severity=Severity.CRITICAL,
    description="No policy of a secret admits anyone.",
    remediation="Name the principal that may read it, or remove the policy.",
    references=References(practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    late=("policy",),
)
def not_public(resource: Resource) -> Iterator[Finding]:
    if resource.type == SECRET and not resource.has("policy"):
        return
    for statement in statements(resource.props.get("policy"), "policy"):
        if statement.is_public:
            yield "its policy admits anyone"


@rule(
    "secretsmanager-rotation-must-be-frequent",
    SECRET_ROTATION,
    severity=Severity.MEDIUM,
    description="A secret that is rotated gets a new value every 90 days or sooner, from a function or from AWS.",
    remediation="Set rotationRules.automaticallyAfterDays to 90 or less, and rotationLambdaArn for a secret made here.",
    references=References(fsbp="SecretsManager.4, SecretsManager.1", checkov="CKV_AWS_304"),
)
def frequent(resource: Resource, graph: Graph) -> Iterator[Finding]:
    days = number(resource.get("rotationRules", "automaticallyAfterDays"))
    schedule = str(resource.get("rotationRules", "scheduleExpression") or "")
    if not 1 <= days <= LONGEST_LIFE_DAYS and not _is_frequent(schedule):
        yield f"is not rotated every {LONGEST_LIFE_DAYS} days or sooner"
    # AWS rotates its own secrets itself, but none that is made here.
    if graph.linked(resource, "secretId", SECRET) and not resource.has("rotationLambdaArn"):
        yield "rotationLambdaArn is missing"


def _is_frequent(schedule: str) -> bool:
    """Whether a schedule surely comes round in time; one that cannot be told does not."""
    if days := EVERY_DAYS.fullmatch(schedule):
        return 1 <= int(days[1]) <= LONGEST_LIFE_DAYS
    return bool(EVERY_HOURS.fullmatch(schedule) or EVERY_MONTH.fullmatch(schedule))
