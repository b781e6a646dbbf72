"""What is wrong is said in lines, worst first, and what is as it should be is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dify.image import ImageName
from dify.releases import RELEASES
from operations.aws.status.condition import (
    AlarmCondition,
    BackupCondition,
    CacheCondition,
    CertificateCondition,
    Condition,
    DatabaseCondition,
    DatabaseCopyCondition,
    NodeCondition,
    ReplicationCondition,
    SearchCondition,
    ServiceCondition,
    StoppedTask,
    TargetsCondition,
)
from operations.aws.status.problems import problems
from operations.aws.status.text import text
from settings.plan import deployments
from settings.stack_file import parse_file

GIB = 1024**3
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SETTINGS = parse_file(Path(__file__).parents[3] / "Pulumi.prod.yaml", "prod")
IMAGES = RELEASES[SETTINGS.release].images

SERVICES = {
    one.name: ServiceCondition(
        name=one.name,
        there=True,
        desired=one.min_tasks,
        running=one.min_tasks,
        pending=0,
        image=one.service.image,
        tag=ImageName.parse(IMAGES[one.service.image]).copy_tag if one.service.image in IMAGES else "1-0123456789ab",
        deployment="SUCCESSFUL",
        reason=None,
    )
    for one in deployments(SETTINGS)
}
DATABASE = DatabaseCondition(
    status="available",
    version="16.9",
    multi_az=True,
    zone="eu-central-1a",
    standby_zone="eu-central-1b",
    storage=100 * GIB,
    free=60 * GIB,
    latest_restorable=NOW - timedelta(minutes=4),
    copy_elsewhere=DatabaseCopyCondition(region="eu-west-1", latest=NOW - timedelta(minutes=59)),
    waiting=(),
)
NODES = (
    NodeCondition(name="one", role="primary", zone="eu-central-1a", lag=None),
    NodeCondition(name="two", role="replica", zone="eu-central-1b", lag=0.1),
)
CACHE = CacheCondition(status="available", failover=True, nodes=NODES, waiting=())
SEARCH = SearchCondition(name="dify-prod", health="green", processing=False, waiting=())
TARGETS = TargetsCondition(service="api", healthy=3, unhealthy=0, coming=0, reasons=())
BACKUP = BackupCondition(store="files", last=NOW - timedelta(hours=10), continuous="AVAILABLE", failure=None)
CERTIFICATE = CertificateCondition(
    place="the load balancer", names=("dify.example.com",), status="ISSUED", ends=NOW + timedelta(days=90)
)
COPIES = ReplicationCondition(store="files", seconds=4, failed=0)
PAGE = AlarmCondition(
    name="database-disk", severity="page", region="eu-central-1", since=NOW, why="The disk is full", runbook="URL"
)
STOPPED = StoppedTask(
    of="api",
    at=NOW - timedelta(minutes=5),
    code="EssentialContainerExited",
    reason="Essential container in task exited; api: OutOfMemoryError",
    exit_code=137,
)
UNHEALTHY = STOPPED.model_copy(
    update={"code": "ServiceSchedulerInitiated", "reason": "Task failed ELB health checks in (target-group one)"}
)
WELL = Condition(
    stack="prod",
    at=NOW,
    release=SETTINGS.release,
    problems=(),
    services=tuple(SERVICES.values()),
    stopped=(),
    database=DATABASE,
    cache=CACHE,
    search=SEARCH,
    targets=(TARGETS,),
    alarms=(),
    backups=(BACKUP,),
    certificates=(CERTIFICATE,),
    replication=(COPIES,),
    unfinished=(),
    unanswered=(),
)


def _copied_until(latest: datetime | None) -> DatabaseCondition:
    return DATABASE.model_copy(update={"copy_elsewhere": DatabaseCopyCondition(region="eu-west-1", latest=latest)})


def _found(**changes: Any) -> list[str]:
    return list(problems(WELL.model_copy(update=changes), SETTINGS))


def _service(name: str, **changes: Any) -> list[str]:
    services = {**SERVICES, name: SERVICES[name].model_copy(update=changes)}
    return _found(services=tuple(services.values()))


def test_a_stack_that_is_well_has_no_problem_and_says_so_first() -> None:
    assert _found() == []
    assert text(WELL).splitlines()[0] == "prod: all is well"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "rebooting"}, "the database is rebooting"),
        ({"multi_az": False, "standby_zone": None}, "the database has no standby: Multi-AZ is off; `pulumi up`"),
        ({"standby_zone": None}, "the database's standby is in no zone"),
        ({"free": 9 * GIB}, "the database has 9.0 GiB of 100 GiB free"),
        ({"latest_restorable": None}, "the database cannot be restored to a moment"),
        ({"latest_restorable": NOW - timedelta(minutes=45)}, "can be restored only to 45 min 0 s ago"),
    ],
)
def test_each_fault_of_the_database_is_a_line(changes: dict[str, Any], words: str) -> None:
    (line,) = _found(database=DATABASE.model_copy(update=changes))
    assert words in line


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "modifying"}, "the cache is modifying"),
        ({"failover": False}, "automatic failover is off"),
        ({"nodes": NODES[:1]}, "the cache has 1 of 2 nodes"),
        ({"nodes": (NODES[1], NODES[1])}, "the cache has no primary"),
        ({"nodes": (NODES[0], NODES[1].model_copy(update={"lag": 31.0}))}, "cache node two is 31 s behind"),
    ],
)
def test_each_fault_of_the_cache_is_a_line(changes: dict[str, Any], words: str) -> None:
    (line,) = _found(cache=CACHE.model_copy(update=changes))
    assert words in line


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"there": False, "desired": 0, "running": 0}, "api is missing; `pulumi up` makes it"),
        ({"running": 1}, "api: 1 of 3 tasks run"),
        ({"running": 1, "deployment": "IN_PROGRESS"}, "api: 1 of 3 tasks run (a deployment is under way)"),
        ({"desired": 0, "running": 0}, "api is set to 0 tasks, its settings say at least 3"),
        ({"deployment": "ROLLBACK_SUCCESSFUL", "reason": "tasks failed to start"}, "of api failed (tasks failed to s"),
        ({"tag": "1.17.0"}, "api runs api 1.17.0, the stack file says 1.17.1"),
    ],
)
def test_each_fault_of_a_service_is_a_line(changes: dict[str, Any], words: str) -> None:
    (line,) = _service("api", **changes)
    assert words in line


def test_a_service_without_any_task_stands_before_one_that_lacks_some() -> None:
    services = {
        **SERVICES,
        "api": SERVICES["api"].model_copy(update={"running": 2}),
        "worker": SERVICES["worker"].model_copy(update={"running": 0}),
    }
    first, second = _found(services=tuple(services.values()))
    assert first.startswith("worker: 0 of ")
    assert second.startswith("api: 2 of ")


def test_more_tasks_than_the_least_are_no_problem() -> None:
    assert _service("api", desired=5, running=5) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"targets": (TARGETS.model_copy(update={"healthy": 0}),)}, "has no healthy task of api"),
        (
            {"targets": (TARGETS.model_copy(update={"unhealthy": 1, "reasons": ("Health checks failed",)}),)},
            "1 tasks of api are unhealthy (Health checks failed)",
        ),
        ({"search": SEARCH.model_copy(update={"health": "yellow"})}, "part of the vectors has no copy"),
        ({"search": SEARCH.model_copy(update={"health": "red"})}, "part of the vectors is on no node"),
        ({"backups": (BACKUP.model_copy(update={"last": None}),)}, "there is no backup of files"),
        (
            {"backups": (BACKUP.model_copy(update={"last": NOW - timedelta(hours=28)}),)},
            "the last backup of files is 1 d 4 h old",
        ),
        ({"backups": (BACKUP.model_copy(update={"continuous": "STOPPED"}),)}, "continuous backup of files has stopped"),
        ({"backups": (BACKUP.model_copy(update={"continuous": None}),)}, "files has no continuous backup"),
        ({"backups": (BACKUP.model_copy(update={"failure": "FAILED: no right"}),)}, "FAILED: no right"),
        (
            {"certificates": (CERTIFICATE.model_copy(update={"ends": NOW + timedelta(days=20)}),)},
            "the certificate of the load balancer ends on 2026-06-21",
        ),
        ({"certificates": (CERTIFICATE.model_copy(update={"status": "FAILED"}),)}, "load balancer is FAILED"),
        ({"stopped": (STOPPED,)}, "a task of api ended 5 min 0 s ago, exit code 137: Essential container"),
        (
            {"stopped": (STOPPED.model_copy(update={"of": "migration", "exit_code": 1}),)},
            "the migration ended with 1 (Essential container",
        ),
        ({"stopped": (UNHEALTHY,)}, "Task failed ELB health checks"),
        ({"replication": (COPIES.model_copy(update={"seconds": 1000.0}),)}, "copies of files are 16 min 40 s behind"),
        ({"replication": (COPIES.model_copy(update={"failed": 3}),)}, "3 objects of files were not copied"),
        (
            {"database": _copied_until(None)},
            "there is no backup of the database in eu-west-1",
        ),
        (
            {"database": _copied_until(NOW - timedelta(minutes=61))},
            "in eu-west-1 the database can be restored only to 1 h 1 min ago",
        ),
        ({"alarms": (PAGE,)}, "alarm database-disk (page): The disk is full; URL"),
        ({"unfinished": ("upgrade",)}, "the operation `upgrade` is unfinished; call it again"),
        ({"unanswered": ("the database cannot be asked: why",)}, "the database cannot be asked: why"),
    ],
)
def test_each_other_fault_is_a_line(changes: dict[str, Any], words: str) -> None:
    (line,) = _found(**changes)
    assert words in line


@pytest.mark.parametrize(
    "task",
    [
        STOPPED.model_copy(update={"code": "ServiceSchedulerInitiated", "reason": "Scaling activity initiated by ..."}),
        STOPPED.model_copy(update={"code": "UserInitiated", "reason": "Task stopped by user"}),
        STOPPED.model_copy(update={"of": "migration", "exit_code": None}),
    ],
)
def test_a_task_that_ended_on_purpose_is_no_problem(task: StoppedTask) -> None:
    assert _found(stopped=(task,)) == []


def test_what_wakes_somebody_stands_first_and_what_can_wait_behind_what_is_broken() -> None:
    ticket = PAGE.model_copy(update={"name": "later", "severity": "ticket"})
    info = PAGE.model_copy(update={"name": "note", "severity": "info"})
    lines = _found(alarms=(ticket, info, PAGE), database=DATABASE.model_copy(update={"status": "failed"}))
    assert [line.split(":")[0] for line in lines] == [
        "alarm database-disk (page)",
        "the database is failed",
        "alarm later (ticket)",
    ]


def test_what_could_not_be_asked_is_not_taken_for_broken() -> None:
    unknown = {"database": None, "cache": None, "search": None, "services": (), "targets": (), "backups": ()}
    assert _found(**unknown, unanswered=("services cannot be asked: why",)) == ["services cannot be asked: why"]


def test_a_stack_of_settings_without_standby_needs_none() -> None:
    alone = SETTINGS.database.model_copy(update={"multi_az": False})
    settings = SETTINGS.model_copy(update={"database": alone})
    found = WELL.model_copy(update={"database": DATABASE.model_copy(update={"multi_az": False, "standby_zone": None})})
    assert list(problems(found, settings)) == []
