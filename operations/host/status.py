"""`status`: how every part of the stack is, and what is wrong first."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from operations.host import backups, certificate
from operations.host.call import address_of
from operations.host.condition import (
    CertificateCondition,
    Condition,
    DatabaseCondition,
    SlotCondition,
    TrafficCondition,
    VolumeCondition,
)
from operations.host.docker_host import DockerHost
from operations.host.judgement import problems
from operations.host.machine import read_machine
from operations.host.measured_parts import measured_parts
from operations.host.postgres_pair import PostgresPair, other
from operations.host.status_text import text
from operations.host.traffic import Traffic, traffic_condition
from operations.host.traffic_log import TrafficLog
from operations.journal import unfinished
from operations.outcome import ExitCode, FailedError
from operations.output import say

TRAFFIC_MINUTES = 15
MOST_REQUESTS = 50_000
"""How far back requests are looked at: a quarter of an hour, as the host's load is, and no more of them than is done
within a second or two."""

CERTIFICATE_FILE = "/run/secrets/dify/certificate.pem"
"""In nginx' container."""


def options(command: argparse.ArgumentParser) -> None:
    """What `status` takes beside the stack."""
    command.add_argument("--json", action="store_true", help="as JSON, in the form of operations/host/condition.py")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`status STACK [--json]`."""
    begun = [journal.call for journal in unfinished(chosen.state_folder, chosen.stack)]
    with DockerHost.reach(address_of(chosen), chosen.stack) as host:
        found = Status(host=host, unfinished=begun).read()
    say(found.model_dump_json(indent=2) if chosen.json else text(found))
    return ExitCode.FAILED if found.problems else ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Status:
    """Reads the condition of `host`; `unfinished` are the calls of operations that were begun and not ended. Docker
    measures volumes file by file, which is no work for each minute."""

    host: DockerHost
    unfinished: Sequence[str] = ()
    measures_volumes: bool = True

    def read(self) -> Condition:
        """Everything that can be seen. What cannot is a problem, never an error. Raises FailedError without Docker."""
        parts = self.host.parts()
        database = self._database()
        kept = backups.read_status(self.host)
        disk = backups.disk(self.host)
        served = self._certificate()
        now = datetime.now(UTC)
        found = Condition(
            stack=self.host.stack,
            at=now,
            problems=(),
            parts=measured_parts(self.host, parts),
            database=database,
            backups=kept,
            volumes=self._volumes() if self.measures_volumes else (),
            disk=disk,
            certificate=served,
            unfinished=tuple(self.unfinished),
            machine=read_machine(self.host),
            traffic=self._traffic(now - timedelta(minutes=TRAFFIC_MINUTES)),
        )
        return found.model_copy(update={"problems": tuple(problems(found, parts))})

    def _database(self) -> DatabaseCondition | None:
        pair = PostgresPair(host=self.host)
        try:
            named = pair.named_primary()
            primary = named if pair.writes(named) else None
            standby = other(named) if pair.follows(other(named)) else None
            followed = pair.standby_of(named) if primary else None
            slots = pair.slots(named) if primary else ()
        except FailedError:
            return None
        return DatabaseCondition(
            primary=primary,
            standby=standby,
            streaming=followed is not None and followed.state == "streaming",
            lag_bytes=followed.bytes if followed else None,
            lag_seconds=followed.seconds if followed else None,
            slots=tuple(
                SlotCondition(name=slot.name, active=slot.active, wal_status=slot.wal_status, bytes=slot.bytes)
                for slot in slots
            ),
        )

    def _volumes(self) -> tuple[VolumeCondition, ...]:
        try:
            sizes = self.host.volume_sizes()
        except FailedError:
            return ()
        return tuple(VolumeCondition(name=name, bytes=count) for name, count in sorted(sizes.items()))

    def _certificate(self) -> CertificateCondition | None:
        if self.host.find("nginx") is None:
            return None
        facts = certificate.facts_of("nginx", self.host.read("nginx", CERTIFICATE_FILE))
        return CertificateCondition(names=facts.names, ends=facts.ends) if facts.unreadable is None else None

    def _traffic(self, since: datetime) -> TrafficCondition | None:
        requests = TrafficLog(host=self.host).requests(since, newest=MOST_REQUESTS)
        try:
            return traffic_condition(Traffic.of(requests), since)
        except FailedError:
            return None
