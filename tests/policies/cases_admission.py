"""Cases of the rules about both ends of a link."""

from collections.abc import Callable

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change
from tests.policies.graph_adapter import Declared, Stack


def admits(name: str, service: str) -> Callable[[Declared], bool]:
    return lambda resource: f'"{service}"' in str(resource.props.get(name))


def admit_another(name: str, service: str) -> Change:
    """Let another service in instead."""

    def change(_: Stack, subject: Declared) -> None:
        subject.props[name] = subject.props[name].replace(f'"{service}"', '"apigateway.amazonaws.com"')

    return change


TRAIL, LOGS, FUNCTIONS = "cloudtrail.amazonaws.com", "logs.eu-central-1.amazonaws.com", "lambda.amazonaws.com"

CASES = [
    Case(
        rule="iam-role-must-trust-who-is-given-it",
        at=t.ROLE,
        where=admits("assumeRolePolicy", FUNCTIONS),
        breaks=admit_another("assumeRolePolicy", FUNCTIONS),
        loses="assumeRolePolicy",
        hides="assumeRolePolicy",
    ),
    Case(
        rule="s3-bucket-must-admit-who-logs-to-it",
        at=t.BUCKET_POLICY,
        where=admits("policy", TRAIL),
        breaks=admit_another("policy", TRAIL),
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="kms-key-must-admit-who-encrypts-with-it",
        at=t.KEY,
        where=admits("policy", LOGS),
        breaks=admit_another("policy", LOGS),
        loses="policy",
        hides="policy",
    ),
]
