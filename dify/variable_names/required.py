"""What a deployment must set itself, because the default is unsafe, points at the container, or is not what Dify says.

Sources: api/Dockerfile (addresses baked into the image), api/configs (code defaults), docker/.env.example (published
default secrets), internal/types/app/config.go of the plugin daemon, internal/static/config.go of the sandbox,
dify-agent/docs/dify-agent/guide/index.md and dify-agent-runtime/README.md, at the commits that the lists here name.
"""

from collections.abc import Mapping
from types import MappingProxyType

_PUBLIC_DEFAULT = "the default is published, so it protects nothing"
_BAKED = "the image sets a loopback address"
_LOOPBACK = "the default is a loopback address"
_NO_DEFAULT = "the service does not start, or does not work, without it"
_RELEASES_DIFFER = "the default changed between releases"

_API = {
    "MODE": "without it the container serves the api, whatever it was meant to be",
    "MIGRATION_ENABLED": "exactly true migrates at every start, and MODE=migration without it serves the api",
    "SECRET_KEY": "left empty, each container writes its own into its own storage",
    "INIT_PASSWORD": "left empty, the first visitor becomes the owner",
    "CONSOLE_API_URL": _BAKED,
    "CONSOLE_WEB_URL": _BAKED,
    "SERVICE_API_URL": _BAKED,
    "APP_WEB_URL": _BAKED,
    "TRIGGER_URL": _LOOPBACK,
    "ENDPOINT_URL_TEMPLATE": _LOOPBACK,
    "FILES_URL": "left empty, files have no address that a browser or a model provider can read",
    "INTERNAL_FILES_URL": "left empty, the plugin daemon fetches files through the public entry",
    "RESPECT_XFORWARD_HEADERS_ENABLED": "off, every client has the load balancer's address and http",
    "SWAGGER_UI_ENABLED": "the code's default shows the interface's description without signing in",
    "ENABLE_COLLABORATION_MODE": _RELEASES_DIFFER,
    "APP_MAX_EXECUTION_TIME": _RELEASES_DIFFER,
    "WORKFLOW_MAX_EXECUTION_TIME": _RELEASES_DIFFER,
    "LOG_OUTPUT_FORMAT": "text spreads one record over many log events",
    "DB_HOST": _LOOPBACK,
    "DB_USERNAME": "the default is the database's owner",
    "DB_PASSWORD": _PUBLIC_DEFAULT,
    "SQLALCHEMY_POOL_SIZE": "the default's 30 per process exceeds what small databases admit",
    "SQLALCHEMY_MAX_OVERFLOW": "counts with the pool against the database's connections",
    "SQLALCHEMY_POOL_PRE_PING": "off, connections that a failover killed are handed out",
    "REDIS_HOST": _LOOPBACK,
    "REDIS_PASSWORD": _PUBLIC_DEFAULT,
    "REDIS_USE_SSL": "off, passwords and sessions cross the network in the clear",
    "REDIS_SSL_CERT_REQS": "the default accepts any certificate",
    "CELERY_BROKER_URL": _NO_DEFAULT,
    "STORAGE_TYPE": "the default is the container's own disk",
    "S3_BUCKET_NAME": _NO_DEFAULT,
    "S3_REGION": _NO_DEFAULT,
    "S3_USE_AWS_MANAGED_IAM": "off, the task's role is not used and keys are asked for",
    "VECTOR_STORE": _NO_DEFAULT,
    "CODE_EXECUTION_ENDPOINT": "the default is a name of the compose network",
    "CODE_EXECUTION_API_KEY": _PUBLIC_DEFAULT,
    "SSRF_PROXY_HTTP_URL": "left empty, requests of users go out unfiltered",
    "SSRF_PROXY_HTTPS_URL": "left empty, requests of users go out unfiltered",
    "PLUGIN_DAEMON_URL": _LOOPBACK,
    "PLUGIN_DAEMON_KEY": _PUBLIC_DEFAULT,
    "INNER_API_KEY_FOR_PLUGIN": _PUBLIC_DEFAULT,
    "PLUGIN_MAX_PACKAGE_SIZE": "the code's 15 MiB is less than what the plugin daemon takes",
}

_WEB = {
    "HOSTNAME": "left to the runtime, the server may listen on one network's address only",
    "CONSOLE_API_URL": _BAKED,
    "APP_API_URL": _BAKED,
    "SERVER_CONSOLE_API_URL": "left empty, pages are rendered through the public entry",
    "NEXT_PUBLIC_ENABLE_AGENT_V2": "the image hides the New Agent, the compose file shows it",
}

_PLUGIN_DAEMON = {
    "SERVER_PORT": _NO_DEFAULT,
    "SERVER_KEY": _PUBLIC_DEFAULT,
    "DIFY_INNER_API_URL": _NO_DEFAULT,
    "DIFY_INNER_API_KEY": _PUBLIC_DEFAULT,
    "DB_HOST": _NO_DEFAULT,
    "DB_USERNAME": _NO_DEFAULT,
    "DB_PASSWORD": _PUBLIC_DEFAULT,
    "DB_DATABASE": _NO_DEFAULT,
    "DB_SSL_MODE": "off, the database is spoken to in the clear, and refuses it where TLS is forced",
    "DB_MAX_OPEN_CONNS": "counts against the database's connections",
    "REDIS_HOST": _NO_DEFAULT,
    "REDIS_PASSWORD": _PUBLIC_DEFAULT,
    "REDIS_USE_SSL": "off, the cache is spoken to in the clear",
    "PLUGIN_STORAGE_TYPE": "the default is the container's own disk",
    "PLUGIN_STORAGE_OSS_BUCKET": _NO_DEFAULT,
    "AWS_REGION": _NO_DEFAULT,
    "S3_USE_AWS": "the code's default and the compose file's differ",
    "S3_USE_AWS_MANAGED_IAM": "off, the task's role is not used and keys are asked for",
    "S3_USE_PATH_STYLE": "the code's default and the compose file's differ",
    "PLUGIN_INSTALLED_PATH": _NO_DEFAULT,
    "PLUGIN_PACKAGE_CACHE_PATH": _NO_DEFAULT,
    "PLUGIN_WORKING_PATH": _NO_DEFAULT,
    "MAX_PLUGIN_PACKAGE_SIZE": "has to be what the api admits",
    "PLUGIN_REMOTE_INSTALLING_ENABLED": "on by default, it opens a debugging port",
    "FORCE_VERIFYING_SIGNATURE": "off, anybody's package runs beside the daemon's secrets",
    "PIP_MIRROR_AUTO_DETECT": "on by default, it asks a third party where the service is",
}

_SANDBOX = {
    "API_KEY": _PUBLIC_DEFAULT,
    "ENABLE_NETWORK": "only when it is set are the proxies read",
    "HTTP_PROXY": "left empty, code reaches the network unfiltered",
    "HTTPS_PROXY": "left empty, code reaches the network unfiltered",
    "WORKER_TIMEOUT": "the image's file says 5 s, the compose file 15 s",
}

_AGENT_BACKEND = {
    "DIFY_AGENT_REDIS_URL": _LOOPBACK,
    "DIFY_AGENT_API_TOKEN": "left empty, anybody on the network starts and reads runs",
    "DIFY_AGENT_SERVER_SECRET_KEY": _PUBLIC_DEFAULT,
    "DIFY_AGENT_PLUGIN_DAEMON_URL": _LOOPBACK,
    "DIFY_AGENT_PLUGIN_DAEMON_API_KEY": _PUBLIC_DEFAULT,
    "DIFY_AGENT_INNER_API_URL": _LOOPBACK,
    "DIFY_AGENT_INNER_API_KEY": _PUBLIC_DEFAULT,
}

_LOCAL_SANDBOX = {
    "SHELLCTL_AUTH_TOKEN": "left empty, anybody on the network runs commands",
    "SHELLCTL_ENABLE_PATH_ISOLATION": "what happens on a kernel without Landlock changed between releases: choose",
    "HTTP_PROXY": "left empty, commands reach the network unfiltered",
    "HTTPS_PROXY": "left empty, commands reach the network unfiltered",
}

REASONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "api": MappingProxyType(_API),
        "web": MappingProxyType(_WEB),
        "plugin-daemon": MappingProxyType(_PLUGIN_DAEMON),
        "sandbox": MappingProxyType(_SANDBOX),
        "ssrf-proxy": MappingProxyType({}),
        "agent-backend": MappingProxyType(_AGENT_BACKEND),
        "local-sandbox": MappingProxyType(_LOCAL_SANDBOX),
    }
)
"""Image -> variable -> why its default will not do. The SSRF proxy is this repository's own image, safe by default."""

REQUIRED: Mapping[str, frozenset[str]] = MappingProxyType({image: frozenset(why) for image, why in REASONS.items()})
"""Image -> variables that a deployment of it must set, in plain or as a secret."""
