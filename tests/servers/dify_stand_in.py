"""What runs in the stand-in images in place of Dify: it listens where the service does, and says how it is wired.

Standard library, psycopg2 and redis; Python 3.11. MODE chooses the service, as in Dify's api image. Answers say who
gave them (X-Served-By) and which release that is (X-Version, as Dify's own). The api also keeps what it is given:

    GET, PUT /v1/rows/ID   a row of the database; POST appends one to others, which no proxy may repeat
    GET, PUT /files/NAME   a file of the storage folder
    PUT /v1/jobs/ID        a job for the workers, who make it a row of `jobs`
    GET /v1/stream/N       N events, one after the other

A GET of any other path answers with JSON: who answered, which variables it has (names only), and whether PostgreSQL and
Redis take its logins.
"""

import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

_PORTS = {"api": 5001, "web": 3000, "plugin-daemon": 5002, "sandbox": 8194}
"""MODE -> port of the service (docker/docker-compose.yaml of langgenius/dify)."""

_MODE = os.environ.get("MODE", "api")
_VERSION = os.environ.get("VERSION", "")
_JOBS = "stand-in-jobs"

_DRAIN_SECONDS = 20
"""How long what was begun may take when the service is told to end (gunicorn's graceful timeout is 30 s)."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS migrations (at timestamptz DEFAULT now());
INSERT INTO migrations DEFAULT VALUES;
CREATE TABLE IF NOT EXISTS rows (id text PRIMARY KEY, text text NOT NULL);
CREATE TABLE IF NOT EXISTS appended (id text NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (id text PRIMARY KEY, worker text NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (name text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS alembic_version (version_num text NOT NULL);
DELETE FROM alembic_version;
"""
"""What stands in for Dify's tables; `accounts` and `alembic_version` have the names of Dify's own."""

_KEEP_ROW = "INSERT INTO rows VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET text = excluded.text"


def database() -> Any:
    """A connection as Dify opens it: libpq finds the primary among the hosts."""
    # Not every image has the driver.
    return import_module("psycopg2").connect(
        host=os.environ["DB_HOST"],
        port=os.environ.get("DB_PORT", "5432"),
        user=os.environ["DB_USERNAME"],
        password=os.environ["DB_PASSWORD"],
        dbname=os.environ["DB_DATABASE"],
        connect_timeout=5,
    )


def cache() -> Any:
    """A client of Redis as Dify's own."""
    return import_module("redis").Redis(
        host=os.environ["REDIS_HOST"],
        port=int(os.environ.get("REDIS_PORT", "6379")),
        username=os.environ.get("REDIS_USERNAME") or None,
        password=os.environ.get("REDIS_PASSWORD") or None,
        ssl=os.environ.get("REDIS_USE_SSL", "false").lower() == "true",
        socket_timeout=5,
    )


def migrate() -> None:
    """Tables in place of Dify's own, of the schema of this release."""
    connection = database()
    with connection, connection.cursor() as cursor:
        cursor.execute(_SCHEMA)
        cursor.execute("INSERT INTO alembic_version VALUES (%s)", [_VERSION])
    connection.close()


class Pool:
    """Connections that are asked before they are used, as SQLAlchemy does with SQLALCHEMY_POOL_PRE_PING."""

    def __init__(self) -> None:
        sizes = (os.environ.get("SQLALCHEMY_POOL_SIZE", "5"), os.environ.get("SQLALCHEMY_MAX_OVERFLOW", "0"))
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(sum(map(int, sizes))):
            self._idle.put(None)

    def run(self, statement: str, *values: str) -> list[Any]:
        """Commit `statement`; gives the rows that it returns."""
        with self._connection() as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def _connection(self) -> Generator[Any]:
        connection = self._idle.get()
        try:
            connection = self._answering(connection)
            yield connection
        except BaseException:
            if connection is not None:
                connection.close()
            connection = None
            raise
        finally:
            self._idle.put(connection)

    @staticmethod
    def _answering(connection: Any) -> Any:
        if connection is not None:
            try:
                with connection, connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except import_module("psycopg2").Error:
                connection.close()
            else:
                return connection
        return database()


def wiring() -> dict[str, str]:
    """`ok` or the kind of error, by store; empty for a service that is given none."""
    found: dict[str, str] = {}
    if "DB_HOST" in os.environ:
        found["database"] = _tried(lambda: database().close())
    if "REDIS_HOST" in os.environ:
        found["redis"] = _tried(lambda: cache().ping())
    return found


def _tried(work: Callable[[], object]) -> str:
    try:
        work()
    except Exception as error:  # noqa: BLE001  its text may hold a password
        return type(error).__name__
    return "ok"


class Answers(BaseHTTPRequestHandler):
    """One client's requests, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pool: ClassVar[Pool]
    draining: ClassVar[threading.Event] = threading.Event()
    at_work: ClassVar[set[Any]] = set()

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        """500 where a store does not do its part, as Dify answers then."""
        self.at_work.add(self)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            what, name, *_ = [*self.path.removeprefix("/v1").split("/")[1:], "", ""]
            if what == "stream":
                self._stream(int(name))
            elif name and what in {"rows", "files", "jobs"} and _MODE == "api":
                self._say(*self._kept(what, name, body))
            else:
                self._say(200, json.dumps(self._wired()))
        except OSError:
            self.close_connection = True
        except Exception as error:  # noqa: BLE001  its text may hold a password
            self._say(500, type(error).__name__)
        finally:
            self.at_work.discard(self)

    def _kept(self, what: str, name: str, body: str) -> tuple[int, str]:
        """Keep, or find, one thing of the api's."""
        if what == "files":
            file = Path(os.environ["OPENDAL_FS_ROOT"]) / name
            if self.command == "PUT":
                file.write_text(body, encoding="utf-8")
            return (200, file.read_text(encoding="utf-8")) if file.exists() else (404, "")
        if what == "jobs":
            cache().lpush(_JOBS, name)
            return 200, name
        if self.command == "POST":
            self.pool.run("INSERT INTO appended VALUES (%s)", name)
            return 200, name
        if self.command == "PUT":
            self.pool.run(_KEEP_ROW, name, body)
        found = self.pool.run("SELECT text FROM rows WHERE id = %s", name)
        return (200, found[0][0]) if found else (404, "")

    def _wired(self) -> dict[str, Any]:
        return {
            "service": _MODE,
            "instance": socket.gethostname(),
            "path": self.path,
            "headers": dict(self.headers.items()),
            "variables": sorted(os.environ),
            **wiring(),
        }

    def _say(self, status: int, text: str) -> None:
        body = f"{text}\n".encode()
        self._begin(status, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _stream(self, count: int) -> None:
        self._begin(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        for number in range(count):
            event = f"data: {number}\n\n"
            self.wfile.write(f"{len(event):x}\r\n{event}\r\n".encode())
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"X-Served-By": socket.gethostname(), "X-Version": _VERSION, **headers}.items():
            self.send_header(name, value)
        if self.draining.is_set():
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Nothing is logged: paths may hold tokens."""


class Server(ThreadingHTTPServer):
    """Ends as gunicorn does: takes nothing new, and finishes what was begun."""

    daemon_threads = True
    request_queue_size = 1024

    def drain(self) -> None:
        """Come back when nothing is at work any more."""
        Answers.draining.set()
        self.shutdown()
        self.server_close()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while Answers.at_work and time.monotonic() < deadline:
            time.sleep(0.01)


def work(pool: Pool) -> None:
    """Make each job a row; one that is at work when the worker dies is begun again by its next start."""
    mine = f"{_JOBS}-{socket.gethostname()}"
    client = cache()
    while True:
        # Either store may be away for a while.
        with suppress(import_module("redis").RedisError, import_module("psycopg2").Error):
            while job := client.rpoplpush(mine, mine) or client.brpoplpush(_JOBS, mine, timeout=2):
                pool.run("INSERT INTO jobs VALUES (%s, %s) ON CONFLICT DO NOTHING", job.decode(), socket.gethostname())
                client.lrem(mine, 0, job)
        time.sleep(0.2)


def tick() -> None:
    """A connection to the broker, as the beat keeps one."""
    client = cache()
    while True:
        with suppress(import_module("redis").RedisError):
            client.ping()
        time.sleep(2)


def main() -> int:
    if _MODE == "migration":
        migrate()
        return 0
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    pool = Pool() if "DB_HOST" in os.environ else None
    if _MODE == "worker" and pool:
        threading.Thread(target=work, args=[pool], daemon=True).start()
    if _MODE == "beat":
        threading.Thread(target=tick, daemon=True).start()
    port = int(os.environ.get("PORT") or _PORTS.get(_MODE, 0))
    if not port:
        ended.wait()
        return 0
    if pool:
        Answers.pool = pool
    server = Server(("0.0.0.0", port), Answers)  # noqa: S104  in a container
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended.wait()
    server.drain()
    return 0


if __name__ == "__main__":
    sys.exit(main())
