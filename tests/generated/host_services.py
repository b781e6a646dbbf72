"""How a Docker host runs each service."""

from collections.abc import Sequence

from dify.plan import named
from dify.services import MIGRATION, Service
from settings import HostSettings
from settings.host.plan import deployments
from tests.components.host_graphs import containers, labels
from tests.recorder import Graph, Recorded


class HostServices:
    """One row for each service."""

    head: Sequence[str] = ("Service", "Containers", "Networks", "Scaled on", "Healthy when", "Watched by")
    width = len(head)

    def __init__(self, graph: Graph, settings: HostSettings) -> None:
        self._graph, self._settings = graph, settings

    def rows(self, service: Service) -> list[list[str]]:
        """None where the host does not run it."""
        if service != MIGRATION and not named(deployments(self._settings), service.kind):
            return []
        found = [one for one in containers(self._graph).values() if labels(one).get("dify.kind") == service.kind]
        networks = sorted({str(net["name"]).rsplit("-", 1)[1] for one in found for net in _networks(one)})
        return [
            [
                service.name,
                "once per release" if service == MIGRATION else str(len(found)),
                ", ".join(networks),
                "-",
                _healthy(found[0]),
                "`pulumi up`" if service == MIGRATION else "`operations status`",
            ]
        ]


def _networks(container: Recorded) -> list[dict[str, str]]:
    return container.inputs["networksAdvanced"]


def _healthy(container: Recorded) -> str:
    check = container.inputs.get("healthcheck")
    if check is None:
        return "it ends without an error"
    words = [word for word in check["tests"] if word.startswith(("http", ":", "grep", "fetch", "import"))]
    text = " ".join(words)
    if "fetch" in text or "http" in text:
        return "its own page answers, asked in the container"
    return "its connection to Redis stands" if "grep" in text else "its port answers, asked in the container"
