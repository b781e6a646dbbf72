"""Changes of a plan, in the order of what they cost, for whoever looks for the first that fits.

Each generator gives pairs: what to write, and the settings as they would then be. Values keep the rules of their keys.
"""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from math import ceil
from typing import TypeVar, cast

from pydantic.alias_generators import to_camel

from dify.capacity import RUN_QUEUE, Budget, admitted_clients, admitted_connections
from dify.services import AGENT_SSRF_PROXY, API, API_WEBSOCKET, SANDBOX, SSRF_PROXY, WEB, WORKER, worker_of
from settings.instance_types import BURSTABLE, CACHE, DATABASE
from settings.lines import dotted
from settings.secrets import Path
from settings.section import Section
from settings.services import Worker
from settings.stack import Settings
from settings.task_size import MOST_TASKS, Scaled

Changes = Iterator[tuple[str, Settings]]
Changing = Callable[[Settings], Changes]

_LEAST_POOL = 5
"""SQLAlchemy's own pool size; with less, the requests of one process wait for each other."""

_ADVISED_CONNECTIONS = 200
_ADVISED_PROCESSES_PER_VCPU = 2
"""What Dify's makers advise for the api at most (environments.mdx of langgenius/dify-docs, SERVER_WORKER_*)."""

_Section = TypeVar("_Section", bound=Section)


def smaller_pools(settings: Settings) -> Changes:
    """Pools of fewer connections; the overflow stays as long as the pool is of a size that works."""
    size, overflow = settings.database.pool_size, settings.database.max_overflow
    for total in range(size + overflow - 1, _LEAST_POOL - 1, -1):
        pool = max(min(size, _LEAST_POOL), total - overflow)
        changed = _changed(settings, ("database",), pool_size=pool, max_overflow=total - pool)
        yield f"set poolSize {pool} and maxOverflow {total - pool}", changed


def pooler(settings: Settings) -> Changes:
    """RDS Proxy; it costs less than a larger instance."""
    if not settings.database.proxy:
        yield "set database.proxy true", _changed(settings, ("database",), proxy=True)


def larger_instance(settings: Settings) -> Changes:
    """Instance classes of the same family that admit more, then of its memory optimised neighbour."""
    for value in _larger("db", settings.database.instance_class, DATABASE, admitted_connections):
        yield f"set database.instanceClass {value}", _changed(settings, ("database",), instance_class=value)


def larger_node(settings: Settings) -> Changes:
    """Node types of the same family that admit more clients, then steady ones."""
    for value in _larger("cache", settings.cache.node_type, CACHE, admitted_clients):
        yield f"set cache.nodeType {value}", _changed(settings, ("cache",), node_type=value)


def fewer_tasks(measure: Callable[[Settings], Budget]) -> Changing:
    """Fewer tasks of one service at its largest; the service that needs most comes first."""

    def changes(settings: Settings) -> Changes:
        places = _scaled(settings)
        for term in sorted(measure(settings).terms, key=lambda term: -term.total):
            if term.part not in places:
                continue
            path, size = places[term.part]
            least = max(size.min_tasks, *(peak.min_tasks for peak in size.peaks), 1)
            for most in range(size.max_tasks - 1, least - 1, -1):
                yield f"set {written(path)}.maxTasks {most}", _changed(settings, path, max_tasks=most)

    return changes


def more_requests_per_task(settings: Settings) -> Changes:
    """Connections and processes of the api, as far as is advised."""
    api, path = settings.services.api, ("services", "api")
    for connections in range(api.connections_per_process + 1, _ADVISED_CONNECTIONS + 1):
        changed = _changed(settings, path, connections_per_process=connections)
        yield f"set services.api.connectionsPerProcess {connections}", changed
    for processes in range(api.processes + 1, _ADVISED_PROCESSES_PER_VCPU * api.cpu // 1024 + 1):
        yield f"set services.api.processes {processes}", _changed(settings, path, processes=processes)


def more_api_tasks(settings: Settings) -> Changes:
    """More tasks of the api at its smallest."""
    return _more_tasks(settings, ("services", "api"), settings.services.api)


def more_runs_per_task(settings: Settings) -> Changes:
    """Slots of the workers that run workflows, as long as each finds a database connection."""
    path, worker = _runner(settings)
    most = settings.database.pool_size + settings.database.max_overflow
    for slots in range(worker.concurrency + 1, most + 1):
        yield f"set {written(path)}.concurrency {slots}", _changed(settings, path, concurrency=slots)


def more_runner_tasks(settings: Settings) -> Changes:
    """More tasks at the smallest of the workers that run workflows."""
    return _more_tasks(settings, *_runner(settings))


def higher_quota(name: str, measure: Callable[[Settings], Budget]) -> Changing:
    """The quota that would do; AWS raises it on request."""

    def changes(settings: Settings) -> Changes:
        enough = ceil(measure(settings).needed)
        yield f"have AWS raise it to {enough} or more and write that", _changed(settings, ("quotas",), **{name: enough})

    return changes


def wider_range(settings: Settings) -> Changes:
    """Wider ranges of the VPC that hold the present one."""
    now = IPv4Network(settings.network.cidr)
    for length in range(now.prefixlen - 1, 15, -1):
        cidr = str(now.supernet(new_prefix=length))
        advice = f"set network.cidr {cidr} in a new stack, or lower maxTasks in one that lives"
        yield advice, _changed(settings, ("network",), cidr=cidr)


def written(path: Path) -> str:
    """A path of attributes as keys of the stack file."""
    return dotted(tuple(to_camel(part) if isinstance(part, str) else part for part in path))


def _changed(section: _Section, path: Path, **values: object) -> _Section:
    """A copy of `section` with `values` in the section at `path` below it."""
    if not path:
        return section.model_copy(update=values)
    name, *rest = path
    below = cast("Section | tuple[Section, ...]", getattr(section, str(name)))
    if isinstance(below, tuple):
        at, *rest = rest
        changed = tuple(_changed(one, tuple(rest), **values) if i == at else one for i, one in enumerate(below))
        return section.model_copy(update={str(name): changed})
    return section.model_copy(update={str(name): _changed(below, tuple(rest), **values)})


def _scaled(settings: Settings) -> dict[str, tuple[Path, Scaled]]:
    """Name of each service whose tasks are counted in the stack file -> where, and its section."""
    services = settings.services
    groups = [
        (worker_of(group.name).name, ("services", "worker_groups", at), group)
        for at, group in enumerate(services.worker_groups)
    ]
    return {
        WEB.name: (("services", "web"), services.web),
        API.name: (("services", "api"), services.api),
        API_WEBSOCKET.name: (("services", "collaboration"), services.collaboration),
        WORKER.name: (("services", "worker"), services.worker),
        SANDBOX.name: (("services", "sandbox"), services.sandbox),
        SSRF_PROXY.name: (("services", "ssrf_proxy"), services.ssrf_proxy),
        AGENT_SSRF_PROXY.name: (("services", "ssrf_proxy"), services.ssrf_proxy),
        **{name: (path, group) for name, path, group in groups},
    }


def _runner(settings: Settings) -> tuple[Path, Worker]:
    """The worker that takes streamed workflows."""
    groups = enumerate(settings.services.worker_groups)
    found = [(("services", "worker_groups", at), group) for at, group in groups if RUN_QUEUE in group.queues]
    return found[0] if found else (("services", "worker"), settings.services.worker)


def _more_tasks(settings: Settings, path: Path, size: Scaled) -> Changes:
    ceiling = min([MOST_TASKS, *(peak.min_tasks - 1 for peak in size.peaks)])
    for least in range(size.min_tasks + 1, ceiling + 1):
        most = max(least, size.max_tasks)
        also = f" and maxTasks {most}" if most > size.max_tasks else ""
        yield f"set {written(path)}.minTasks {least}{also}", _changed(settings, path, min_tasks=least, max_tasks=most)


def _larger(
    service: str, now: str, families: Mapping[str, tuple[str, ...]], admitted: Callable[[str], int]
) -> Iterator[str]:
    """Types that admit more than `now`: of its own family, else of the families that fit next to it."""
    family = now.split(".")[1]
    neighbours = [family, *(["m7g", "r7g"] if family in BURSTABLE else [family.replace("m", "r", 1)])]
    for name in neighbours:
        types = [f"{service}.{name}.{size}" for size in families.get(name, ())]
        yield from sorted((one for one in types if admitted(one) > admitted(now)), key=admitted)
