"""The event of the set-up, checked. Messages name the place and the rule, never a value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from errors import FunctionError
from postgresql import Server
from shapes import json_array, json_object, port, refuse_repeated, secret_arn, text, text_list

_ROLE = re.compile(r"[a-z][a-z0-9_]{0,60}")
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_EXTENSION = re.compile(r"[a-z][a-z0-9_-]{0,62}")
"""PostgreSQL cuts names at 63 bytes; a login adds two characters to its role's name."""


@dataclass(frozen=True, kw_only=True)
class RoleRequest:
    """`name` owns `databases`, with the `extensions` of each; the secret says which of its two logins is in use.
    `mirrors` are secrets of RDS Proxy, one for each login; empty without a proxy."""

    name: str
    secret_arn: str
    databases: tuple[str, ...]
    extensions: Mapping[str, tuple[str, ...]]
    mirrors: Mapping[str, str]

    @property
    def logins(self) -> tuple[str, str]:
        """The two users that take turns at a rotation."""
        return f"{self.name}_a", f"{self.name}_b"


@dataclass(frozen=True, kw_only=True)
class SetupRequest:
    """A whole event. `owner_secret_arn` holds the login that may create roles and databases."""

    server: Server
    owner_secret_arn: str
    roles: tuple[RoleRequest, ...]


def parse(event: object) -> SetupRequest:
    """The request in `event`. Raises FunctionError at the first mistake."""
    top = json_object(event, "event", required={"host", "port", "ownerSecretArn", "roles"}, optional=set())
    roles = tuple(_role(item, f"event.roles[{at}]") for at, item in enumerate(json_array(top["roles"], "event.roles")))
    if not roles:
        raise FunctionError("event.roles: at least one role is needed")
    refuse_repeated([one for role in roles for one in (role.name, *role.logins)], "event.roles", "role")
    refuse_repeated([one for role in roles for one in role.databases], "event.roles", "database")
    return SetupRequest(
        server=Server(host=text(top["host"], "event.host"), port=port(top["port"], "event.port")),
        owner_secret_arn=secret_arn(top["ownerSecretArn"], "event.ownerSecretArn"),
        roles=roles,
    )


def _role(raw: object, where: str) -> RoleRequest:
    item = json_object(raw, where, required={"name", "secretArn", "databases"}, optional={"extensions", "mirrors"})
    databases = text_list(item["databases"], f"{where}.databases")
    if not databases:
        raise FunctionError(f"{where}.databases: at least one database is needed")
    for database in databases:
        _matching(database, _DATABASE, f"{where}.databases")
    extensions = {
        database: text_list(names, f"{where}.extensions.{database}")
        for database, names in json_object(item.get("extensions", {}), f"{where}.extensions").items()
    }
    if strangers := sorted(extensions.keys() - set(databases)):
        raise FunctionError(f"{where}.extensions: {', '.join(strangers)} is not among its databases")
    for database, names in extensions.items():
        for one in names:
            _matching(one, _EXTENSION, f"{where}.extensions.{database}")
    mirrors = {
        login: secret_arn(mirror, f"{where}.mirrors.{login}")
        for login, mirror in json_object(item.get("mirrors", {}), f"{where}.mirrors").items()
    }
    role = RoleRequest(
        name=_matching(text(item["name"], f"{where}.name"), _ROLE, f"{where}.name"),
        secret_arn=secret_arn(item["secretArn"], f"{where}.secretArn"),
        databases=databases,
        extensions=extensions,
        mirrors=mirrors,
    )
    if mirrors and mirrors.keys() != set(role.logins):
        raise FunctionError(
            f"{where}.mirrors: must have one secret for each of {', '.join(role.logins)}, or be left out"
        )
    return role


def _matching(given: str, pattern: re.Pattern[str], where: str) -> str:
    if not pattern.fullmatch(given):
        raise FunctionError(f"{where}: names are lower-case letters, digits and _ and begin with a letter")
    return given
