"""What the api image gets, in each of its modes: one shared set, so that all of them agree.

Names and meanings: api/configs, api/docker/entrypoint.sh, docker/.env.example and docker/envs of langgenius/dify
1.16.0 to 1.17.1. `dify/variable_names` holds the names that exist.
"""

from dify.environment.endpoints import Endpoints
from dify.plan import RUN_TIMEOUT_SECONDS, Deployment, Options, Tuning
from dify.queues import ALL_QUEUES
from dify.services import AGENT_BACKEND, API_WEBSOCKET, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY

KEEP_ALIVE_MARGIN_SECONDS = 10

SANDBOX_TIMEOUT_SECONDS = 15
"""Longest run of a code node (docker/docker-compose.yaml, WORKER_TIMEOUT of the sandbox)."""

TLS_FIRST_PORTS = (465, 2465)
"""Ports of a mail server where TLS comes first; on others it is asked for by STARTTLS (Amazon SES developer guide)."""

FILES_FOLDER = "/app/api/storage"
"""Where files are without a bucket (docker/docker-compose.yaml)."""

PLUGIN_PACKAGE_BYTES = 52_428_800
"""Largest plugin package; the api and the daemon must agree (docker/.env.example)."""


def backend_environment(deployment: Deployment, endpoints: Endpoints, options: Options) -> dict[str, str]:
    """The variables of api, api-websocket, workers, beat and migration."""
    service = deployment.service
    environment = {
        "MODE": service.mode or "",
        # Any container started with exactly "true" migrates; only the one-off task may (api/docker/entrypoint.sh).
        "MIGRATION_ENABLED": "true" if service.mode == "migration" else "false",
        **_identity(endpoints, options),
        **_limits(),
        **_database(endpoints, deployment.tuning, pooled=options.pooled),
        **_cache(endpoints),
        **_storage(endpoints),
        **_vectors(endpoints, options),
        **_runners(endpoints, options),
        **_egress(options),
        **_mail(options),
        **_telemetry(options, service.name),
        **_cleanup(options),
        **_uploads(options),
    }
    if service.mode == "api":
        environment |= _gunicorn(deployment, options)
    if service.mode == "worker":
        environment |= {
            "CELERY_WORKER_AMOUNT": str(deployment.tuning.slots),
            "CELERY_WORKER_QUEUES": ",".join(deployment.queues or ALL_QUEUES),
        }
    return environment


def _identity(endpoints: Endpoints, options: Options) -> dict[str, str]:
    public = endpoints.public_url
    return {
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
        "INTERNAL_FILES_URL": endpoints.api_url,
        "SERVER_CONSOLE_API_URL": endpoints.api_url,
        "CONSOLE_CORS_ALLOW_ORIGINS": public,
        "WEB_API_CORS_ALLOW_ORIGINS": "*",
        "RESPECT_XFORWARD_HEADERS_ENABLED": "true",
        "SWAGGER_UI_ENABLED": "false",
        "ENABLE_COLLABORATION_MODE": _switch(options.collaboration),
    }


def _limits() -> dict[str, str]:
    return {
        "APP_MAX_EXECUTION_TIME": str(RUN_TIMEOUT_SECONDS),
        "WORKFLOW_MAX_EXECUTION_TIME": str(RUN_TIMEOUT_SECONDS),
        "CODE_EXECUTION_READ_TIMEOUT": str(4 * SANDBOX_TIMEOUT_SECONDS),
        "PLUGIN_MAX_PACKAGE_SIZE": str(PLUGIN_PACKAGE_BYTES),
    }


def _gunicorn(deployment: Deployment, options: Options) -> dict[str, str]:
    is_websocket = deployment.service is API_WEBSOCKET
    return {
        "SERVER_WORKER_AMOUNT": str(deployment.tuning.processes),
        "SERVER_WORKER_CONNECTIONS": str(deployment.tuning.connections),
        # Another class than gevent breaks the patched drivers of the api (langgenius/dify#26689).
        "SERVER_WORKER_CLASS": "geventwebsocket.gunicorn.workers.GeventWebSocketWorker" if is_websocket else "gevent",
        "GUNICORN_TIMEOUT": "360",
        # gunicorn's own 2 s is shorter than the load balancer's idle time and shows as sporadic 502
        # (alphagov/notifications-admin#4826).
        "GUNICORN_CMD_ARGS": f"--keep-alive {options.idle_timeout_seconds + KEEP_ALIVE_MARGIN_SECONDS}",
    }


def _database(endpoints: Endpoints, tuning: Tuning, *, pooled: bool) -> dict[str, str]:
    environment = {
        "DB_TYPE": "postgresql",
        "DB_HOST": endpoints.database_host,
        "DB_PORT": str(endpoints.database_port),
        "DB_DATABASE": endpoints.database_name,
        "DB_EXTRAS": f"sslmode={_sslmode(endpoints)}",
        **endpoints.session_attributes,
        "SQLALCHEMY_POOL_SIZE": str(tuning.pool_size),
        "SQLALCHEMY_MAX_OVERFLOW": str(tuning.max_overflow),
        "SQLALCHEMY_POOL_RECYCLE": "300",
        "SQLALCHEMY_POOL_PRE_PING": "true",  # a failover leaves dead connections in the pool
    }
    # RDS Proxy refuses a connection that brings start-up options, which this one is (langgenius/dify#35129).
    return environment | {"DB_SESSION_TIMEZONE_OVERRIDE": ""} if pooled else environment


def _sslmode(endpoints: Endpoints) -> str:
    return "require" if endpoints.encrypted else "disable"


def _cache(endpoints: Endpoints) -> dict[str, str]:
    return {
        "REDIS_HOST": endpoints.cache_host,
        "REDIS_PORT": str(endpoints.cache_port),
        "REDIS_USE_SSL": _switch(endpoints.encrypted),
        **({"REDIS_SSL_CERT_REQS": "CERT_REQUIRED"} if endpoints.encrypted else {}),
        "REDIS_DB": "0",
        "REDIS_KEEPALIVE": "true",
        "CELERY_BACKEND": "redis",
        "EVENT_BUS_REDIS_CHANNEL_TYPE": "pubsub",
    }


def _storage(endpoints: Endpoints) -> dict[str, str]:
    if not endpoints.files_bucket:
        return {"STORAGE_TYPE": "opendal", "OPENDAL_SCHEME": "fs", "OPENDAL_FS_ROOT": FILES_FOLDER}
    return {
        "STORAGE_TYPE": "s3",
        "S3_BUCKET_NAME": endpoints.files_bucket,
        "S3_REGION": endpoints.region,
        "S3_USE_AWS_MANAGED_IAM": "true",
    }


def _vectors(endpoints: Endpoints, options: Options) -> dict[str, str]:
    """OpenSearch takes the task's own role; pgvector is in Dify's own database, and takes TLS from libpq's variable."""
    search = {
        "OPENSEARCH_HOST": endpoints.search_host,
        "OPENSEARCH_PORT": "443",
        "OPENSEARCH_SECURE": "true",
        "OPENSEARCH_VERIFY_CERTS": "true",
        "OPENSEARCH_AUTH_METHOD": "aws_managed_iam",
        "OPENSEARCH_AWS_REGION": endpoints.region,
        "OPENSEARCH_AWS_SERVICE": "es",
    }
    pgvector = {
        "PGVECTOR_HOST": endpoints.database_host,
        "PGVECTOR_PORT": str(endpoints.database_port),
        "PGVECTOR_DATABASE": endpoints.database_name,
        "PGSSLMODE": _sslmode(endpoints),
    }
    # Both addresses are there while vectors move from one store to the other (`flask vdb-migrate` reads and writes).
    return {"VECTOR_STORE": options.vector_store, **pgvector, **(search if endpoints.search_host else {})}


def _runners(endpoints: Endpoints, options: Options) -> dict[str, str]:
    """Who runs plugins, code, requests and agents for the api."""
    proxy = endpoints.inside(SSRF_PROXY)
    environment = {
        "PLUGIN_DAEMON_URL": endpoints.inside(PLUGIN_DAEMON),
        "PLUGIN_REMOTE_INSTALL_HOST": "localhost",
        "CODE_EXECUTION_ENDPOINT": endpoints.inside(SANDBOX),
        "SSRF_PROXY_HTTP_URL": proxy,
        "SSRF_PROXY_HTTPS_URL": proxy,
    }
    return environment | {"AGENT_BACKEND_BASE_URL": endpoints.inside(AGENT_BACKEND)} if options.agent else environment


def _egress(options: Options) -> dict[str, str]:
    """What Dify would ask of its makers' servers. Telemetry is off; updates and the marketplace need a way out."""
    environment = {
        "DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MARKETPLACE_ENABLED": _switch(options.internet),
    }
    if options.internet:
        return environment
    return environment | {
        "CHECK_UPDATE_URL": "",
        "ENABLE_CHECK_UPGRADABLE_PLUGIN_TASK": "false",
        "HOSTED_FETCH_APP_TEMPLATES_MODE": "builtin",
        "HOSTED_FETCH_PIPELINE_TEMPLATES_MODE": "builtin",
        "CREATORS_PLATFORM_FEATURES_ENABLED": "false",
    }


def _mail(options: Options) -> dict[str, str]:
    mail = options.mail
    if mail is None:
        return {}
    return {
        "MAIL_TYPE": "smtp",
        "MAIL_DEFAULT_SEND_FROM": mail.sender,
        "SMTP_SERVER": mail.server,
        "SMTP_PORT": str(mail.port),
        "SMTP_USE_TLS": "true",
        "SMTP_OPPORTUNISTIC_TLS": _switch(mail.port not in TLS_FIRST_PORTS),
    }


def _telemetry(options: Options, service: str) -> dict[str, str]:
    telemetry = options.telemetry
    if telemetry is None:
        return {"ENABLE_OTEL": "false"}
    return {
        "ENABLE_OTEL": "true",
        "OTLP_BASE_ENDPOINT": telemetry.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": telemetry.protocol,
        "OTEL_SAMPLING_RATE": str(telemetry.sampling_rate),
        "APPLICATION_NAME": f"dify-{service}",
    }


def _cleanup(options: Options) -> dict[str, str]:
    """The beat starts what is due, a worker does it: both read the same switches."""
    cleanup = options.cleanup
    logs, messages = cleanup.workflow_logs_after_days, cleanup.messages_after_days
    return {
        "WORKFLOW_LOG_CLEANUP_ENABLED": _switch(logs is not None),
        **({} if logs is None else {"WORKFLOW_LOG_RETENTION_DAYS": str(logs)}),
        "ENABLE_CLEAN_MESSAGES": _switch(messages is not None),
        **({} if messages is None else {"SANDBOX_EXPIRED_RECORDS_RETENTION_DAYS": str(messages)}),
        "ENABLE_CLEAN_EMBEDDING_CACHE_TASK": _switch(cleanup.embedding_cache),
        "ENABLE_CLEAN_UNUSED_DATASETS_TASK": _switch(cleanup.unused_datasets),
    }


def _uploads(options: Options) -> dict[str, str]:
    """The api refuses what is larger, and tells web, which does so before it is sent."""
    uploads = options.uploads
    return {
        "UPLOAD_FILE_SIZE_LIMIT": str(uploads.file_mib),
        "UPLOAD_IMAGE_FILE_SIZE_LIMIT": str(uploads.image_mib),
        "UPLOAD_AUDIO_FILE_SIZE_LIMIT": str(uploads.audio_mib),
        "UPLOAD_VIDEO_FILE_SIZE_LIMIT": str(uploads.video_mib),
        "UPLOAD_FILE_BATCH_LIMIT": str(uploads.files_at_once),
    }


def _switch(on: bool) -> str:  # noqa: FBT001  the value is the argument
    return "true" if on else "false"
