"""What rings about the queues, in which streamed runs and documents wait for a worker."""

from collections.abc import Mapping, Sequence

from components.alarms import Alarm
from components.metric import Metric
from dify.capacity import RUN_QUEUE
from dify.plan import Deployment
from settings.severity import Severity


def queue_alarms(namespace: str, dimensions: Mapping[str, str], workers: Sequence[Deployment]) -> list[Alarm]:
    """Jobs that wait, by worker, and queues that cannot be measured: workers then no longer scale on them.

    `dimensions` are those of every measure of this stack; functions/queue_depth publishes the measures.
    """

    def measure(name: str, statistic: str, **more: str) -> Metric:
        return Metric(namespace=namespace, name=name, statistic=statistic, dimensions={**dimensions, **more})

    return [
        Alarm(
            name="unmeasured",
            why="The queues cannot be measured: the cache does not answer, or nobody asks it",
            runbook="queues#queues-unmeasured",
            # Workers still scale on their CPU, and a cache that is gone pages for itself.
            severity=Severity.TICKET,
            metrics={"reachable": measure("Reachable", "Minimum")},
            threshold=1,
            below=True,
            missing="breaching",
            silence="Nobody measures any more",
        ),
        *(
            alarm
            for worker in workers
            for alarm in _of_worker(worker, measure("Backlog", "Minimum", WorkerGroup=worker.name))
        ),
    ]


def _of_worker(worker: Deployment, backlog: Metric) -> list[Alarm]:
    """More than what scaling lets wait before all tasks together. Where streamed runs are among it, users wait."""
    most = worker.max_tasks * worker.tuning.backlog_per_task
    runs = not worker.queues or RUN_QUEUE in worker.queues

    def longer(name: str, minutes: int, severity: Severity, patience: str) -> Alarm:
        return Alarm(
            name=f"{worker.name}-{name}",
            why=f"More than {most} jobs have waited for {worker.name} for {minutes} minutes",
            runbook="queues#backlog",
            severity=severity,
            metrics={"waiting": backlog},
            threshold=most,
            period_seconds=300,
            datapoints=minutes // 5,
            patience=patience,
            silence="While nothing can be measured another alarm rings",
        )

    waits = longer("backlog", 15, Severity.TICKET, "A quarter of an hour: scaling adds tasks within minutes")
    if not runs:
        return [waits]
    stuck = longer("stuck", 60, Severity.PAGE, "An hour: all tasks together have not caught up, and runs wait in line")
    return [waits, stuck]
