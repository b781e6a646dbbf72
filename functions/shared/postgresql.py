"""Sessions on PostgreSQL, always over TLS.

The certificate is verified, with the server's name, when the environment variable DATABASE_CA_FILE names a file of
authorities, relative to the package: rds_ca.pem is beside this. Without it the connection is encrypted and the server's
identity is not checked (libpq's sslmode=require): the authorities of RDS are its own and in no system's list (Amazon
RDS User Guide, using SSL/TLS to encrypt a connection).
"""

import os
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from errors import FunctionError
from pg8000.exceptions import DatabaseError, Error
from pg8000.native import Connection, identifier  # pyright: ignore[reportUnknownVariableType]
from scram import verifier
from stored_secret import Version

CA_FILE_VARIABLE = "DATABASE_CA_FILE"

MAINTENANCE = "postgres"
"""The database that every server has (PostgreSQL documentation, template databases)."""

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 120.0
"""Making a database copies a template; everything else answers at once."""

_LOGIN_REFUSED = frozenset({"28P01", "28000"})
"""invalid_password, which is also the answer for an unknown user, and invalid_authorization_specification: a user who
may not log in (PostgreSQL documentation, error codes)."""


class LoginRefusedError(FunctionError):
    """PostgreSQL answered and did not accept the user and the password."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where PostgreSQL listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user and the password of its secret; the password has no repr."""

    username: str
    password: str = field(repr=False)


def login_of(version: Version) -> Login:
    """The login that a secret holds in `username` and `password`. Raises FunctionError."""
    return Login(username=version.text("username"), password=version.text("password"))


class Session:
    """An open connection whose errors are lines that say where."""

    def __init__(self, connection: Connection, subject: str) -> None:
        self._connection = connection
        self._subject = subject

    def rows(self, statement: str, **parameters: object) -> list[list[Any]]:
        """Run one statement. Raises FunctionError with PostgreSQL's own message, which repeats no parameter here."""
        try:
            found = self._connection.run(statement, **parameters)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except (Error, OSError) as error:
            raise FunctionError(f"{self._subject}: {_reason(error)}") from None
        return cast("list[list[Any]]", found or [])

    def value(self, statement: str, **parameters: object) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self.rows(statement, **parameters)
        return found[0][0] if found else None


@contextmanager
def session(server: Server, login: Login, database: str) -> Generator[Session]:
    """A session of `login` on `database`. Raises LoginRefusedError, or FunctionError where another thing is wrong."""
    subject = f"database {database} on {server} as {login.username}"
    connection = _connect(server, login, database, subject)
    try:
        yield Session(connection, subject)
    finally:
        # To say good-bye over a connection that is lost fails again, and would hide why it was lost.
        with suppress(Error, OSError):
            connection.close()


def can_log_in(server: Server, login: Login, database: str) -> bool:
    """Whether the user and the password are accepted. Raises FunctionError where that cannot be known."""
    try:
        with session(server, login, database):
            return True
    except LoginRefusedError:
        return False


def set_password(owner: Session, login: Login) -> None:
    """Make the password valid and let the user log in; sessions that are open stay open."""
    owner.rows(f"ALTER ROLE {name(login.username)} LOGIN PASSWORD '{verifier(login.password)}'")


def name(raw: str) -> str:
    """`raw` as an identifier of SQL, quoted."""
    return identifier(raw)


def _connect(server: Server, login: Login, database: str, subject: str) -> Connection:
    try:
        channel = socket.create_connection((server.host, server.port), timeout=_CONNECT_SECONDS)
    except OSError as error:
        raise FunctionError(
            f"database server {server}: cannot be reached ({_reason(error)}); check its address, its state and the "
            "security groups in between"
        ) from None
    channel.settimeout(_ANSWER_SECONDS)
    try:
        return Connection(
            login.username,
            host=server.host,
            database=database,
            password=login.password,
            ssl_context=_tls(),
            sock=channel,
            application_name="dify-in-production",
        )
    except (Error, OSError) as error:
        channel.close()
        kind = LoginRefusedError if _answer(error).get("C") in _LOGIN_REFUSED else FunctionError
        raise kind(f"{subject}: {_reason(error)}") from None


def _tls() -> ssl.SSLContext:
    file = os.environ.get(CA_FILE_VARIABLE)
    if file:
        try:
            return ssl.create_default_context(cafile=Path(__file__).parent / file)
        except OSError:
            raise FunctionError(f"{CA_FILE_VARIABLE}: {file} is not a file of certificates in PEM form") from None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    answer = _answer(error)
    if answer:
        return f"{answer.get('M', 'refused')} (SQLSTATE {answer.get('C', 'unknown')})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason or type(error).__name__}"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error)


def _answer(error: Exception) -> dict[str, str]:
    """The fields of PostgreSQL's own answer (documentation, error message fields); empty for other errors."""
    if isinstance(error, DatabaseError) and error.args and isinstance(error.args[0], dict):
        return cast("dict[str, str]", error.args[0])
    return {}
