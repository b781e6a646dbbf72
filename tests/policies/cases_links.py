"""Cases of the rules about resources and what they name, and about the stack as a whole."""

from copy import deepcopy

from policies.guardrails import tokens as t
from tests.policies.case import Case, named, put
from tests.policies.graph_adapter import Declared, Stack


def move_away(_: Stack, subject: Declared) -> None:
    """Have it made by a provider of another region."""
    subject.provider = {**(subject.provider or {}), "region": "eu-north-1"}


def say_it_twice(stack: Stack, subject: Declared) -> None:
    """Add another resource that sets the same."""
    stack.append(
        Declared(type=subject.type, name="again", props=deepcopy(subject.props), links=deepcopy(subject.links))
    )


def forbid_a_secret(stack: Stack, _: Declared) -> None:
    """Leave the database's login out of what the execution role may read."""
    policy = next(one for one in stack if one.name == "api-execution-policy")
    policy.links["policy"] = [urn for urn in policy.links["policy"] if not urn.endswith("::secrets-database-login")]


CASES = [
    Case(
        rule="aws-resource-must-be-where-what-it-names-is",
        at=t.LISTENER,
        breaks=move_away,
        loses="certificateArn",
        hides="certificateArn",
        safe_when_missing=True,
        set_when_unknown=True,
    ),
    Case(
        rule="aws-resource-must-not-overwrite-another",
        at=t.SECRET_ROTATION,
        breaks=say_it_twice,
        loses="secretId",
        hides="secretId",
        safe_when_missing=True,
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-task-definition-must-be-let-read-its-secrets",
        at=t.TASK_DEFINITION,
        where=named("api-definition"),
        breaks=forbid_a_secret,
        loses="executionRoleArn",
        hides="containerDefinitions",
        set_when_unknown=True,
    ),
    Case(
        rule="aws-provider-must-tag-everything",
        at=t.PROVIDER,
        breaks=put("defaultTags", '{"tags": {"environment": "prod", "owner": "platform"}}'),
        loses="defaultTags",
        hides="defaultTags",
    ),
    Case(
        rule="budgets-budget-must-reach-someone",
        at=t.BUDGET,
        breaks=put(
            "notifications", [{"threshold": 120, "thresholdType": "PERCENTAGE", "subscriberSnsTopicArns": ["a"]}]
        ),
        loses="notifications",
        hides="notifications",
    ),
    Case(
        rule="ecs-service-must-have-time-to-start",
        at=t.SERVICE,
        where=lambda service: bool(service.props.get("loadBalancers")),
        breaks=put("healthCheckGracePeriodSeconds", 0),
        loses="healthCheckGracePeriodSeconds",
        hides="healthCheckGracePeriodSeconds",
    ),
]
