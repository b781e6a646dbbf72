"""A real PostgreSQL that meets a client as RDS does: TLS only, passwords only, and an owner who is no superuser."""

import secrets
import shutil
import signal
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pg8000.exceptions import Error
from pg8000.native import Connection

from tests.servers.certificates import loopback_certificate
from tests.servers.process import LOOPBACK, find_program, free_port, run_as, running, server_folder

_USER = "postgres"
"""Debian's user for the server, which refuses root."""

_SUPERUSER = "rdsadmin"
_OWNER = "dify_owner"

_OWNER_LIKE_RDS = "CREATE ROLE {name} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'"
"""The master user of RDS creates roles and databases, and is not SUPERUSER (Amazon RDS User Guide, master user account
privileges)."""


@dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    """A running server. `owner` made the empty database `dify`, as RDS does for the database named at its creation."""

    host: str
    port: int
    ca_file: Path
    log_file: Path
    owner: str
    owner_password: str
    superuser_password: str

    @classmethod
    @contextmanager
    def start(cls) -> Generator["PostgreSQL"]:
        """A new server with every statement in its log, until the block ends."""
        postgres = find_program("postgres")
        with server_folder(_USER) as folder:
            certificate = loopback_certificate(folder)
            server = cls(
                host=LOOPBACK,
                port=free_port(),
                ca_file=certificate.ca_file,
                log_file=folder / "server.log",
                owner=_OWNER,
                owner_password=secrets.token_urlsafe(24),
                superuser_password=secrets.token_urlsafe(24),
            )
            data = _make_cluster(postgres, folder, server.superuser_password, server.port)
            command = [postgres, "-D", str(data)]
            with running(command, ready=server._answers, user=_USER, log=server.log_file, stop=signal.SIGINT):
                owner = _OWNER_LIKE_RDS.format(name=server.owner, password=server.owner_password)
                server.superuser("SET log_statement = 'none'", owner)
                server.as_owner("CREATE DATABASE dify")
                yield server

    def reset(self) -> None:
        """Make it as it was at its start, the log excepted."""
        databases = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
        for (database,) in self.superuser(databases):
            self.superuser(f'DROP DATABASE "{database}" WITH (FORCE)')
        for (role,) in self.superuser("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'"):
            if role not in (_SUPERUSER, _OWNER):
                self.superuser(f'DROP ROLE "{role}"')
        self.as_owner("CREATE DATABASE dify")

    def connect(self, username: str, password: str, database: str = "postgres") -> Connection:
        """A connection over verified TLS. Raises pg8000's errors."""
        return Connection(
            username,
            host=self.host,
            port=self.port,
            password=password,
            database=database,
            ssl_context=ssl.create_default_context(cafile=str(self.ca_file)),
            timeout=30,
        )

    def superuser(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Rows of the last of `statements`, run by the server's own superuser."""
        return self._run(_SUPERUSER, self.superuser_password, statements, database)

    def as_owner(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Rows of the last of `statements`, run by the owner."""
        return self._run(self.owner, self.owner_password, statements, database)

    def log(self) -> str:
        """All that the server has logged."""
        return self.log_file.read_text()

    def _run(self, username: str, password: str, statements: tuple[str, ...], database: str) -> list[Any]:
        connection = self.connect(username, password, database)
        try:
            return [connection.run(statement) for statement in statements][-1] or []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            self.superuser("SELECT 1")
        except (Error, OSError):
            return False
        return True


def _make_cluster(postgres: str, folder: Path, password: str, port: int) -> Path:
    """An empty cluster in `folder`, beside the certificate."""
    data, word = folder / "data", folder / "password"
    word.write_text(password)
    for file in folder.iterdir():
        shutil.chown(file, folder.owner(), folder.group())
    initdb = str(Path(postgres).resolve().with_name("initdb"))
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--auth=scram-sha-256"]
    run_as([initdb, "-D", str(data), "-U", _SUPERUSER, f"--pwfile={word}", *options], user=_USER)
    word.unlink()
    settings = {
        "listen_addresses": LOOPBACK,
        "port": port,
        "unix_socket_directories": "",
        "ssl": "on",
        "ssl_cert_file": "../server.pem",
        "ssl_key_file": "../server.key",
        "log_statement": "all",
        "fsync": "off",
    }
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    (data / "postgresql.auto.conf").write_text("".join(lines))
    (data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
    return data
