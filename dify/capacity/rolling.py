"""How many tasks there are at once while a deployment replaces the old by the new."""

from dify.plan import Deployment
from dify.services import MIGRATION

ROLLING_FACTOR = 2
"""Old and new tasks run side by side (ECS, maximumPercent 200); a singleton stops first (100)."""


def times_while_deploying(deployment: Deployment) -> int:
    """1 for what never runs twice."""
    runs_alone = deployment.service.singleton or deployment.service.kind == MIGRATION.kind
    return 1 if runs_alone else ROLLING_FACTOR


def most_at_once(deployment: Deployment) -> int:
    """Tasks at the largest scale in the middle of a deployment."""
    return deployment.max_tasks * times_while_deploying(deployment)
