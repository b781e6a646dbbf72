"""One Docker host with a stack on it, and what tests do there and ask."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter

from operations.host.backups import PART, SCRIPT, Backups
from operations.host.docker_host import DockerHost, wait_for
from operations.host.postgres_pair import PostgresPair
from operations.outcome import FailedError
from tests.operations.host.host_containers import make, make_backup, make_small, remove

BUCKET = "example-dify-backups"


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
            make(client, stack)
            world = HostWorld(address=address, stack=stack, host=host)
            world.wait_streaming()
            make_backup(client, stack)
            yield world
        finally:
            remove(client, stack)
