"""A host that is well in every respect, for tests to make unwell in one."""

from datetime import UTC, datetime, timedelta

from operations.host.condition import (
    BackupCondition,
    CertificateCondition,
    Condition,
    DatabaseCondition,
    DiskCondition,
    MachineCondition,
    PartCondition,
    ServiceTraffic,
    SlotCondition,
    TrafficCondition,
)
from operations.host.part import KINDS, Part

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GIB = 1024**3

PARTS = tuple(
    Part(
        name=kind,
        kind=kind,
        container=f"dify-host-{kind}",
        release="1.17.1",
        image="image",
        state="running",
        health="healthy",
        started=NOW - timedelta(days=1),
        restarts=0,
        exit_code=0,
        out_of_memory=False,
        memory=GIB,
    )
    for kind in KINDS
)
DATABASE = DatabaseCondition(
    primary="postgres-a",
    standby="postgres-b",
    streaming=True,
    lag_bytes=0,
    lag_seconds=0,
    slots=(SlotCondition(name="backup", active=True, wal_status="reserved", bytes=0),),
)
BACKUPS = BackupCondition(full=NOW - timedelta(hours=3), files=NOW, wal=NOW, failures={})
MACHINE = MachineCondition(cpus=4, load=(3.9, 3.5, 1.0), memory=32 * GIB, memory_available=16 * GIB)
API = ServiceTraffic(service="api", requests=400, failed=0, answers=400, median=0.05, p95=0.8, p99=3.0)
WEB = ServiceTraffic(service="web", requests=100, failed=0, answers=100, median=0.01, p95=0.02, p99=0.1)
TRAFFIC = TrafficCondition(since=NOW - timedelta(minutes=15), requests=500, failed=0, refused=20, services=(API, WEB))
CERTIFICATE = CertificateCondition(names=("dify.example.com",), ends=NOW + timedelta(days=60))


def measured(part: Part, memory: int | None = GIB // 2) -> PartCondition:
    return PartCondition(
        name=part.name,
        state=part.state,
        health=part.health,
        release=part.release,
        started=part.started,
        restarts=part.restarts,
        memory=memory,
        memory_limit=part.memory,
        cpu=0.1,
        received=GIB,
        sent=GIB,
    )


WELL = Condition(
    stack="host",
    at=NOW,
    problems=(),
    parts=tuple(map(measured, PARTS)),
    database=DATABASE,
    backups=BACKUPS,
    volumes=(),
    disk=DiskCondition(bytes=100 * GIB, free=50 * GIB),
    certificate=CERTIFICATE,
    unfinished=(),
    machine=MACHINE,
    traffic=TRAFFIC,
)
