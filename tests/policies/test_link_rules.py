"""The rules about resources and what they name, where a change of one resource is not enough to tell."""

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.case import UNKNOWN_STRING_VALUE
from tests.policies.graph_adapter import Declared, Stack, judge

REGION, OVERWRITE, READ, BUDGET = (
    "aws-resource-must-be-where-what-it-names-is",
    "aws-resource-must-not-overwrite-another",
    "ecs-task-definition-must-be-let-read-its-secrets",
    "budgets-budget-must-reach-someone",
)


def found(rule: str, stack: Stack) -> list[str]:
    policy = next(one.policy for one in RULES if one.name == rule)
    return [message for _, _, message in judge(stack, [policy]).violations]


def certificate(theirs: str, own: str = "") -> Declared:
    """In the region of its provider, or in its own."""
    props = {"region": own} if own else {}
    return Declared(type=t.CERTIFICATE, name="certificate", provider={"region": theirs}, props=props)


def distribution(of: Declared) -> Declared:
    """Made by a provider of the stack's region: CloudFront itself is in none."""
    return Declared(
        type=t.DISTRIBUTION,
        name="delivery",
        provider={"region": "eu-central-1"},
        links={"viewerCertificate": [of.urn]},
    )


@pytest.mark.parametrize(("region", "wrong"), [("us-east-1", False), ("eu-central-1", True)])
def test_cloudfront_takes_certificates_of_us_east_1_alone(region: str, wrong: bool) -> None:
    given = certificate(region)
    assert bool(found(REGION, [given, distribution(given)])) is wrong


@pytest.mark.parametrize(("own", "wrong"), [("us-east-1", False), (UNKNOWN_STRING_VALUE, True)])
def test_the_region_of_a_resource_itself_counts_before_its_providers(own: str, wrong: bool) -> None:
    given = certificate("eu-central-1", own)
    assert bool(found(REGION, [given, distribution(given)])) is wrong


def test_where_no_region_is_told_nothing_is_found() -> None:
    given = Declared(type=t.CERTIFICATE, name="certificate")
    assert found(REGION, [given, distribution(given)]) == []


def rotation(name: str, of: Declared | None, value: str = UNKNOWN_STRING_VALUE) -> Declared:
    links = {} if of is None else {"secretId": [of.urn]}
    return Declared(type=t.SECRET_ROTATION, name=name, props={"secretId": value}, links=links)


def test_what_sets_the_same_is_told_by_links_in_a_preview_and_by_value_after_it() -> None:
    login, token = (Declared(type=t.SECRET, name=name) for name in ("login", "token"))
    unknown = [login, token, rotation("a", login), rotation("b", login), rotation("c", token)]
    assert found(OVERWRITE, unknown) == ["a: sets the same as b", "b: sets the same as a"]
    known = [rotation("a", None, "login"), rotation("b", None, "login"), rotation("c", None, "token")]
    assert found(OVERWRITE, known) == ["a: sets the same as b", "b: sets the same as a"]


def test_what_is_unknown_and_comes_from_nowhere_is_not_called_the_same() -> None:
    assert found(OVERWRITE, [rotation("a", None), rotation("b", None)]) == []


@pytest.mark.parametrize("by", ["inline", "attached", ""])
def test_a_secret_is_readable_by_a_policy_of_the_role_however_it_has_it(by: str) -> None:
    secret, role = Declared(type=t.SECRET, name="login"), Declared(type=t.ROLE, name="execution")
    task = Declared(
        type=t.TASK_DEFINITION,
        name="api",
        links={"containerDefinitions": [secret.urn], "executionRoleArn": [role.urn]},
    )
    reads, of_role = {"policy": [secret.urn]}, {"role": [role.urn]}
    managed = Declared(type=t.MANAGED_POLICY, name="reads", links=reads)
    policies = {
        "inline": [Declared(type=t.ROLE_POLICY, name="inline", links={**reads, **of_role})],
        "attached": [
            managed,
            Declared(type=t.ROLE_POLICY_ATTACHMENT, name="attached", links={"policyArn": [managed.urn], **of_role}),
        ],
        "": [managed],
    }
    expected = [] if by else ["api: takes login, which its execution role may not read"]
    assert found(READ, [secret, role, task, *policies[by]]) == expected


@pytest.mark.parametrize(("types", "missing"), [((t.SERVICE,), True), ((t.SERVICE, t.BUDGET), False), ((), False)])
def test_what_runs_all_day_has_a_budget(types: tuple[str, ...], missing: bool) -> None:
    heard = {"notifications": [{"threshold": 80, "thresholdType": "PERCENTAGE", "subscriberEmailAddresses": ["a@b.c"]}]}
    stack = [Declared(type=t.STACK, name="dify-prod"), *(Declared(type=one, name="a", props=heard) for one in types)]
    assert found(BUDGET, stack) == (["dify-prod: runs services without a budget"] if missing else [])
