"""A real Redis as ElastiCache offers it: TLS only, named users, the default user off."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import redis

from tests.servers.certificates import loopback_certificate
from tests.servers.process import LOOPBACK, find_program, free_port, running

_ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    """One running server. `admin` may do everything and speaks text; `ca_file` is what a client trusts."""

    host: str
    port: int
    ca_file: Path
    admin: "redis.Redis"

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Generator["RedisServer"]:
        """A server with empty databases and its files in `folder`, until the block ends.

        Raises ServerMissingError where redis-server is not installed, ServerFailedError where it does not start.
        """
        program = find_program("redis-server")
        certificate, port, password = loopback_certificate(folder), free_port(), token_hex()
        configuration = folder / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind {LOOPBACK}\n"
            "port 0\n"
            f"tls-port {port}\n"
            f"tls-cert-file {certificate.certificate_file}\n"
            f"tls-key-file {certificate.key_file}\n"
            f"tls-ca-cert-file {certificate.ca_file}\n"
            "tls-auth-clients no\n"
            "user default off\n"
            f"user {_ADMIN} on >{password} ~* &* +@all\n"
            f"dir {folder}\n"
            'save ""\n'
            "appendonly no\n"
        )
        admin = _client(port, certificate.ca_file, _ADMIN, password)
        with running([program, str(configuration)], ready=lambda: _answers(admin), log=folder / "redis.log"), admin:
            yield cls(host=LOOPBACK, port=port, ca_file=certificate.ca_file, admin=admin)

    def add_user(self, name: str, password: str) -> None:
        """A user with this one password and every right; a user of this name that exists is replaced."""
        self.admin.acl_setuser(  # pyright: ignore[reportUnknownMemberType]
            name,
            enabled=True,
            passwords=[f"+{password}"],
            categories=["+@all"],
            keys=["*"],
            channels=["*"],
            reset=True,
        )

    def client(self, name: str, password: str, *, database: int = 0) -> "redis.Redis":
        """A client of that user, which logs in at its first command; it speaks text."""
        return _client(self.port, self.ca_file, name, password, database)


def _client(port: int, ca_file: Path, name: str, password: str, database: int = 0) -> "redis.Redis":
    return redis.Redis(
        host=LOOPBACK,
        port=port,
        db=database,
        username=name,
        password=password,
        ssl=True,
        ssl_ca_certs=str(ca_file),
        decode_responses=True,
    )


def _answers(client: "redis.Redis") -> bool:
    try:
        return client.ping()  # pyright: ignore[reportUnknownMemberType]
    except redis.ConnectionError:
        return False
