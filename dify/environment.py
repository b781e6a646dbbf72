"""The environment of each service: a pure function of endpoints and choices. Secrets appear by reference only.

Names and meanings: api/configs, docker/.env.example and docker/envs of langgenius/dify 1.16.0 to 1.17.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dify.services import WEB_PORT


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where the services find each other and their stores. Host names only, ports are the stores' own."""

    domain: str
    region: str
    internal_api_url: str
    database_host: str
    database_port: int
    database_name: str
    cache_host: str
    cache_port: int
    files_bucket: str


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """Processes, pools and slots of one service.

    `processes` gunicorn workers with `connections` simultaneous requests each (open streams included), `slots` Celery
    greenlets, and a SQLAlchemy pool of `pool_size` + `max_overflow` database connections per process.
    """

    processes: int = 1
    connections: int = 200
    slots: int = 16
    pool_size: int = 10
    max_overflow: int = 10


RUN_TIMEOUT_SECONDS = 3600
"""Longest run of an app or workflow; the default since 1.17.0 (langgenius/dify#41065), set for older ones too."""

KEEP_ALIVE_MARGIN_SECONDS = 10


def api_environment(mode: str, endpoints: Endpoints, tuning: Tuning, *, idle_timeout_seconds: int) -> dict[str, str]:
    """What the api image gets in `mode` (api, worker, beat, migration): one shared set, so that all of them agree."""
    public = f"https://{endpoints.domain}"
    environment = {
        "MODE": mode,
        # Any container started with exactly "true" migrates; only the one-off task may (api/docker/entrypoint.sh).
        "MIGRATION_ENABLED": "true" if mode == "migration" else "false",
        "DEPLOY_ENV": "PRODUCTION",
        "DEPLOYMENT_EDITION": "COMMUNITY",
        "LOG_LEVEL": "INFO",
        "LOG_OUTPUT_FORMAT": "json",
        "LOG_FILE": "",
        # The image bakes loopback addresses into these four (api/Dockerfile), so all are set.
        "CONSOLE_API_URL": public,
        "CONSOLE_WEB_URL": public,
        "SERVICE_API_URL": public,
        "APP_WEB_URL": public,
        "TRIGGER_URL": public,
        "ENDPOINT_URL_TEMPLATE": f"{public}/e/{{hook_id}}",
        "FILES_URL": public,
        "INTERNAL_FILES_URL": endpoints.internal_api_url,
        "SERVER_CONSOLE_API_URL": endpoints.internal_api_url,
        "CONSOLE_CORS_ALLOW_ORIGINS": public,
        "WEB_API_CORS_ALLOW_ORIGINS": "*",
        "RESPECT_XFORWARD_HEADERS_ENABLED": "true",
        "SWAGGER_UI_ENABLED": "false",
        "ENABLE_COLLABORATION_MODE": "false",
        "APP_MAX_EXECUTION_TIME": str(RUN_TIMEOUT_SECONDS),
        "WORKFLOW_MAX_EXECUTION_TIME": str(RUN_TIMEOUT_SECONDS),
        **_database(endpoints, tuning),
        **_cache(endpoints),
        **_storage(endpoints),
        **_vectors(endpoints),
    }
    if mode == "api":
        environment |= {
            "SERVER_WORKER_AMOUNT": str(tuning.processes),
            "SERVER_WORKER_CONNECTIONS": str(tuning.connections),
            "SERVER_WORKER_CLASS": "gevent",
            "GUNICORN_TIMEOUT": "360",
            # gunicorn's own 2 s is shorter than the load balancer's idle time and shows as sporadic 502
            # (alphagov/notifications-admin#4826).
            "GUNICORN_CMD_ARGS": f"--keep-alive {idle_timeout_seconds + KEEP_ALIVE_MARGIN_SECONDS}",
        }
    if mode == "worker":
        environment["CELERY_WORKER_AMOUNT"] = str(tuning.slots)
    return environment


def web_environment(endpoints: Endpoints) -> dict[str, str]:
    """What the web service gets: the browser's view of the api, and its own for server side rendering."""
    public = f"https://{endpoints.domain}"
    return {
        # Left to the runtime, Next.js may bind one network's address only.
        "HOSTNAME": "0.0.0.0",  # noqa: S104  inside the task's own network interface
        "PORT": str(WEB_PORT),
        "CONSOLE_API_URL": public,
        "APP_API_URL": public,
        "SERVER_CONSOLE_API_URL": endpoints.internal_api_url,
        "NEXT_PUBLIC_ENABLE_AGENT_V2": "false",
        "TEXT_GENERATION_TIMEOUT_MS": "60000",
    }


def api_secrets(*, application_arn: str, cache_arn: str, database_arn: str) -> Mapping[str, str]:
    """Variable name -> `valueFrom` of the api image: one JSON field of one Secrets Manager secret each."""
    return {
        "SECRET_KEY": f"{application_arn}:SECRET_KEY::",
        "INIT_PASSWORD": f"{application_arn}:INIT_PASSWORD::",
        "DB_USERNAME": f"{database_arn}:username::",
        "DB_PASSWORD": f"{database_arn}:password::",
        "PGVECTOR_USER": f"{database_arn}:username::",
        "PGVECTOR_PASSWORD": f"{database_arn}:password::",
        "REDIS_USERNAME": f"{cache_arn}:username::",
        "REDIS_PASSWORD": f"{cache_arn}:password::",
        "CELERY_BROKER_URL": f"{cache_arn}:CELERY_BROKER_URL::",
    }


def _database(endpoints: Endpoints, tuning: Tuning) -> dict[str, str]:
    return {
        "DB_TYPE": "postgresql",
        "DB_HOST": endpoints.database_host,
        "DB_PORT": str(endpoints.database_port),
        "DB_DATABASE": endpoints.database_name,
        "DB_EXTRAS": "sslmode=require",
        "SQLALCHEMY_POOL_SIZE": str(tuning.pool_size),
        "SQLALCHEMY_MAX_OVERFLOW": str(tuning.max_overflow),
        "SQLALCHEMY_POOL_RECYCLE": "300",
        "SQLALCHEMY_POOL_PRE_PING": "true",  # a failover leaves dead connections in the pool
    }


def _cache(endpoints: Endpoints) -> dict[str, str]:
    return {
        "REDIS_HOST": endpoints.cache_host,
        "REDIS_PORT": str(endpoints.cache_port),
        "REDIS_USE_SSL": "true",
        "REDIS_SSL_CERT_REQS": "CERT_REQUIRED",
        "REDIS_DB": "0",
        "REDIS_KEEPALIVE": "true",
        "CELERY_BACKEND": "redis",
        "EVENT_BUS_REDIS_CHANNEL_TYPE": "pubsub",
    }


def _storage(endpoints: Endpoints) -> dict[str, str]:
    return {
        "STORAGE_TYPE": "s3",
        "S3_BUCKET_NAME": endpoints.files_bucket,
        "S3_REGION": endpoints.region,
        "S3_USE_AWS_MANAGED_IAM": "true",
    }


def _vectors(endpoints: Endpoints) -> dict[str, str]:
    """pgvector in Dify's own database; the client takes TLS from libpq's variable (it has no option of its own)."""
    return {
        "VECTOR_STORE": "pgvector",
        "PGVECTOR_HOST": endpoints.database_host,
        "PGVECTOR_PORT": str(endpoints.database_port),
        "PGVECTOR_DATABASE": endpoints.database_name,
        "PGSSLMODE": "require",
    }
