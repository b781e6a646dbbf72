"""Which secrets there are, what is in them, and which variable of which service reads which field.

Pairs that must match are one secret. Lengths and alphabets are what the readers accept: Dify's environment variables
documentation for SECRET_KEY and INIT_PASSWORD, ElastiCache's user guide for cache passwords, the plugin daemon's
connection string (no quotes, spaces or backslashes) for database passwords.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dify.environment.agents import AGENT_DATABASE, AGENT_KEY_PREFIX
from dify.environment.runners import PLUGIN_KEY_PREFIX
from dify.plan import Deployment, Options
from dify.services import AGENT_BACKEND, LOCAL_SANDBOX, PLUGIN_DAEMON, SANDBOX, WEB

BROKER_DATABASE = 1
"""The cache's logical database of the Celery queues; Dify keeps its own data in 0 (docker/.env.example)."""


class Kind(StrEnum):
    """What rotating a secret means. FIXED is never rotated: a new SECRET_KEY ends all sessions and makes stored
    provider credentials unreadable (Dify, environment variables)."""

    FIXED = "fixed"
    DATABASE = "database"
    CACHE = "cache"
    KEYS = "keys"
    MIRROR = "mirror"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a value is made: `length` characters of `alphabet` (functions/shared/generation.py)."""

    length: int = 64
    alphabet: str = "alphanumeric"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret. `generated` fields are made once, `composed` ones are templates over its fields, `host` and `port`.
    `access` is what the user of a CACHE secret may do, as Redis writes it; `role` owns the database of a DATABASE
    secret, and two logins of that name take turns."""

    name: str
    kind: Kind
    generated: Mapping[str, Recipe]
    composed: Mapping[str, str] = field(default_factory=dict[str, str])
    access: str = ""
    role: str = ""

    @property
    def logins(self) -> tuple[str, str]:
        """The two logins of a DATABASE secret, the first one in use until the first rotation."""
        return f"{self.role}_a", f"{self.role}_b"

    @property
    def mirrors(self) -> tuple["Secret", "Secret"]:
        """A secret for each of the two logins, as RDS Proxy wants them: its `role` is that login."""
        first, second = self.logins
        return self._mirror(first), self._mirror(second)

    def _mirror(self, login: str) -> "Secret":
        suffix = login.rpartition("_")[2]
        return Secret(name=f"{self.name}-{suffix}", kind=Kind.MIRROR, generated=self.generated, role=login)


def _only(prefix: str) -> str:
    """Everything harmless, on keys and channels that begin with `prefix`: what plugins and agents can reach of the
    cache is their own."""
    return f"on ~{prefix}* &{prefix}* +@all -@dangerous +info"


_PASSWORD = {"password": Recipe()}

APPLICATION = Secret(
    name="application",
    kind=Kind.FIXED,
    generated={"SECRET_KEY": Recipe(), "INIT_PASSWORD": Recipe(length=30)},
)
DATABASE = Secret(name="database-login", kind=Kind.DATABASE, generated=_PASSWORD, role="dify")
PLUGIN_DATABASE = Secret(name="plugin-database-login", kind=Kind.DATABASE, generated=_PASSWORD, role="dify_plugin")
METRICS_DATABASE = Secret(name="metrics-login", kind=Kind.DATABASE, generated=_PASSWORD, role="dify_metrics")
"""Reads some columns of the database that DATABASE's role owns and has none of its own; a function's, no service's."""
CACHE = Secret(
    name="cache",
    kind=Kind.CACHE,
    generated=_PASSWORD,
    composed={"CELERY_BROKER_URL": f"rediss://{{username}}:{{password}}@{{host}}:{{port}}/{BROKER_DATABASE}"},
    access="on ~* &* +@all -@dangerous +info +keys",
)
PLUGIN_CACHE = Secret(name="plugin-cache", kind=Kind.CACHE, generated=_PASSWORD, access=_only(PLUGIN_KEY_PREFIX))
AGENT_CACHE = Secret(
    name="agent-cache",
    kind=Kind.CACHE,
    generated=_PASSWORD,
    composed={"REDIS_URL": f"rediss://{{username}}:{{password}}@{{host}}:{{port}}/{AGENT_DATABASE}"},
    access=_only(AGENT_KEY_PREFIX),
)
PLUGIN_DAEMON_KEY = Secret(name="plugin-daemon-key", kind=Kind.KEYS, generated={"KEY": Recipe()})
INNER_API_KEY = Secret(name="inner-api-key", kind=Kind.KEYS, generated={"KEY": Recipe()})
SANDBOX_KEY = Secret(name="sandbox-key", kind=Kind.KEYS, generated={"KEY": Recipe()})
AGENT_TOKEN = Secret(name="agent-token", kind=Kind.KEYS, generated={"TOKEN": Recipe()})
AGENT_SERVER_KEY = Secret(
    name="agent-server-key",
    kind=Kind.KEYS,
    generated={"KEY": Recipe(length=43, alphabet="base64url-32-bytes")},
)
LOCAL_SANDBOX_TOKEN = Secret(name="local-sandbox-token", kind=Kind.KEYS, generated={"TOKEN": Recipe()})

SECRETS = (
    APPLICATION,
    DATABASE,
    PLUGIN_DATABASE,
    METRICS_DATABASE,
    CACHE,
    PLUGIN_CACHE,
    AGENT_CACHE,
    PLUGIN_DAEMON_KEY,
    INNER_API_KEY,
    SANDBOX_KEY,
    AGENT_TOKEN,
    AGENT_SERVER_KEY,
    LOCAL_SANDBOX_TOKEN,
)

Reference = tuple[str, str]
"""Name of a secret and of one of its fields."""

_BACKEND = {
    "SECRET_KEY": (APPLICATION.name, "SECRET_KEY"),
    "INIT_PASSWORD": (APPLICATION.name, "INIT_PASSWORD"),
    "DB_USERNAME": (DATABASE.name, "username"),
    "DB_PASSWORD": (DATABASE.name, "password"),
    "PGVECTOR_USER": (DATABASE.name, "username"),
    "PGVECTOR_PASSWORD": (DATABASE.name, "password"),
    "REDIS_USERNAME": (CACHE.name, "username"),
    "REDIS_PASSWORD": (CACHE.name, "password"),
    "CELERY_BROKER_URL": (CACHE.name, "CELERY_BROKER_URL"),
    "PLUGIN_DAEMON_KEY": (PLUGIN_DAEMON_KEY.name, "KEY"),
    "INNER_API_KEY_FOR_PLUGIN": (INNER_API_KEY.name, "KEY"),
    "CODE_EXECUTION_API_KEY": (SANDBOX_KEY.name, "KEY"),
}

_BY_SERVICE: Mapping[str, Mapping[str, Reference]] = {
    WEB.name: {},
    PLUGIN_DAEMON.name: {
        "SERVER_KEY": (PLUGIN_DAEMON_KEY.name, "KEY"),
        "DIFY_INNER_API_KEY": (INNER_API_KEY.name, "KEY"),
        "DB_USERNAME": (PLUGIN_DATABASE.name, "username"),
        "DB_PASSWORD": (PLUGIN_DATABASE.name, "password"),
        "REDIS_USERNAME": (PLUGIN_CACHE.name, "username"),
        "REDIS_PASSWORD": (PLUGIN_CACHE.name, "password"),
    },
    SANDBOX.name: {"API_KEY": (SANDBOX_KEY.name, "KEY")},
    AGENT_BACKEND.name: {
        "DIFY_AGENT_API_TOKEN": (AGENT_TOKEN.name, "TOKEN"),
        "DIFY_AGENT_SERVER_SECRET_KEY": (AGENT_SERVER_KEY.name, "KEY"),
        "DIFY_AGENT_REDIS_URL": (AGENT_CACHE.name, "REDIS_URL"),
        "DIFY_AGENT_PLUGIN_DAEMON_API_KEY": (PLUGIN_DAEMON_KEY.name, "KEY"),
        "DIFY_AGENT_INNER_API_KEY": (INNER_API_KEY.name, "KEY"),
        "DIFY_AGENT_LOCAL_SANDBOX_AUTH_TOKEN": (LOCAL_SANDBOX_TOKEN.name, "TOKEN"),
    },
    LOCAL_SANDBOX.name: {"SHELLCTL_AUTH_TOKEN": (LOCAL_SANDBOX_TOKEN.name, "TOKEN")},
}


def secret_variables(deployment: Deployment, options: Options) -> dict[str, Reference]:
    """Variable -> secret and field of one service, the operator's own (mail, telemetry) not among them."""
    service = deployment.service
    if not service.runs_api_image:
        return dict(_BY_SERVICE.get(service.name, {}))
    agent = {"AGENT_BACKEND_API_TOKEN": (AGENT_TOKEN.name, "TOKEN")} if options.agent else {}
    return {**_BACKEND, **agent}


def used_secrets(deployments: Sequence[Deployment], options: Options) -> tuple[tuple[Secret, tuple[str, ...]], ...]:
    """The secrets that `deployments` read, in the order of SECRETS, each with the services that read it."""
    readers = {deployment.name: secret_variables(deployment, options).values() for deployment in deployments}
    used = (
        (secret, tuple(name for name, references in readers.items() if secret.name in {ref[0] for ref in references}))
        for secret in SECRETS
    )
    return tuple((secret, services) for secret, services in used if services)
