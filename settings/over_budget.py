"""The line of each budget that a plan exceeds: the whole sum, and the cheapest change that fits."""

from dataclasses import dataclass
from functools import reduce
from itertools import chain

from pydantic.alias_generators import to_camel

from dify.capacity import Budget
from settings.capacity import (
    MEASURES,
    Measure,
    addresses,
    clients,
    connections,
    data_addresses,
    interfaces,
    requests,
    runs,
    vcpus,
)
from settings.changes import (
    Changing,
    fewer_tasks,
    higher_quota,
    larger_instance,
    larger_node,
    more_api_tasks,
    more_requests_per_task,
    more_runner_tasks,
    more_runs_per_task,
    pooler,
    smaller_pools,
    wider_range,
)
from settings.lines import line, shown
from settings.stack import Settings


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A budget, the key that a line about it names, and the changes that help, the cheapest first: what is only written
    before what is paid for, and that before what gives up load."""

    measure: Measure
    key: tuple[str, str]
    changes: tuple[Changing, ...]
    otherwise: str


LIMITS = (
    Limit(
        measure=connections,
        key=("database", "pool_size"),
        changes=(smaller_pools, pooler, larger_instance, fewer_tasks(connections)),
        otherwise="lower maxTasks of several services",
    ),
    Limit(
        measure=clients,
        key=("cache", "node_type"),
        changes=(larger_node, fewer_tasks(clients)),
        otherwise="lower maxTasks of several services",
    ),
    Limit(
        measure=requests,
        key=("demand", "concurrent_requests"),
        changes=(more_requests_per_task, more_api_tasks),
        otherwise="lower it, or enlarge more than one of services.api, database and cache",
    ),
    Limit(
        measure=runs,
        key=("demand", "concurrent_runs"),
        changes=(more_runs_per_task, more_runner_tasks),
        otherwise="lower it, or enlarge more than one of the worker, database and cache",
    ),
    Limit(
        measure=vcpus,
        key=("quotas", "fargate_vcpus"),
        changes=(higher_quota("fargate_vcpus", vcpus),),
        otherwise="lower maxTasks",
    ),
    Limit(
        measure=interfaces,
        key=("quotas", "network_interfaces"),
        changes=(higher_quota("network_interfaces", interfaces),),
        otherwise="lower maxTasks",
    ),
    Limit(
        measure=addresses,
        key=("network", "cidr"),
        changes=(wider_range, fewer_tasks(addresses)),
        otherwise="lower maxTasks of several services",
    ),
    Limit(
        measure=data_addresses,
        key=("network", "cidr"),
        changes=(wider_range,),
        otherwise="lower the number of nodes",
    ),
)


def over_budget(settings: Settings) -> list[str]:
    """One line per budget that `settings` exceed."""
    return [_line(limit, settings, budget) for limit in LIMITS if not (budget := limit.measure(settings)).fits]


def cheapest(limit: Limit, settings: Settings) -> tuple[str, Settings] | None:
    """The first change after which the plan keeps this limit and every other that it kept before."""
    kept = [measure for measure in MEASURES if measure(settings).fits or measure is limit.measure]
    changes = chain.from_iterable(changing(settings) for changing in limit.changes)
    return next(
        (
            (advice, changed)
            for advice, changed in changes
            if limit.measure(changed).fits and all(measure(changed).fits for measure in kept)
        ),
        None,
    )


def _line(limit: Limit, settings: Settings, budget: Budget) -> str:
    found = cheapest(limit, settings)
    got: object = reduce(getattr, limit.key, settings)
    path = tuple(to_camel(part) for part in limit.key)
    return line(path, shown(got), budget.excess, found[0] if found else limit.otherwise)
