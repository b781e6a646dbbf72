"""Jobs that wait, and who takes them."""

from tests.tuning.knob import Cost, Knob, Reading, Stack, Table
from tests.tuning.readings import attribute, host_environment, host_variable, variable

QUEUES = Table(
    name="queues",
    knobs=(
        Knob(
            name="`CELERY_WORKER_AMOUNT`",
            does="jobs that one worker works on at once; a streamed run holds one to its end",
            comes="below `poolSize` + `maxOverflow`, so that no job waits for a connection; Dify's default is 1",
            aws=variable("worker", "CELERY_WORKER_AMOUNT", "services.worker.concurrency"),
            host=host_variable("worker-1", "CELERY_WORKER_AMOUNT", "services.worker.concurrency"),
            alarms=("queues-worker-backlog", "services-worker-memory"),
            sign="queues grow while CPU is low",
        ),
        Knob(
            name="queues of a worker",
            does="how many queues a worker takes jobs from; worker groups share them",
            comes="every queue that Dify's tasks use (`dify/queues.py`); its own list lacks two",
            aws=Reading(
                read=lambda graph: _count(variable("worker", "CELERY_WORKER_QUEUES").read(graph)),
                cost=Cost.ROLLING,
                stack=Stack.AWS,
            ),
            host=Reading(
                read=lambda graph: _count(host_environment(graph, "worker-1")["CELERY_WORKER_QUEUES"]),
                cost=Cost.ROLLING,
                stack=Stack.HOST,
            ),
            alarms=("queues-worker-stuck",),
            sign="indexing holds up runs: `services.workerGroups`, on AWS only",
        ),
        Knob(
            name="backlog per task",
            does="waiting jobs that one task is to have before it; scaling adds tasks above it",
            comes="half of what it works on at once: the last of them begins within one job's time",
            aws=attribute(
                "worker-backlog",
                "targetTrackingScalingPolicyConfiguration/targetValue",
                "services.worker.backlogPerTask",
            ),
            alarms=("queues-worker-backlog", "queues-worker-stuck"),
            sign="answers begin late",
        ),
    ),
)


def _count(queues: str) -> str:
    return str(len(queues.split(",")))
