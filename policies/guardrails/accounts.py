"""The stack as a whole: the account it may touch, and what it was let off."""

from collections.abc import Iterator

from pulumi_policy import Severity

from . import exemptions
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import PROVIDER, STACK
from .values import items, parsed


@rule(
    "aws-provider-must-name-its-account",
    PROVIDER,
    severity=Severity.HIGH,
    description="Each AWS provider is tied to an account, so that the wrong credentials change nothing.",
    remediation="Create an explicit aws.Provider with allowedAccountIds (account); use no default provider.",
    references=References(practice="SEC01-BP01"),
    url="https://www.pulumi.com/registry/packages/aws/api-docs/provider/",
)
def provider_names_account(resource: Resource, graph: Graph) -> Iterator[Finding]:  # noqa: ARG001  makes it a stack rule
    # The engine hands a provider's nested inputs over as JSON text.
    accounts = items(parsed(resource.get("allowedAccountIds")))
    if not accounts:
        yield "allowedAccountIds is missing"


@rule(
    "pulumi-exemption-must-be-current",
    STACK,
    severity=Severity.LOW,
    description="Exemptions are seen: which are in use, which have expired, which match nothing any more.",
    remediation="Renew, fix or delete the entry in policies/exemptions.yaml.",
    references=References(practice="SEC11-BP01"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/framework/application-security.html",
)
def exemptions_current(resource: Resource, graph: Graph) -> Iterator[Finding]:  # noqa: ARG001  the file is the subject
    yield from exemptions.ACTIVE.report()
