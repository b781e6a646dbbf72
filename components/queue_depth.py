"""The length of every queue, measured each minute: what workers scale on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.function import REDIS, Function, FunctionArgs, Inside
from components.scaling import Backlog
from components.schedule import Schedule, publish_statements
from components.secrets import Secrets
from components.site import LogPolicy, Site
from dify.flows import CACHE_PORT
from dify.plan import Deployment
from dify.queues import ALL_QUEUES
from dify.secrets import BROKER_DATABASE, CACHE

NAMESPACE = "Dify/Queues"

_EVERY_MINUTE = Schedule(
    role="minute",
    purpose="Measure the queues",
    expression="rate(1 minute)",
    # The next minute measures again: a late measure is worth nothing.
    late_seconds=60,
)


@dataclass(frozen=True, kw_only=True)
class QueueDepthArgs:
    """`workers` are the services that take jobs, each with its queues; none means all of them."""

    site: Site
    logs: LogPolicy
    inside: Inside
    secrets: Secrets
    cache_host: pulumi.Input[str]
    workers: Sequence[Deployment]


class QueueDepth(Component):
    """A function on a schedule. While it cannot ask the cache it says so, and never that nothing waits."""

    type_token = "dify:compute:QueueDepth"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: QueueDepthArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._stack = args.site.name
        settings = {
            "stack": self._stack,
            "namespace": NAMESPACE,
            "secretArn": args.secrets.arns[CACHE.name],
            "host": args.cache_host,
            "port": CACHE_PORT,
            "database": BROKER_DATABASE,
            "keyPrefix": "",
            "groups": {worker.name: list(worker.queues or ALL_QUEUES) for worker in args.workers},
        }
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="queue_depth",
                libraries=REDIS,
                inside=args.inside,
                environment={"QUEUE_DEPTH": pulumi.Output.json_dumps(settings)},
                statements=[
                    *args.secrets.read_statements([CACHE.name]),
                    *publish_statements(NAMESPACE),
                ],
                timeout_seconds=30,
            ),
            self.child(),
        )
        _EVERY_MINUTE.call(name, function, self.child())
        self.function_name = function.function_name
        self.done()

    def backlog(self, worker: str, per_task: int) -> Backlog:
        """What a worker's tasks share: the jobs that wait in its queues."""
        return Backlog(
            namespace=NAMESPACE, name="Backlog", dimensions=self.dimensions(WorkerGroup=worker), per_task=per_task
        )

    def dimensions(self, **more: str) -> Mapping[str, str]:
        """The dimensions of this stack's measures."""
        return {"Stack": self._stack, **more}
