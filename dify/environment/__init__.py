"""The environment of each service: a pure function of endpoints and choices. Secrets appear by reference only."""

from collections.abc import Callable

from dify.environment.agents import agent_backend_environment, local_sandbox_environment
from dify.environment.backend import backend_environment
from dify.environment.endpoints import Endpoints
from dify.environment.runners import (
    plugin_daemon_environment,
    sandbox_environment,
    ssrf_proxy_environment,
)
from dify.environment.web import web_environment
from dify.plan import Deployment, Options
from dify.services import AGENT_BACKEND, AGENT_SSRF_PROXY, LOCAL_SANDBOX, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY, WEB

__all__ = ["Endpoints", "environment"]


def environment(deployment: Deployment, endpoints: Endpoints, options: Options) -> dict[str, str]:
    """The plain variables of one service."""
    service = deployment.service
    if service.runs_api_image:
        return backend_environment(deployment, endpoints, options)
    makers: dict[str, Callable[[], dict[str, str]]] = {
        WEB.name: lambda: web_environment(endpoints, options),
        PLUGIN_DAEMON.name: lambda: plugin_daemon_environment(deployment, endpoints, options),
        SANDBOX.name: lambda: sandbox_environment(endpoints),
        SSRF_PROXY.name: lambda: ssrf_proxy_environment(endpoints, for_agents=False),
        AGENT_SSRF_PROXY.name: lambda: ssrf_proxy_environment(endpoints, for_agents=True),
        AGENT_BACKEND.name: lambda: agent_backend_environment(endpoints),
        LOCAL_SANDBOX.name: lambda: local_sandbox_environment(endpoints),
    }
    return makers[service.name]()
