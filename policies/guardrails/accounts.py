"""The stack as a whole: the account it may touch, whose it is, what it may cost, and what it was let off."""

from collections.abc import Iterator

from pulumi_policy import Severity

from . import exemptions
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import BUDGET, PROVIDER, SERVICE, STACK
from .values import UNKNOWN, items, look, mapping, number, parsed

TAGS = ("owner", "environment", "cost-center")
"""Who answers for a resource, what it belongs to and who pays (AWS whitepaper "Best Practices for Tagging AWS
Resources")."""

LIMIT = 100
"""All of a budget, in percent."""


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
    "aws-provider-must-tag-everything",
    PROVIDER,
    severity=Severity.MEDIUM,
    description="Each AWS provider tags all that it makes with its owner, its environment and who pays for it.",
    remediation="Give the provider defaultTags with owner, environment and cost-center (setting tags).",
    references=References(practice="COST03-BP02"),
    url="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
)
def provider_tags(resource: Resource, graph: Graph) -> Iterator[Finding]:  # noqa: ARG001  makes it a stack rule
    tags = mapping(parsed(look(parsed(resource.get("defaultTags")), "tags")))
    missing = [name for name in TAGS if not tags.get(name)]
    if missing:
        yield f"sets no {', '.join(missing)}"


@rule(
    "budgets-budget-must-reach-someone",
    BUDGET,
    STACK,
    severity=Severity.LOW,
    description="What runs all day has a budget, and somebody hears before it is spent.",
    remediation="Add a Budget with a notification below or at its limit to a topic or an address (setting costs).",
    references=References(practice="COST02-BP05"),
    url="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
    production_only=True,
)
def budget_reaches_someone(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.type == STACK:
        if graph.of(SERVICE) and not graph.of(BUDGET):
            yield "runs services without a budget"
        return
    heard = [one for one in resource.entries("notifications") if one is UNKNOWN or _reaches(mapping(one))]
    if not heard:
        yield "tells nobody before it is spent"


def _reaches(notification: dict[str, object]) -> bool:
    early = number(notification.get("threshold")) <= LIMIT or notification.get("thresholdType") != "PERCENTAGE"
    return early and bool(notification.get("subscriberSnsTopicArns") or notification.get("subscriberEmailAddresses"))


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
