"""One Docker host with the stack's containers by the names and labels of the program: two real PostgreSQL nodes and the
backup's container with the project's own scripts, and small stand-ins for the rest."""

import io
import secrets
import tarfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from docker.types import Healthcheck

from components.docker_host import backup, database
from dify.releases import POSTGRESQL
from operations.host.backups import PART, SCRIPT, Backups
from operations.host.docker_host import DockerHost, wait_for
from operations.host.postgres_pair import PostgresPair
from operations.outcome import FailedError
from tests.operations.host.pems import pem_of

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SCRIPTS = ROOT / "components/docker_host/scripts"
IMAGE = POSTGRESQL
RELEASE = "1.17.0"
BUCKET = "example-dify-backups"

_API = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("X-Version", os.environ["VERSION"])
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 5001), Answer).serve_forever()
"""

_PASSWORDS = ("superuser", "replication", "dify", "plugin")
_FILL = "umask 077; for name in {names}; do head -c 18 /dev/urandom | base64 | tr -dc A-Za-z0-9 > /to/$name; done"
"""As the secret keeper does: made where they stay, seen by nobody."""

SMALL = {"web-1": "web", "beat": "beat", "worker-1": "worker", "plugin-daemon": "plugin-daemon", "sandbox": "sandbox"}
REST = {"ssrf-proxy": "ssrf-proxy", "redis": "redis", "nginx": "nginx"}


@dataclass(frozen=True, kw_only=True)
class HostWorld:
    """A stack of its own on the Docker at `address`."""

    address: str
    stack: str
    host: DockerHost

    @property
    def pair(self) -> PostgresPair:
        """Its database."""
        return PostgresPair(host=self.host)

    def sql(self, node: str, statement: str, database: str = "dify") -> str:
        """The single value of `statement` on `node`."""
        return self.pair.value(node, statement, database)

    @property
    def backups(self) -> Backups:
        """Its backups."""
        return Backups(host=self.host)

    def back_up(self) -> str:
        """A whole backup and a snapshot, as the schedule makes them; gives the name of both together."""
        for what in ("now", "files"):
            wait_for(
                f"backup {what}", lambda what=what: self.host.run(PART, "bash", SCRIPT, what).code == 0, seconds=60
            )
        return self.backups.snapshots()[-1]

    def wait_backup(self) -> None:
        """The schedule has made its first of each, and the log is received."""
        wait_for("backup check", lambda: self.host.run(PART, "bash", SCRIPT, "check").code == 0, seconds=120)

    def moment(self) -> str:
        """Now on the database's clock, after everything that was committed."""
        return self.sql(self.pair.named_primary(), "SELECT clock_timestamp() AT TIME ZONE 'UTC' || '+00:00'")

    def secret(self, name: str) -> str:
        """A generated secret, to look for where it must not be."""
        return self.host.output("postgres-a", "cat", f"/run/secrets/dify/{name}").strip()

    def clear_files(self) -> None:
        """No file of users."""
        self._on_files("rm -f /var/lib/dify/files/*")

    def file(self, name: str, content: str) -> None:
        """A file of a user, as the api writes it."""
        script = 'printf %s "$2" > "/var/lib/dify/files/$1" && chown 1001:1001 "/var/lib/dify/files/$1"'
        self._on_files(script, name, content)

    def files(self) -> dict[str, tuple[str, str]]:
        """Name -> content and owner of every file of users."""
        said = self._on_files("cd /var/lib/dify/files && for f in *; do stat -c '%n %u:%g' $f; cat $f; echo; done")
        lines = said.splitlines()
        found: dict[str, tuple[str, str]] = {}
        for head, content in zip(lines[::2], lines[1::2], strict=True):
            name, owner = head.split()
            found[name] = (content, owner)
        return found

    def _on_files(self, script: str, *arguments: str) -> str:
        ran = self.host.one_off(
            PART, ("sh", "-c", script, "sh", *arguments), user="0", volumes={"/var/lib/dify/files": "files"}
        )
        assert ran.code == 0, ran
        return ran.output

    def snapshot(self) -> object:
        """All that Docker knows of the stack's containers and volumes, but for what it measures all the time."""
        known = [self.host.inspect(part.name) for part in self.host.parts()]
        for one in known:
            one["State"].pop("Health", None)
            del one["ExecIDs"]
            # Docker lists them as its own map happens to be.
            one["Mounts"].sort(key=itemgetter("Destination"))
        return known, self.host.volumes()

    def heal(self) -> None:
        """Everything runs, and a standby streams."""
        for part in self.host.parts():
            self.host.start(part.name)
        self.wait_streaming()

    def wait_streaming(self) -> None:
        """Both nodes play their roles."""
        wait_for("streaming", self._streams, seconds=120)

    def _streams(self) -> bool:
        # A node that was just started has not named the primary yet.
        with suppress(FailedError):
            return self.pair.streams(self.pair.named_primary())
        return False

    def wait_replayed(self) -> None:
        """The standby has all that the primary has."""
        primary = self.pair.named_primary()
        wait_for("replayed", lambda: (s := self.pair.standby_of(primary)) is not None and s.bytes == 0, seconds=60)

    def kill(self, part: str) -> None:
        """End `part` as a crash does."""
        self.host.client.kill(self.host.part(part).container)

    def replace(self, part: str, release: str) -> None:
        """As `pulumi up` with another release: the container of `part` anew."""
        known = self.host.part(part)
        self.host.client.remove_container(known.container, force=True)
        make_small(self.host.client, self.stack, part, known.kind, release)


@contextmanager
def host_world(address: str) -> Generator[HostWorld]:
    """A whole stack on the Docker at `address`, removed when the block ends."""
    stack = f"ops{secrets.token_hex(3)}"
    with DockerHost.reach(address, stack) as host:
        client = host.client
        try:
            _make(client, stack)
            world = HostWorld(address=address, stack=stack, host=host)
            world.wait_streaming()
            make_backup(client, stack)
            yield world
        finally:
            remove(client, stack)


def remove(client: Any, stack: str) -> None:
    """Everything with the stack's label."""
    mine = {"label": f"dify.stack={stack}"}
    for one in client.containers(all=True, filters=mine):
        client.remove_container(one["Id"], force=True, v=True)
    volumes: list[dict[str, Any]] = client.volumes(filters=mine)["Volumes"] or []
    for one in volumes:
        client.remove_volume(one["Name"], force=True)
    for one in client.networks(filters=mine):
        client.remove_network(one["Id"])


VOLUMES = (
    "postgres-a",
    "postgres-b",
    "postgres-role",
    "secrets-postgres",
    "secrets-backup",
    "files",
    "plugins",
    "backups",
    "programs",
)


def _make(client: Any, stack: str) -> None:
    prefix = f"dify-{stack}"
    client.create_network(f"{prefix}-data", driver="bridge", internal=True, labels=labels(stack, "data"))
    for volume in VOLUMES:
        client.create_volume(f"{prefix}-{volume}", labels=labels(stack, volume))
    _prepare(client, stack)
    for node in "ab":
        make_node(client, stack, node)
    make_small(client, stack, "api-1", "api", RELEASE)
    for part, kind in {**SMALL, **REST}.items():
        make_small(client, stack, part, kind, RELEASE)
    client.put_archive(f"{prefix}-nginx", "/run", _certificate())


def _prepare(client: Any, stack: str) -> None:
    """Secrets are filled and volumes belong to their readers, as after the secret keeper."""
    passwords = " ".join(f"{name}-password" for name in _PASSWORDS)
    script = " && ".join(
        (
            _FILL.format(names=passwords),
            "printf '*:*:*:replication:%s\\n' $(cat /to/replication-password) > /backup-secret/pgpass",
            "chmod 600 /backup-secret/pgpass",
            "chown -R 999:999 /to /backup-secret /a /b /role /backups",
            "chown -R 1001:1001 /files /plugins",
        )
    )
    binds = {
        "secrets-postgres": "/to",
        "secrets-backup": "/backup-secret",
        "postgres-a": "/a",
        "postgres-b": "/b",
        "postgres-role": "/role",
        "backups": "/backups",
        "files": "/files",
        "plugins": "/plugins",
        "programs": "/opt/dify",
    }
    made = client.create_container(
        IMAGE,
        ["bash", "-c", script],
        labels=labels(stack, "prepare"),
        host_config=client.create_host_config(
            network_mode="none", binds=[f"dify-{stack}-{volume}:{place}" for volume, place in binds.items()]
        ),
    )
    client.put_archive(made["Id"], "/opt", _packed_scripts())
    client.start(made["Id"])
    assert client.wait(made["Id"])["StatusCode"] == 0, client.logs(made["Id"])
    client.remove_container(made["Id"])


def make_node(client: Any, stack: str, node: str) -> None:
    """One PostgreSQL node as the program makes it."""
    peer = "b" if node == "a" else "a"
    _container(
        client,
        stack,
        f"postgres-{node}",
        "postgres",
        ["bash", "/opt/dify/postgres_node.sh"],
        environment={
            "NODE": node,
            "PEER_HOST": f"postgres-{peer}.dify-{stack}.internal",
            "PGDATA": "/var/lib/postgresql/data/pgdata",
            "POSTGRES_SETTINGS": "shared_buffers = 32MB\nfsync = off",
            "WATCH_SECONDS": "1",
        },
        volumes={
            f"postgres-{node}": "/var/lib/postgresql/data",
            "postgres-role": "/var/lib/dify/role",
            "secrets-postgres": "/run/secrets/dify:ro",
            "programs": "/opt/dify:ro",
        },
        user="999",
        health=["CMD", "bash", "/opt/dify/postgres_health.sh"],
    )


def make_backup(client: Any, stack: str) -> None:
    """The backup's container as the program makes it."""
    hosts = ",".join(f"postgres-{node}.dify-{stack}.internal" for node in "ab")
    _container(
        client,
        stack,
        "backup",
        "backup",
        ["bash", "/opt/dify/backup.sh"],
        environment={"PGHOST": hosts, "PGPORT": "5432", "PGPASSFILE": "/run/secrets/dify/pgpass", "WATCH_SECONDS": "1"},
        volumes={
            "backups": "/var/lib/dify/backups",
            "secrets-backup": "/run/secrets/dify:ro",
            "programs": "/opt/dify:ro",
            "files": "/var/lib/dify/files:ro",
            "plugins": "/var/lib/dify/plugins:ro",
        },
        user="999",
    )


def make_small(client: Any, stack: str, part: str, kind: str, release: str) -> None:
    """A container that only is there; the api also says its version."""
    command = ["python3", "-c", _API] if kind == "api" else ["sleep", "infinity"]
    _container(client, stack, part, kind, command, environment={"VERSION": release}, release=release)


def _container(
    client: Any,
    stack: str,
    part: str,
    kind: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    volumes: Mapping[str, str] | None = None,
    user: str = "65534",
    health: Sequence[str] | None = None,
    release: str | None = RELEASE,
) -> None:
    prefix = f"dify-{stack}"
    made = client.create_container(
        IMAGE,
        list(command),
        name=f"{prefix}-{part}",
        user=user,
        environment=dict(environment),
        labels={**labels(stack, part), "dify.kind": kind, **({"dify.release": release} if release else {})},
        stop_signal="SIGTERM",
        healthcheck=Healthcheck(test=list(health), interval=10**9, start_period=0, retries=3) if health else None,
        host_config=client.create_host_config(
            binds=[f"{prefix}-{volume}:{place}" for volume, place in (volumes or {}).items()],
            tmpfs={"/var/run/postgresql": "uid=999,gid=999,mode=0700"} if user == "999" else None,
            dns_opt=["timeout:1", "attempts:1"],
            init=True,
        ),
        networking_config=client.create_networking_config(
            {f"{prefix}-data": client.create_endpoint_config(aliases=[f"{part}.{prefix}.internal"])}
        ),
    )
    client.start(made["Id"])


def labels(stack: str, part: str) -> dict[str, str]:
    """The labels that the program gives."""
    return {"dify.stack": stack, "dify.part": part}


def _certificate() -> bytes:
    """A certificate where nginx has its own."""
    packed = io.BytesIO()
    content, _ = pem_of("dify.example.com")
    with tarfile.open(fileobj=packed, mode="w") as archive:
        file = tarfile.TarInfo("secrets/dify/certificate.pem")
        file.size, file.mode = len(content), 0o444
        archive.addfile(file, io.BytesIO(content))
    return packed.getvalue()


def _packed_scripts() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in (*database.SCRIPTS, *backup.SCRIPTS):
            archive.add(SCRIPTS / name, f"dify/{name}")
    return packed.getvalue()
