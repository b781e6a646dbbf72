"""The two PostgreSQL nodes: who is primary, how far the other one is, and the steps from one to the other."""

import json
from dataclasses import dataclass
from typing import Any, cast

from operations.host.docker_host import DockerHost
from operations.outcome import FailedError

NODES = ("postgres-a", "postgres-b")
ROLE_FOLDER = "/var/lib/dify/role"
"""Its file `primary` names the node that may write: `a` or `b` (components/docker_host/scripts/postgres_node.sh)."""

PROMOTE = ("bash", "/opt/dify/postgres_promote.sh")
DATA_FOLDER = "/var/lib/postgresql/data"

_STANDBYS = """
SELECT coalesce(json_agg(json_build_object(
  'state', state,
  'address', host(client_addr),
  'bytes', pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint,
  'seconds', coalesce(extract(epoch FROM replay_lag), 0)::float)), '[]')
FROM pg_stat_replication WHERE application_name LIKE 'node\\_%'
"""
_SLOTS = """
SELECT coalesce(json_agg(json_build_object(
  'name', slot_name, 'active', active, 'wal_status', wal_status,
  'bytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint) ORDER BY slot_name), '[]')
FROM pg_replication_slots
"""
_RECEIVED_AND_REPLAYED = """
SELECT pg_last_wal_receive_lsn() IS NULL
  OR pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
"""
_WRITE = "SELECT pg_logical_emit_message(true, 'operations', 'takes writes')"
"""A committed write that leaves nothing but a record in the write-ahead log (PostgreSQL documentation, "Replication
Management Functions")."""


_READER = {
    "role": "pg_read_all_data",
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "timezone": "UTC",
}
"""A session that may read every table and can change none, and gives up rather than to be in the way (PostgreSQL
documentation, "Predefined Roles")."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A replication slot of the primary: `bytes` of write-ahead log are kept for its reader."""

    name: str
    active: bool
    wal_status: str | None
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Standby:
    """What the primary says of the node that follows it: its state and how much it has not replayed yet."""

    state: str
    bytes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class PostgresPair:
    """Both nodes on `host`."""

    host: DockerHost

    def named_primary(self) -> str:
        """The part that the role file lets write, also where no node runs."""
        for node in NODES:
            if self.host.find(node) is None:
                continue
            content = self.host.read(node, f"{ROLE_FOLDER}/primary")
            if content is None:
                continue
            named = content.decode(errors="replace").strip()
            if f"postgres-{named}" in NODES:
                return f"postgres-{named}"
            raise FailedError(f"{self.host.prefix}-{node}: {ROLE_FOLDER}/primary: got {named!r}; it must be a or b")
        raise FailedError(
            f"{self.host.prefix}-postgres-a: {ROLE_FOLDER}/primary: it is not there; start postgres-a first"
        )

    def writes(self, node: str) -> bool:
        """Whether `node` runs and plays the primary."""
        return self._is(node, "SELECT NOT pg_is_in_recovery()")

    def follows(self, node: str) -> bool:
        """Whether `node` runs and plays the standby."""
        return self._is(node, "SELECT pg_is_in_recovery()")

    def has_replayed(self, node: str) -> bool:
        """Whether the standby `node` has replayed all that it received."""
        return self._is(node, _RECEIVED_AND_REPLAYED)

    def takes_writes(self, node: str) -> bool:
        """Whether `node` commits a write now."""
        return self.host.part(node).state == "running" and self.host.run(node, *_psql(_WRITE)).code == 0

    def standby_of(self, primary: str) -> Standby | None:
        """The standby that streams from `primary`, as that one sees it."""
        rows = cast("list[dict[str, Any]]", self._json(primary, _STANDBYS))
        return Standby(state=rows[0]["state"], bytes=rows[0]["bytes"], seconds=rows[0]["seconds"]) if rows else None

    def streams(self, primary: str) -> bool:
        """Whether a standby streams from `primary`."""
        standby = self.standby_of(primary) if self.writes(primary) else None
        return standby is not None and standby.state == "streaming"

    def slots(self, primary: str) -> tuple[Slot, ...]:
        """Replication slots of `primary`."""
        rows = cast("list[dict[str, Any]]", self._json(primary, _SLOTS))
        return tuple(Slot(**row) for row in rows)

    def value(self, node: str, statement: str, database: str = "postgres") -> str:
        """The single value of `statement`, as text."""
        return self.host.output(node, *_psql(statement, database)).strip()

    def read(self, node: str, statement: str, database: str) -> object:
        """The single value of `statement`, as JSON, by a session that can only read."""
        settings = " ".join(f"-c {name}={value}" for name, value in _READER.items())
        ran = self.host.run(node, *_psql(statement, database), environment={"PGOPTIONS": settings})
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{node}: database {database}: {ran.why}")
        return json.loads(ran.output)

    def _is(self, node: str, statement: str) -> bool:
        if self.host.part(node).state != "running":
            return False
        ran = self.host.run(node, *_psql(statement))
        return ran.code == 0 and ran.output.strip() == "t"

    def _json(self, node: str, statement: str) -> object:
        return json.loads(self.value(node, statement))


def other(node: str) -> str:
    """The node that is not `node`."""
    return NODES[1 - NODES.index(node)]


def _psql(statement: str, database: str = "postgres") -> tuple[str, ...]:
    """The container's own user is the superuser on the server's socket; no password is needed or seen."""
    flags = ("--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1")
    return ("psql", *flags, "--username=postgres", f"--dbname={database}", f"--command={statement}")
