"""The event of the set-up, checked. Messages name the place and the rule, never a value."""

import re
from collections.abc import Mapping, Sequence
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
        return _turns(self.name)


@dataclass(frozen=True, kw_only=True)
class ReaderRequest:
    """`name` owns nothing and reads, of each table of `database`, the `columns` alone, whether they are there already
    or not. Each of its logins has `connections` at most, and a statement of theirs `statement_seconds`."""

    name: str
    secret_arn: str
    database: str
    columns: Mapping[str, tuple[str, ...]]
    connections: int
    statement_seconds: int

    @property
    def logins(self) -> tuple[str, str]:
        """The two users that take turns at a rotation."""
        return _turns(self.name)


@dataclass(frozen=True, kw_only=True)
class SetupRequest:
    """A whole event. `owner_secret_arn` holds the login that may create roles and databases."""

    server: Server
    owner_secret_arn: str
    roles: tuple[RoleRequest, ...]
    readers: tuple[ReaderRequest, ...]

    def owner_of(self, database: str) -> str:
        """The role that owns `database`."""
        (role,) = [role.name for role in self.roles if database in role.databases]
        return role


def parse(event: object) -> SetupRequest:
    """The request in `event`. Raises FunctionError at the first mistake."""
    top = json_object(event, "event", required={"host", "port", "ownerSecretArn", "roles"}, optional={"readers"})
    roles = tuple(_role(item, f"event.roles[{at}]") for at, item in enumerate(json_array(top["roles"], "event.roles")))
    if not roles:
        raise FunctionError("event.roles: at least one role is needed")
    databases = [one for role in roles for one in role.databases]
    readers = tuple(
        _reader(item, f"event.readers[{at}]", databases)
        for at, item in enumerate(json_array(top.get("readers", []), "event.readers"))
    )
    named = [one for role in (*roles, *readers) for one in (role.name, *role.logins)]
    refuse_repeated(named, "event.roles", "role")
    refuse_repeated(databases, "event.roles", "database")
    return SetupRequest(
        server=Server(host=text(top["host"], "event.host"), port=port(top["port"], "event.port")),
        owner_secret_arn=secret_arn(top["ownerSecretArn"], "event.ownerSecretArn"),
        roles=roles,
        readers=readers,
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


def _reader(raw: object, where: str, databases: Sequence[str]) -> ReaderRequest:
    needed = {"name", "secretArn", "database", "columns", "connections", "statementSeconds"}
    item = json_object(raw, where, required=needed)
    database = text(item["database"], f"{where}.database")
    if database not in databases:
        raise FunctionError(f"{where}.database: must be a database of event.roles")
    columns = {
        _matching(table, _DATABASE, f"{where}.columns"): text_list(names, f"{where}.columns.{table}")
        for table, names in json_object(item["columns"], f"{where}.columns").items()
    }
    if not columns or not all(columns.values()):
        raise FunctionError(f"{where}.columns: must have at least one table, and each at least one column")
    for table, names in columns.items():
        for one in names:
            _matching(one, _DATABASE, f"{where}.columns.{table}")
    return ReaderRequest(
        name=_matching(text(item["name"], f"{where}.name"), _ROLE, f"{where}.name"),
        secret_arn=secret_arn(item["secretArn"], f"{where}.secretArn"),
        database=database,
        columns=columns,
        connections=_count(item["connections"], f"{where}.connections"),
        statement_seconds=_count(item["statementSeconds"], f"{where}.statementSeconds"),
    )


def _turns(role: str) -> tuple[str, str]:
    return f"{role}_a", f"{role}_b"


def _count(raw: object, where: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw not in range(1, 1000):
        raise FunctionError(f"{where}: must be a whole number from 1 to 999")
    return raw


def _matching(given: str, pattern: re.Pattern[str], where: str) -> str:
    if not pattern.fullmatch(given):
        raise FunctionError(f"{where}: names are lower-case letters, digits and _ and begin with a letter")
    return given
