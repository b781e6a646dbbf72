"""The databases of Dify and the logins that its services use, made inside PostgreSQL at every deployment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.database import Database
from components.function import POSTGRESQL, SHARED, Function, FunctionArgs, Inside
from components.iam import Statement
from components.secrets import Secrets
from components.site import LogPolicy, Site
from dify.flows import DATABASE_PORT
from dify.secrets import Secret

_AUTHORITIES = "rds_ca.pem"

_READER_CONNECTIONS, _READER_SECONDS = 3, 20
"""What a reader can take from those who use Dify: of the connections that are left for functions
(dify/capacity/connections.py), and of the database's time in one statement."""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """The database that a login's role owns, and the extensions it needs there."""

    login: Secret
    database: str
    extensions: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A login that reads some `columns`, by table, of a `database` that another login's role owns."""

    login: Secret
    database: str
    columns: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class DatabaseSetupArgs:
    """`databases` are made by the owner of `database`, whose login no service ever has; `readers` own nothing."""

    site: Site
    logs: LogPolicy
    inside: Inside
    database: Database
    secrets: Secrets
    databases: Sequence[Owned]
    readers: Sequence[Reader] = ()


class DatabaseSetup(Component):
    """A function that changes nothing where all is as it should be. `finished` is there once the logins work."""

    type_token = "dify:data:DatabaseSetup"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseSetupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="database_setup",
                libraries=POSTGRESQL,
                inside=args.inside,
                environment=verified_database(args.site),
                statements=[
                    *args.database.read_login_statements(),
                    *self._login_statements(args),
                ],
            ),
            self.child(),
        )
        request = {
            "host": args.database.host,
            "port": DATABASE_PORT,
            "ownerSecretArn": args.database.secret_arn,
            "roles": [_role(owned, args.secrets.arns) for owned in args.databases],
            "readers": [_reader(reader, args.secrets.arns) for reader in args.readers],
        }
        self.finished = function.run("finished", pulumi.Output.json_dumps(request))
        self.function_name = function.function_name
        self.done()

    def _login_statements(self, args: DatabaseSetupArgs) -> Sequence[Statement]:
        logins = [one.login for one in (*args.databases, *args.readers)]
        mirrors = [one.name for login in logins for one in login.mirrors if one.name in args.secrets.arns]
        read = args.secrets.read_statements([login.name for login in logins])
        return [*read, *args.secrets.replace_statements(mirrors)] if mirrors else read


def _role(owned: Owned, arns: Mapping[str, pulumi.Output[str]]) -> dict[str, object]:
    return {
        "name": owned.login.role,
        "secretArn": arns[owned.login.name],
        "databases": [owned.database],
        "extensions": {owned.database: list(owned.extensions)},
        "mirrors": mirror_arns(owned.login, arns),
    }


def _reader(reader: Reader, arns: Mapping[str, pulumi.Output[str]]) -> dict[str, object]:
    return {
        "name": reader.login.role,
        "secretArn": arns[reader.login.name],
        "database": reader.database,
        "columns": {table: list(columns) for table, columns in reader.columns.items()},
        "connections": _READER_CONNECTIONS,
        "statementSeconds": _READER_SECONDS,
    }


def mirror_arns(login: Secret, arns: Mapping[str, pulumi.Output[str]]) -> dict[str, pulumi.Output[str]]:
    """Login -> the secret that RDS Proxy reads it from; empty in a stack without a proxy."""
    return {mirror.role: arns[mirror.name] for mirror in login.mirrors if mirror.name in arns}


def verified_database(site: Site) -> dict[str, pulumi.Input[str]]:
    """The variable that lets a function verify the database's certificate, in the regions whose authority is known
    here; elsewhere the connection is encrypted all the same (functions/shared/postgresql.py)."""
    known = f"# Amazon RDS {site.region} Root CA" in (SHARED / _AUTHORITIES).read_text(encoding="utf-8")
    return {"DATABASE_CA_FILE": _AUTHORITIES} if known else {}
