"""The capacity of a stack as one table: what each service may need, then every budget."""

from collections.abc import Sequence
from itertools import zip_longest

from dify.capacity import Budget, clients_per_task, connections_per_task, most_at_once, number, vcpus_per_task
from dify.plan import Deployment
from settings.capacity import MEASURES, everything, uses_pgvector
from settings.stack import Settings

_SERVICES = ("service", "tasks", "deploying", "vCPU", "GiB", "db connections", "redis clients", "ENIs")
_BUDGETS = ("budget", "needed", "admitted", "share", "headroom")


def table(settings: Settings) -> str:
    """Services at their largest, a deployment in the middle; then what is needed of each limit."""
    pgvector = uses_pgvector(settings)
    services = [_service(each, pgvector=pgvector) for each in everything(settings)]
    budgets = [_budget(measure(settings)) for measure in MEASURES]
    return "\n".join([*_aligned([_SERVICES, *services]), "", *_aligned([_BUDGETS, *budgets])])


def _service(deployment: Deployment, *, pgvector: bool) -> tuple[str, ...]:
    tasks = most_at_once(deployment)
    least, most = deployment.min_tasks, deployment.max_tasks
    per_task = (
        vcpus_per_task(deployment),
        deployment.memory / 1024,
        connections_per_task(deployment, pgvector=pgvector),
        clients_per_task(deployment),
        1,
    )
    return (
        deployment.name,
        str(most) if least == most else f"{least}-{most}",
        str(tasks),
        *(number(tasks * each) for each in per_task),
    )


def _budget(budget: Budget) -> tuple[str, ...]:
    share = f"{100 * budget.needed / budget.admitted:.0f} %" if budget.admitted else "-"
    figures = (number(budget.needed), number(budget.admitted), share, number(budget.headroom))
    return (budget.name, *figures)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
