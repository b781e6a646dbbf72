"""Cases of the rules about what tasks are told of their stores."""

from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, named, put, rewrite

CONTAINERS = "containerDefinitions"


def told(**variables: str | None) -> Change:
    """Tell every container something else; None tells it nothing."""

    def edit(containers: Any) -> Any:
        for container in containers:
            environment = container.get("environment", [])
            for one in list(environment):
                if one["name"] in variables:
                    environment.remove(one)
                    if (value := variables[one["name"]]) is not None:
                        environment.append({"name": one["name"], "value": value})
        return containers

    return rewrite(CONTAINERS, edit)


CASES = [
    Case(
        rule="ecs-task-definition-must-demand-tls-of-stores",
        at=t.TASK_DEFINITION,
        where=named("api-definition"),
        breaks=told(DB_EXTRAS="sslmode=prefer"),
        loses=told(REDIS_USE_SSL=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="rds-instance-must-carry-every-pool",
        at=t.SCALING_TARGET,
        where=named("api-scaling"),
        breaks=put("maxCapacity", 40),
        loses="maxCapacity",
        hides="maxCapacity",
    ),
]
