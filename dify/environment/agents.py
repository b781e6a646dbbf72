"""What the services of agents get.

Sources: dify-agent/, dify-agent-runtime/ and docker/docker-compose.yaml of langgenius/dify 1.16.0 to 1.17.1.
"""

from dify.environment.endpoints import Endpoints
from dify.services import AGENT_BACKEND, AGENT_SSRF_PROXY, LOCAL_SANDBOX, PLUGIN_DAEMON

AGENT_KEY_PREFIX = "dify-agent"
AGENT_DATABASE = 2
"""The cache's logical database of agents, and how their keys begin (docker/docker-compose.yaml; dify-agent
settings)."""


def agent_backend_environment(endpoints: Endpoints) -> dict[str, str]:
    """The variables of the agent backend."""
    return {
        "DIFY_AGENT_REDIS_PREFIX": AGENT_KEY_PREFIX,
        "DIFY_AGENT_PLUGIN_DAEMON_URL": endpoints.inside(PLUGIN_DAEMON),
        "DIFY_AGENT_INNER_API_URL": endpoints.api_url,
        "DIFY_AGENT_RUNTIME_BACKEND": "local",
        "DIFY_AGENT_LOCAL_SANDBOX_ENDPOINT": endpoints.inside(LOCAL_SANDBOX),
        "DIFY_AGENT_STUB_API_BASE_URL": f"{endpoints.inside(AGENT_BACKEND)}/agent-stub",
        "DIFY_AGENT_SANDBOX_FILES_BASE_URL": endpoints.api_url,
        # Less than the 120 s after which Fargate kills it.
        "DIFY_AGENT_SHUTDOWN_GRACE_SECONDS": "100",
    }


def local_sandbox_environment(endpoints: Endpoints) -> dict[str, str]:
    """The variables of the agents' sandbox; what they start inherits the proxy."""
    proxy = endpoints.inside(AGENT_SSRF_PROXY)
    return {
        "SHELLCTL_ENABLE_PATH_ISOLATION": "true",
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
        "http_proxy": proxy,
        "https_proxy": proxy,
        "NO_PROXY": "localhost,127.0.0.1",
    }
