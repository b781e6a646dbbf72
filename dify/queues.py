"""The Celery queues that Dify's tasks are put into, and how workers share them."""

from collections.abc import Mapping, Sequence

QUEUES = (
    "api_token",
    "app_deletion",
    "app_rbac",
    "conversation",
    "dataset",
    "dataset_summary",
    "mail",
    "ops_trace",
    "pipeline",
    "plugin",
    "priority_dataset",
    "priority_pipeline",
    "retention",
    "schedule_executor",
    "schedule_poller",
    "trigger_refresh_executor",
    "trigger_refresh_publisher",
    "triggered_workflow_dispatcher",
    "workflow",
    "workflow_based_app_execution",
    "workflow_storage",
)
"""What a worker of the community edition listens to by default (api/docker/entrypoint.sh, 1.16.0 to 1.17.1)."""

UNHEARD = ("celery", "workflow_draft_var")
"""Queues that tasks of the community edition use and the default list lacks: a run that is resumed after human input
goes to Celery's own (api/tasks, langgenius/dify main @07119e3f00). A worker here listens to them too."""

ALL_QUEUES = tuple(sorted((*QUEUES, *UNHEARD)))
"""Every queue that must have a worker: work in one without is never done (langgenius/dify#32213, #28513)."""


def misplaced(groups: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with a split of the queues over worker groups, one phrase each; nothing where every queue has
    exactly one group."""
    takers = {queue: [name for name, queues in groups.items() if queue in queues] for queue in ALL_QUEUES}
    unknown = sorted({queue for queues in groups.values() for queue in queues} - set(ALL_QUEUES))
    missing = [queue for queue, names in takers.items() if not names]
    return [
        *(f"{queue} is in {' and '.join(names)}" for queue, names in takers.items() if len(names) > 1),
        *([f"no group has {', '.join(missing)}"] if missing else []),
        *(f"{queue} is unknown" for queue in unknown),
    ]
