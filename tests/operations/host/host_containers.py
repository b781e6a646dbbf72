"""The containers of a stack by the names and labels of the program: two real PostgreSQL nodes and the backup's with the
project's own scripts, and small stand-ins for the rest."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docker.types import Healthcheck

from components.docker_host import backup, database
from dify.releases import POSTGRESQL
from tests.operations.host.pems import pem_of

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SCRIPTS = ROOT / "components/docker_host/scripts"
IMAGE = POSTGRESQL
RELEASE = "1.17.0"

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


def make(client: Any, stack: str) -> None:
    """All of a stack but its backup's container, which needs a primary."""
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
