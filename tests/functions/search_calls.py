"""Calls of the search set-up, as deployments, the schedule and operators make them."""

import json
from typing import Any

from functions.search_setup.search_setup import handler
from tests.functions.search_setup_world import REGION, World

ROLE = "arn:aws:iam::111122223333:role/dify-prod/search-snapshots-role-1a2b3c4"
MANAGER = "arn:aws:iam::111122223333:role/dify-prod/search-setup-role-1a2b3c4"
READER = "arn:aws:iam::111122223333:role/api-task-1a2b3c4"
PATTERN = "vector_index*"


class Context:
    """Too little time is left to ask twice: nothing is waited for."""

    def get_remaining_time_in_millis(self) -> int:
        return 12_000


def call(world: World, action: str, **more: Any) -> dict[str, Any]:
    event = {"action": action, "host": world.host, "region": REGION, **more}
    return handler(json.loads(json.dumps(event)), Context())


def set_up(world: World, **changes: Any) -> dict[str, Any]:
    snapshots = {
        "repository": "dify",
        "bucket": "search-snapshots-bucket-1a2b3c4",
        "roleArn": ROLE,
        "managerRoleArn": MANAGER,
        "policies": [
            {"name": "hourly", "takenAt": "5 * * * *", "keepDays": 30, "keepLast": 24},
            {"name": "daily", "takenAt": "35 1 * * *", "keepDays": 35, "keepLast": 7},
        ],
        **changes,
    }
    return call(world, "setUp", role="dify", indexPatterns=[PATTERN], backendRoles=[READER], snapshots=snapshots)
