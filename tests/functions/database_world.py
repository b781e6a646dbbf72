"""A real PostgreSQL and moto's Secrets Manager, as the functions meet them inside AWS."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import boto3
from pg8000.native import Connection

from tests.servers.postgresql import PostgreSQL

PASSWORD = "planted-Password-of-dify-a"  # noqa: S105  made up
PLUGIN_PASSWORD = "planted-Password-of-plugin-a"  # noqa: S105  made up


@dataclass(frozen=True)
class DatabaseWorld:
    """`owner`, `dify` and `plugin` are the ARNs of secrets that hold a username and a password."""

    server: PostgreSQL
    secrets: Any
    owner: str
    dify: str
    plugin: str

    @classmethod
    def make(cls, server: PostgreSQL) -> "DatabaseWorld":
        """The secrets as the deployment leaves them before the first set-up."""
        secrets = cast("Any", boto3.client("secretsmanager"))  # pyright: ignore[reportUnknownMemberType]

        def secret(name: str, username: str, password: str) -> str:
            text = json.dumps({"username": username, "password": password})
            return secrets.create_secret(Name=name, SecretString=text)["ARN"]

        return cls(
            server=server,
            secrets=secrets,
            owner=secret("owner", server.owner, server.owner_password),
            dify=secret("dify", "dify_a", PASSWORD),
            plugin=secret("plugin", "dify_plugin_a", PLUGIN_PASSWORD),
        )

    def event(self, **changes: object) -> dict[str, Any]:
        """Two roles with a database each."""
        return {
            "host": self.server.host,
            "port": self.server.port,
            "ownerSecretArn": self.owner,
            "roles": [
                {
                    "name": "dify",
                    "secretArn": self.dify,
                    "databases": ["dify"],
                    "extensions": {"dify": ["uuid-ossp", "pg_trgm"]},
                },
                {"name": "dify_plugin", "secretArn": self.plugin, "databases": ["dify_plugin"]},
            ],
            **changes,
        }

    def store(self, arn: str, fields: Mapping[str, str]) -> None:
        """Make `fields` what the secret holds."""
        self.secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(fields))

    def read(self, arn: str) -> dict[str, str]:
        """What the secret holds."""
        return json.loads(self.secrets.get_secret_value(SecretId=arn)["SecretString"])

    @contextmanager
    def session(self, username: str, password: str, database: str) -> Generator[Connection]:
        """A session of an application."""
        connection = self.server.connect(username, password, database)
        try:
            yield connection
        finally:
            connection.close()

    def roles(self) -> list[Any]:
        """All that PostgreSQL keeps about roles, databases and memberships."""
        return [
            self.server.superuser(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
            for table in ("pg_authid", "pg_database", "pg_auth_members", "pg_db_role_setting")
        ]


def run(connection: Connection, statement: str) -> list[Any]:
    """Rows of one statement."""
    return connection.run(statement) or []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
