"""vCPUs of Fargate against the account's quota."""

from collections.abc import Sequence

from dify.capacity.budget import Budget, Term, number
from dify.capacity.rolling import times_while_deploying
from dify.plan import Deployment

_UNITS_PER_VCPU = 1024


def vcpus_per_task(deployment: Deployment) -> float:
    """vCPUs of one task."""
    return deployment.cpu / _UNITS_PER_VCPU


def vcpu_budget(deployments: Sequence[Deployment], *, quota: int) -> Budget:
    """vCPUs of all tasks, deployments included, against "Fargate On-Demand vCPU resource count" (L-3032A538)."""
    terms = tuple(
        Term(
            part=deployment.name,
            text=f"{deployment.max_tasks}x{number(vcpus_per_task(deployment))}",
            amount=deployment.max_tasks * vcpus_per_task(deployment),
            times=times_while_deploying(deployment),
        )
        for deployment in deployments
    )
    return Budget(name="Fargate vCPUs", unit="vCPUs", terms=terms, admitted=quota, limit=f"the quota admits {quota}")
