"""Which of Dify's services and paths each stack serves: `python -m tests.generated.coverage` writes
docs/generated/coverage.md from the plans and the recorded graphs.

What a stack lacks and no line here gives a reason for is no page, but a ValueError.
"""

from collections.abc import Iterable, Mapping, Sequence

from dify import services as dify_services
from dify.releases import RELEASES
from dify.services import (
    AGENT_BACKEND,
    AGENT_SSRF_PROXY,
    API,
    API_WEBSOCKET,
    BEAT,
    LOCAL_SANDBOX,
    MIGRATION,
    PLUGIN_DAEMON,
    SANDBOX,
    SSRF_PROXY,
    WEB,
    WORKER,
    Service,
)
from settings import HostSettings, Settings
from settings.stack_file import parse_any_file
from tests.generated.host_services import HostServices
from tests.generated.route_table import route_rows
from tests.generated.stack_graph import StackGraph
from tests.generated.stack_services import StackServices
from tests.recorder import ROOT, Graph, record_program

FILE = ROOT / "docs" / "generated" / "coverage.md"
STACKS = ("prod", "staging", "dev", "host")

COMPOSE = {
    "api": API,
    "api_websocket": API_WEBSOCKET,
    "worker": WORKER,
    "worker_beat": BEAT,
    "web": WEB,
    "plugin_daemon": PLUGIN_DAEMON,
    "sandbox": SANDBOX,
    "ssrf_proxy": SSRF_PROXY,
    "agent_backend": AGENT_BACKEND,
    "local_sandbox": LOCAL_SANDBOX,
    "agent_ssrf_proxy": AGENT_SSRF_PROXY,
}
"""Services of Dify in docker/docker-compose.yaml of langgenius/dify 1.17.1 -> ours. The file runs the migration inside
of the api (MIGRATION_ENABLED)."""

INSTEAD = {
    "nginx": ("Application Load Balancer, its listener rules", "nginx, with a configuration of its own"),
    "certbot": ("a certificate of ACM, renewed by AWS", "a certificate of the operator's"),
    "db_postgres": ("RDS for PostgreSQL", "a pair of PostgreSQL, one of them a standby"),
    "redis": ("ElastiCache for Valkey", "Redis, with a log of every change"),
    "weaviate": ("OpenSearch, or pgvector in PostgreSQL", "pgvector in PostgreSQL"),
    "init_permissions": ("nothing: files are in S3", "secret-keeper, which hands the volumes to their users"),
}
"""What that file starts by default around Dify -> what stands for it on AWS and on a host."""

_AGENTS = dict.fromkeys(
    (AGENT_BACKEND.name, LOCAL_SANDBOX.name, AGENT_SSRF_PROXY.name),
    "switched off: `dify:services` `agents.enabled` ([decision 0014](../decisions/0014-agents-on-fargate.md))",
)
_NO_AGENTS = dict.fromkeys(_AGENTS, "not offered on one host ([decision 0032](../decisions/0032-one-docker-host.md))")
LACKS: Mapping[str, Mapping[str, str]] = {"prod": _AGENTS, "staging": _AGENTS, "dev": _AGENTS, "host": _NO_AGENTS}
"""Stack -> service that it does not run -> why."""

_HEAD = """# Coverage of Dify {release}

Made by `python -m tests.generated.coverage` from the plans of the stack files and what the program registers for them;
change the program, not this page. Nothing here has run on a real AWS account.

## What Dify's compose file starts

"""

_ROUTES = """## Paths

The table is that of Dify's nginx (`dify/routes.py`). On AWS a number is the priority of the listener rule that sends
the path to the service; on a host nginx decides by a map. web answers what no line names; paths that only services ask
each other (`/inner/api`, `/health`) have none, so they end there.

"""


def ours() -> list[Service]:
    """Every service of Dify that this project knows."""
    return [one for one in vars(dify_services).values() if isinstance(one, Service)]


def page(graphs: Mapping[str, Graph]) -> str:
    """The whole page. Raises ValueError for a service that a stack lacks without a reason, an image of the newest
    release that nothing runs, and a path that a stack does not route."""
    unused = {*next(iter(RELEASES.values())).images} - {service.image for service in ours()}
    if unused:
        raise ValueError(f"no service runs the images {', '.join(sorted(unused))} of the newest release")
    parts = [_HEAD.format(release=next(iter(RELEASES))), _compose(), "\n"]
    for stack in STACKS:
        parts += [f"## {stack}\n\n", _stack(stack, graphs[stack]), "\n"]
    return "".join([*parts, _ROUTES, table(["Path", "Service", *STACKS], route_rows(graphs))])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _compose() -> str:
    rows = [[f"`{name}`", service.name, service.name] for name, service in COMPOSE.items()]
    rows.append(["(within `api`)", MIGRATION.name, MIGRATION.name])
    rows += [[f"`{name}`", *stand_in] for name, stand_in in INSTEAD.items()]
    return table(["Compose", "On AWS", "On a host"], rows)


def _stack(stack: str, graph: Graph) -> str:
    settings = parse_any_file(ROOT / f"Pulumi.{stack}.yaml", stack)
    if isinstance(settings, HostSettings):
        running: HostServices | StackServices = HostServices(graph, settings)
    else:
        assert isinstance(settings, Settings)
        running = StackServices(StackGraph(graph, settings))
    rows = [row for service in ours() for row in running.rows(service) or [_lacking(stack, service, running.width)]]
    return table(running.head, rows)


def _lacking(stack: str, service: Service, width: int) -> list[str]:
    if service.name not in LACKS[stack]:
        raise ValueError(f"{stack} does not run {service.name}: run it, or say why not in LACKS of {__name__}")
    return [service.name, f"- {LACKS[stack][service.name]}", *[""] * (width - 2)]


if __name__ == "__main__":
    FILE.write_text(page({stack: record_program(stack) for stack in STACKS}), encoding="utf-8")
