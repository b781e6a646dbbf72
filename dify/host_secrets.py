"""The secrets of one host: which file each reader gets, and what stands in it, by reference only.

A template names a value as `{secret.field}`, or `{sha256 secret.field}` for its digest. The secret keeper makes each
value once and writes the files (components/docker_host/scripts/secret_keeper.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dify.plan import Deployment, Options
from dify.secrets import CACHE, DATABASE, PLUGIN_CACHE, PLUGIN_DATABASE, SECRETS, Kind, Recipe, Secret, secret_variables
from dify.services import PLUGIN_DAEMON, SANDBOX

BACKEND = "secrets-backend"
POSTGRESQL = "secrets-postgres"
REDIS = "secrets-redis"
BACKUP = "secrets-backup"
NGINX = "secrets-nginx"
"""Volumes, one for each reader of secrets; a Dify service of another image has one that is called after it."""

ENVIRONMENT = "environment"
"""The file that a Dify service takes its secret variables from."""

SUPERUSER = Secret(name="postgresql-superuser", kind=Kind.KEYS, generated={"password": Recipe()})
REPLICATION = Secret(name="postgresql-replication", kind=Kind.KEYS, generated={"password": Recipe()})
"""Logins of the database servers themselves, which a managed database has no need of."""

REPLICATION_ROLE = "replication"

USERS = {
    "nginx": 101,
    "postgresql": 999,
    "redis": 999,
}
"""Numeric users of the images that are not Dify's (their Dockerfiles)."""


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A file in a `volume`, which the numeric user `owner` alone may read."""

    volume: str
    name: str
    owner: int
    template: str


def volume_of(deployment: Deployment) -> str | None:
    """The volume with a service's secrets; None for a service without any."""
    service = deployment.service
    if service.runs_api_image:
        return BACKEND
    return f"secrets-{service.name}" if service.name in {PLUGIN_DAEMON.name, SANDBOX.name} else None


def secret_files(
    deployments: Sequence[Deployment], options: Options, *, cache_host: str, cache_port: int
) -> tuple[SecretFile, ...]:
    """Every file of a stack that runs `deployments`."""
    services: dict[str, Deployment] = {}
    for deployment in deployments:
        volume = volume_of(deployment)
        if volume is not None:
            services.setdefault(volume, deployment)
    server = USERS["postgresql"]
    return (
        *_database_files(server),
        SecretFile(volume=REDIS, name="users.acl", owner=USERS["redis"], template=_access_list()),
        SecretFile(
            volume=BACKUP,
            name="pgpass",
            owner=server,
            template=f"*:*:*:{REPLICATION_ROLE}:{_value(REPLICATION.name, 'password')}\n",
        ),
        *(
            SecretFile(
                volume=volume,
                name=ENVIRONMENT,
                owner=int(deployment.service.user),
                template=_environment(deployment, options, f"{cache_host}:{cache_port}"),
            )
            for volume, deployment in services.items()
        ),
    )


def recipes(files: Sequence[SecretFile]) -> dict[str, Recipe]:
    """How each value that `files` name is made, as `secret.field`."""
    known = {
        f"{secret.name}.{field}": recipe
        for secret in (*SECRETS, SUPERUSER, REPLICATION)
        for field, recipe in secret.generated.items()
    }
    text = "\n".join(file.template for file in files)
    return {name: recipe for name, recipe in known.items() if f"{name}}}" in text}


def _database_files(owner: int) -> Iterator[SecretFile]:
    readers = {
        "superuser-password": SUPERUSER,
        "replication-password": REPLICATION,
        "dify-password": DATABASE,
        "plugin-password": PLUGIN_DATABASE,
    }
    for name, secret in readers.items():
        yield SecretFile(volume=POSTGRESQL, name=name, owner=owner, template=_value(secret.name, "password"))


def _access_list() -> str:
    """Redis's users (Redis documentation, "ACL"): digests only, and one without a password that may say ping."""
    users = [
        f"user {secret.name} {secret.access} #{{sha256 {secret.name}.password}}" for secret in (CACHE, PLUGIN_CACHE)
    ]
    return "\n".join(["user default off", "user health on nopass resetkeys resetchannels -@all +ping", *users]) + "\n"


def _environment(deployment: Deployment, options: Options, cache: str) -> str:
    """Lines that a shell reads; every value is letters and digits by its recipe."""
    literals = _literals(cache)
    variables = secret_variables(deployment, options)
    return "".join(f"{name}='{literals.get(source, _value(*source))}'\n" for name, source in sorted(variables.items()))


def _literals(cache: str) -> Mapping[tuple[str, str], str]:
    """What stands beside a generated value, or around it."""
    broker = CACHE.composed["CELERY_BROKER_URL"].replace("rediss://", "redis://").replace("{host}:{port}", cache)
    return {
        (DATABASE.name, "username"): DATABASE.role,
        (PLUGIN_DATABASE.name, "username"): PLUGIN_DATABASE.role,
        (CACHE.name, "username"): CACHE.name,
        (PLUGIN_CACHE.name, "username"): PLUGIN_CACHE.name,
        (CACHE.name, "CELERY_BROKER_URL"): broker.replace("{username}", CACHE.name).replace(
            "{password}", _value(CACHE.name, "password")
        ),
    }


def _value(secret: str, field: str) -> str:
    return f"{{{secret}.{field}}}"
