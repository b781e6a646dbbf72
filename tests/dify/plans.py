"""A plan with every service and option, as the tests of this folder read it."""

from dify.environment import Endpoints
from dify.plan import Cleanup, Deployment, Mail, Options, Telemetry, Tuning
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

SERVICES = (
    WEB, API, API_WEBSOCKET, WORKER, BEAT, MIGRATION, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY, AGENT_BACKEND, LOCAL_SANDBOX,
    AGENT_SSRF_PROXY,
)  # fmt: skip
BACKEND = (API, API_WEBSOCKET, WORKER, BEAT, MIGRATION)
AGENTS = (AGENT_BACKEND, LOCAL_SANDBOX, AGENT_SSRF_PROXY)

ENDPOINTS = Endpoints(
    domain="dify.example.com",
    region="eu-central-1",
    namespace="dify.internal",
    database_host="database.example",
    database_port=5432,
    database_name="dify",
    plugin_database_name="dify_plugin",
    cache_host="cache.example",
    cache_port=6379,
    files_bucket="files",
    plugins_bucket="plugins",
    search_host="search.example",
    package_index_url="https://packages.example/simple/",
    package_login_file="/package-login/uv.toml",
)
TUNING = Tuning(processes=3, connections=150, slots=7, pool_size=11, max_overflow=13)
EVERYTHING = Options(
    idle_timeout_seconds=600,
    collaboration=True,
    agent=True,
    vector_store="opensearch",
    mail=Mail(server="smtp.example.com", port=587, sender="dify@example.com"),
    telemetry=Telemetry(endpoint="https://otlp.example.com", protocol="http", sampling_rate=0.25),
    cleanup=Cleanup(workflow_logs_after_days=90, messages_after_days=365, embedding_cache=True, unused_datasets=True),
)
LEAST = Options(idle_timeout_seconds=600, collaboration=False, agent=False, vector_store="pgvector")


def deployed(service: Service, queues: tuple[str, ...] = ()) -> Deployment:
    """The service as some stack runs it."""
    return Deployment(service=service, cpu=1024, memory=2048, tuning=TUNING, queues=queues)
