"""A pair of real PostgreSQL nodes on the loopback, run by the scripts that run them in containers."""

# ruff: noqa: S603  the commands are the tests' own

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pg8000.native import Connection

from components.docker_host import backup, database
from tests.servers.process import LOOPBACK, find_program, free_port, running, server_folder

SCRIPTS = Path(__file__).parents[2] / "components/docker_host/scripts"

_USER = "postgres"
"""Debian's user for the server, which refuses root."""

_SETTINGS = "fsync = off\nshared_buffers = 16MB\nmax_connections = 20"
_WAIT_SECONDS = 60.0

Done = subprocess.CompletedProcess[str]


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds()`. Raises AssertionError with `what` did not come."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {_WAIT_SECONDS:.0f} s: {what}"
        time.sleep(0.05)


@dataclass(kw_only=True)
class World:
    """Two nodes, the folder of roles that they share, their secrets, and a place for backups."""

    folder: Path
    passwords: dict[str, str]
    nodes: dict[str, "Node"] = field(default_factory=dict[str, "Node"])
    backup_extra: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def a(self) -> "Node":
        return self.nodes["a"]

    @property
    def b(self) -> "Node":
        return self.nodes["b"]

    @property
    def role(self) -> Path:
        return self.folder / "role"

    @classmethod
    @contextmanager
    def make(cls) -> Generator["World"]:
        """A world in which nothing runs yet; what runs at its end is stopped."""
        with server_folder(_USER) as folder:
            names = ("superuser", "replication", "dify", "plugin")
            world = cls(folder=folder, passwords={name: secrets.token_hex(16) for name in names})
            for name in ("scripts", "role", "secrets", "backups", "files", "plugins"):
                (folder / name).mkdir()
            # No more than a host gets: a script that the program does not deliver is missing here as well.
            for script in (*database.SCRIPTS, *backup.SCRIPTS):
                shutil.copy(SCRIPTS / script, folder / "scripts")
            (folder / "pgpass").write_text(f"*:*:*:replication:{world.passwords['replication']}\n")
            (folder / "pgpass").chmod(0o600)
            for name, password in world.passwords.items():
                (folder / f"secrets/{name}-password").write_text(password)
            port, peer = free_port(), free_port()
            world.nodes["a"] = Node(world=world, name="a", port=port, peer_port=peer)
            world.nodes["b"] = Node(world=world, name="b", port=peer, peer_port=port)
            for node in world.nodes.values():
                (node.folder / "socket").mkdir(parents=True)
            world.own()
            try:
                yield world
            finally:
                for node in world.nodes.values():
                    node.stop()

    def own(self) -> None:
        """Give all that the test has written to the servers' user."""
        if identity := _identity():
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, identity.pw_uid, identity.pw_gid, follow_symlinks=False)

    def write(self, path: str, text: str) -> None:
        """Put a file below the folder, as the servers' user would have."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if identity := _identity():
            for made in (file, *file.relative_to(self.folder).parents[:-1]):
                os.chown(self.folder / made, identity.pw_uid, identity.pw_gid)

    def command(self, script: str, *arguments: str) -> list[str]:
        """The command line of one of the scripts."""
        return ["bash", str(self.folder / "scripts" / script), *arguments]

    def run(self, script: str, *arguments: str, environment: dict[str, str]) -> Done:
        """One of the scripts to its end, as the servers' user."""
        return _run(self.command(script, *arguments), environment)

    def start_pair(self) -> None:
        """Both nodes, the second one streaming."""
        self.a.start()
        self.b.start()

    @property
    def backup_environment(self) -> dict[str, str]:
        return {
            "PATH": programs(),
            "PGHOST": f"{LOOPBACK},{LOOPBACK}",
            "PGPORT": f"{self.a.port},{self.b.port}",
            "PGPASSFILE": str(self.folder / "pgpass"),
            "BACKUPS_DIR": str(self.backups),
            "FILES_DIR": str(self.folder / "files"),
            "PLUGINS_DIR": str(self.folder / "plugins"),
            "WATCH_SECONDS": "1",
            **self.backup_extra,
        }

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def whole(self, kind: str) -> list[str]:
        """Names of the whole backups below `base` or `files`, oldest first."""
        return sorted(path.name for path in (self.backups / kind).glob("*Z"))

    def backup(self, *arguments: str) -> Done:
        return self.run("backup.sh", *arguments, environment=self.backup_environment)

    @contextmanager
    def backing_up(self) -> Generator[Path]:
        """The scheduler, from when it receives all changes on. Gives its log."""
        log = self.folder / "backup.log"
        command = self.command("backup.sh")
        streaming = self.backups / "state/streaming"
        streaming.unlink(missing_ok=True)
        with running(command, ready=streaming.exists, user=_USER, environment=self.backup_environment, log=log):
            yield log

    def restore(self, *arguments: str) -> Done:
        """Into node a and the folders of files."""
        return self.run("restore.sh", *arguments, environment=self.backup_environment | self.a.environment)

    def primary(self) -> "Node":
        return self.nodes[(self.role / "primary").read_text().strip()]


@dataclass(kw_only=True)
class Node:
    """One node: its data and socket are its own, the folder of roles is not."""

    world: World
    name: str
    port: int
    peer_port: int
    settings: str = _SETTINGS
    extra: dict[str, str] = field(default_factory=dict[str, str])
    process: "subprocess.Popen[Any] | None" = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def folder(self) -> Path:
        return self.world.folder / self.name

    @property
    def data(self) -> Path:
        return self.folder / "pgdata"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": programs(),
            "NODE": self.name,
            "PEER_HOST": LOOPBACK,
            "PEER_PORT": str(self.peer_port),
            "PGDATA": str(self.data),
            "PGPORT": str(self.port),
            "POSTGRES_SETTINGS": self.settings,
            # pgvector is in the image and not in Debian 12; citext is in both.
            "POSTGRES_EXTENSIONS": "citext",
            "WATCH_SECONDS": "1",
            "SECRETS_DIR": str(self.world.folder / "secrets"),
            "ROLE_DIR": str(self.world.role),
            "SOCKET_DIR": str(self.folder / "socket"),
            **self.extra,
        }

    def start(self, *, until: Callable[[], bool] | None = None) -> None:
        """Run it, until it is healthy or `until()`. Raises ServerFailedError where it ends before."""
        command = self.world.command("postgres_node.sh")
        self.process = self._stack.enter_context(
            running(command, ready=until or self.healthy, user=_USER, environment=self.environment, log=self._log)
        )

    def stop(self) -> None:
        """As `docker stop` does."""
        self._stack.close()

    def kill(self) -> None:
        """As a power cut does: everything of it at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self._stack.close()
        # The socket's folder is in memory.
        for file in (self.folder / "socket").iterdir():
            file.unlink()

    def run(self) -> Done:
        """A start that is not expected to last."""
        return self.world.run("postgres_node.sh", environment=self.environment)

    def promote(self, *arguments: str) -> Done:
        return self.world.run("postgres_promote.sh", *arguments, environment=self.environment)

    def health(self) -> Done:
        return self.world.run("postgres_health.sh", environment=self.environment)

    def healthy(self) -> bool:
        return (self.folder / "socket/ready").exists() and self.health().returncode == 0

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What the superuser reads, over the node's own socket."""
        where = ["-h", str(self.folder / "socket"), "-p", str(self.port), "-U", "postgres", "-d", database]
        done = _run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *where, "-c", statement], self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def connect(self, role: str, password: str, database: str) -> Connection:
        """A client over the network. Raises pg8000's errors."""
        return Connection(role, host=LOOPBACK, port=self.port, password=password, database=database, timeout=30)

    def ask(self, role: str, password: str, statement: str) -> list[Any] | None:
        """Rows that a client reads in the database of its own name. Raises pg8000's errors."""
        connection = self.connect(role, password, role)
        try:
            return connection.run(statement)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        finally:
            connection.close()

    def write(self, *rows: str) -> None:
        """Commit `rows` to a table of Dify's database."""
        values = ", ".join(f"('{row}')" for row in rows)
        self.sql("CREATE TABLE IF NOT EXISTS kept (row text)", "dify")
        self.sql(f"INSERT INTO kept VALUES {values}", "dify")  # noqa: S608  the rows are the tests' own

    def rows(self) -> list[str]:
        return self.sql("SELECT row FROM kept ORDER BY row", "dify").split()

    def received(self, of: "Node") -> bool:
        """Whether it has replayed all that `of` has written."""
        return self.sql(f"SELECT pg_last_wal_replay_lsn() >= '{of.position()}'") == "t"

    def position(self) -> str:
        return self.sql("SELECT pg_current_wal_flush_lsn()")

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.folder / "log"


def programs() -> str:
    """The PATH with the server's own programs first."""
    return f"{Path(find_program('postgres')).parent}:{os.environ['PATH']}"


def _run(command: list[str], environment: dict[str, str]) -> Done:
    identity = _identity()
    become: dict[str, Any] = {"user": identity.pw_uid, "group": identity.pw_gid, "extra_groups": []} if identity else {}
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        timeout=2 * _WAIT_SECONDS,
        **become,
    )


def _identity() -> pwd.struct_passwd | None:
    return pwd.getpwnam(_USER) if os.geteuid() == 0 else None
