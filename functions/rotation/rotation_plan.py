"""What may be rotated and how: the environment variable ROTATION, a JSON object, checked.

Its text may be packed (base64 of zlib): Lambda takes 4 KiB of environment in all (AWS Lambda Developer Guide,
quotas), and a stack with many workers and a pool of connections has more to say. Messages name the place and the
rule, never a value.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from errors import FunctionError
from generation import Recipe
from postgresql import Server
from shapes import json_object, port, recipes, secret_arn, templates, text, text_list

VARIABLE = "ROTATION"

CACHE_PARTS = frozenset({"username", "password", "host", "port"})
"""What a composed field of a cache's secret is made of."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSecret:
    """A login of PostgreSQL. Its two `users` take turns; `mirrors` are secrets of RDS Proxy, one for each user."""

    arn: str
    owner_secret_arn: str
    server: Server
    database: str
    users: tuple[str, str]
    mirrors: Mapping[str, str]
    services: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CacheSecret:
    """The password of an ElastiCache user, and the fields that are composed of it."""

    arn: str
    user_id: str
    host: str
    port: int
    compose: Mapping[str, str]
    services: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KeysSecret:
    """Keys that two services share; `services` are both sides."""

    arn: str
    fields: Mapping[str, Recipe]
    services: tuple[str, ...]


RotatingSecret = DatabaseSecret | CacheSecret | KeysSecret


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`cluster` is where the services run; every secret that is not listed here stays as it is."""

    cluster: str
    secrets: Mapping[str, RotatingSecret]

    def secret(self, arn: str) -> RotatingSecret:
        """The listed secret. Raises FunctionError: SECRET_KEY, for one, must outlive every rotation."""
        if arn not in self.secrets:
            raise FunctionError(f"secret {arn}: is not listed in {VARIABLE}; it is never rotated here")
        return self.secrets[arn]


def parse_plan(given: str | None) -> Plan:
    """The plan in the text of ROTATION. Raises FunctionError at the first mistake."""
    if not given:
        raise FunctionError(f"{VARIABLE}: is not set; it must be a JSON object with cluster and secrets")
    try:
        raw: object = json.loads(given if given.startswith("{") else unpacked(given))
    except (ValueError, zlib.error):
        raise FunctionError(f"{VARIABLE}: is neither JSON nor packed JSON") from None
    top = json_object(raw, VARIABLE, required={"cluster", "secrets"}, optional=set())
    listed = json_object(top["secrets"], f"{VARIABLE}.secrets")
    return Plan(
        cluster=text(top["cluster"], f"{VARIABLE}.cluster"),
        secrets={secret_arn(arn, f"{VARIABLE}.secrets"): _secret(arn, item) for arn, item in listed.items()},
    )


def unpacked(text: str) -> str:
    """The JSON text behind base64 of zlib. Raises ValueError or zlib.error for anything else."""
    return zlib.decompress(base64.b64decode(text, validate=True)).decode()


def _secret(arn: str, raw: object) -> RotatingSecret:
    where = f"{VARIABLE}.secrets[{arn}]"
    item = json_object(raw, where)
    kind = str(item.get("kind"))
    if kind not in _KINDS:
        raise FunctionError(f"{where}.kind: must be one of {', '.join(sorted(_KINDS))}")
    return _KINDS[kind](arn, item, where)


def _database(arn: str, raw: object, where: str) -> DatabaseSecret:
    needed = {"kind", "ownerSecretArn", "host", "port", "database", "users", "services"}
    item = json_object(raw, where, required=needed, optional={"mirrors"})
    users = text_list(item["users"], f"{where}.users")
    if len(users) != 2:
        raise FunctionError(f"{where}.users: must be the two users that take turns")
    mirrors = {
        user: secret_arn(mirror, f"{where}.mirrors.{user}")
        for user, mirror in json_object(item.get("mirrors", {}), f"{where}.mirrors").items()
    }
    if mirrors and mirrors.keys() != set(users):
        raise FunctionError(f"{where}.mirrors: must have one secret for each of users, or be left out")
    return DatabaseSecret(
        arn=arn,
        owner_secret_arn=secret_arn(item["ownerSecretArn"], f"{where}.ownerSecretArn"),
        server=Server(host=text(item["host"], f"{where}.host"), port=port(item["port"], f"{where}.port")),
        database=text(item["database"], f"{where}.database"),
        users=(users[0], users[1]),
        mirrors=mirrors,
        services=text_list(item["services"], f"{where}.services"),
    )


def _cache(arn: str, raw: object, where: str) -> CacheSecret:
    item = json_object(raw, where, required={"kind", "userId", "host", "port", "services"}, optional={"compose"})
    return CacheSecret(
        arn=arn,
        user_id=text(item["userId"], f"{where}.userId"),
        host=text(item["host"], f"{where}.host"),
        port=port(item["port"], f"{where}.port"),
        compose=templates(item.get("compose", {}), f"{where}.compose", known=set(CACHE_PARTS)),
        services=text_list(item["services"], f"{where}.services"),
    )


def _keys(arn: str, raw: object, where: str) -> KeysSecret:
    item = json_object(raw, where, required={"kind", "fields", "services"}, optional=set())
    fields = recipes(item["fields"], f"{where}.fields")
    if not fields:
        raise FunctionError(f"{where}.fields: at least one field is needed")
    return KeysSecret(arn=arn, fields=fields, services=text_list(item["services"], f"{where}.services"))


_KINDS = {"database": _database, "cache": _cache, "keys": _keys}
