"""What the services get that run other people's code: plugins, code nodes and the requests of workflows.

Sources: internal/types/app/config.go of langgenius/dify-plugin-daemon 0.6, langgenius/dify-sandbox 0.2.15,
docker/docker-compose.yaml of langgenius/dify 1.16.0 to 1.17.1, images/ssrf_proxy of this repository.
"""

from dify.environment.backend import PLUGIN_PACKAGE_BYTES, SANDBOX_TIMEOUT_SECONDS
from dify.environment.endpoints import Endpoints
from dify.plan import Deployment, Options
from dify.services import AGENT_BACKEND, API, PLUGIN_DAEMON_PORT, SANDBOX_PORT, SSRF_PROXY

PLUGINS_FOLDER = "/app/storage"
"""Where plugins run, and are kept without a bucket (docker/docker-compose.yaml)."""

PLUGIN_KEY_PREFIX = "plugin_daemon"
"""Begins every key and channel of the daemon in the cache (pkg/utils/cache/redis.go); its cache user reaches no
other."""


def plugin_daemon_environment(deployment: Deployment, endpoints: Endpoints, options: Options) -> dict[str, str]:
    """The variables of the plugin daemon. Plugins see all of its variables, so it holds no secret of another
    service."""
    environment = {
        "PLATFORM": "local",
        "GIN_MODE": "release",
        "HOME": "/tmp",  # noqa: S108  the root file system is read-only
        "LOG_OUTPUT_FORMAT": "json",
        "HEALTH_API_LOG_ENABLED": "false",
        "PPROF_ENABLED": "false",
        "SERVER_PORT": str(PLUGIN_DAEMON_PORT),
        "DIFY_INNER_API_URL": endpoints.api_url,
        "DB_TYPE": "postgresql",
        "DB_HOST": endpoints.database_host,
        "DB_PORT": str(endpoints.database_port),
        "DB_DATABASE": endpoints.plugin_database_name,
        "DB_DEFAULT_DATABASE": endpoints.plugin_database_name,
        "DB_SSL_MODE": "require" if endpoints.encrypted else "disable",
        **endpoints.session_attributes,
        "DB_MAX_OPEN_CONNS": str(deployment.tuning.pool_size + deployment.tuning.max_overflow),
        "DB_MAX_IDLE_CONNS": str(deployment.tuning.pool_size),
        "DB_CONN_MAX_LIFETIME": "300",
        "REDIS_HOST": endpoints.cache_host,
        "REDIS_PORT": str(endpoints.cache_port),
        "REDIS_USE_SSL": "true" if endpoints.encrypted else "false",
        "REDIS_DB": "0",
        "REDIS_KEY_PREFIX": PLUGIN_KEY_PREFIX,
        **_plugin_storage(endpoints),
        "PLUGIN_INSTALLED_PATH": "plugin",
        "PLUGIN_PACKAGE_CACHE_PATH": "plugin_packages",
        "PLUGIN_MEDIA_CACHE_PATH": "assets",
        "PLUGIN_WORKING_PATH": f"{PLUGINS_FOLDER}/cwd",
        "MAX_PLUGIN_PACKAGE_SIZE": str(PLUGIN_PACKAGE_BYTES),
        "MAX_BUNDLE_PACKAGE_SIZE": str(PLUGIN_PACKAGE_BYTES),
        "PLUGIN_MAX_EXECUTION_TIMEOUT": "600",
        "PYTHON_ENV_INIT_TIMEOUT": "600",
        # Installing and compiling is what runs out of memory (aws-samples/dify-self-hosted-on-aws#119): one at a time.
        "PLUGIN_LOCAL_LAUNCHING_CONCURRENT": "1",
        "PLUGIN_REMOTE_INSTALLING_ENABLED": "false",
        "FORCE_VERIFYING_SIGNATURE": "true",
        # Asks a third party where it is, and may then choose a mirror in another country.
        "PIP_MIRROR_AUTO_DETECT": "false",
    }
    if endpoints.package_index_url:
        environment |= {
            "PIP_MIRROR_URL": endpoints.package_index_url,
            "PIP_EXTRA_ARGS": f"--config-file {endpoints.package_login_file}",
            # A plugin's own lock names PyPI.
            "PLUGIN_IGNORE_UV_LOCK": "true",
        }
    telemetry = options.telemetry
    # Plugins see every variable of the daemon, so a collector's key is none of them.
    if telemetry is not None and not telemetry.needs_login:
        environment |= {
            "ENABLE_OTEL": "true",
            "OTLP_BASE_ENDPOINT": telemetry.endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc" if telemetry.protocol == "grpc" else "http/protobuf",
            "OTEL_SAMPLING_RATE": str(telemetry.sampling_rate),
        }
    return environment


def _plugin_storage(endpoints: Endpoints) -> dict[str, str]:
    if not endpoints.plugins_bucket:
        return {"PLUGIN_STORAGE_TYPE": "local", "PLUGIN_STORAGE_LOCAL_ROOT": PLUGINS_FOLDER}
    return {
        "PLUGIN_STORAGE_TYPE": "aws_s3",
        "PLUGIN_STORAGE_OSS_BUCKET": endpoints.plugins_bucket,
        # The code's own defaults of the first and the last differ from the compose file's: all are set.
        "S3_USE_AWS": "true",
        "S3_USE_AWS_MANAGED_IAM": "true",
        "S3_USE_PATH_STYLE": "false",
        "AWS_REGION": endpoints.region,
    }


def sandbox_environment(endpoints: Endpoints) -> dict[str, str]:
    """The variables of the sandbox: its only way out is the SSRF proxy."""
    proxy = endpoints.inside(SSRF_PROXY)
    return {
        "GIN_MODE": "release",
        "SANDBOX_PORT": str(SANDBOX_PORT),
        "WORKER_TIMEOUT": str(SANDBOX_TIMEOUT_SECONDS),
        "MAX_WORKERS": "4",
        "MAX_REQUESTS": "50",
        "ENABLE_NETWORK": "true",
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
    }


def ssrf_proxy_environment(endpoints: Endpoints, *, for_agents: bool) -> dict[str, str]:
    """The variables of either SSRF proxy; agents' commands also reach their agent and the api's files."""
    if not for_agents:
        return {}
    inside = {AGENT_BACKEND: "agent-stub", API: "files"}
    hosts = [f"{endpoints.inside(service).removeprefix('http://')}/{path}/" for service, path in inside.items()]
    return {"SSRF_PROXY_AGENT_HOSTS": ",".join(hosts)}
