"""Every option of a stack file is proven to change what is built."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from settings import Settings
from settings.stack_file import read_values
from tests.recorder import ROOT, Graph, record_program

_ARN = "arn:aws:acm:eu-west-1:111122226666:certificate/00000000-0000-0000-0000-000000000000"

_SHOWN: dict[str, tuple[Any, str, str]] = {
    "environment": ("staging", "aws", '"environment": "staging"'),
    "account": ("111122226666", "aws", "111122226666"),
    "region": ("eu-west-1", "aws", "'region': 'eu-west-1'"),
    "domain": ("other.example.com", "certificate-certificate", "other.example.com"),
    "release": ("1.17.0", "api-definition", "dify-api:1.17.0"),
    "lifecycle": ("retain", "database-instance", "'deletionProtection': True"),
    "tags.owner": ("somebody", "aws", '"owner": "somebody"'),
    "tags.costCenter": ("else", "aws", '"cost-center": "else"'),
    "network.cidr": ("10.30.0.0/16", "network-vpc", "10.30.0.0/16"),
    "network.zones": (["eu-west-1a", "eu-west-1b", "eu-west-1c"], "network-data-c", "eu-west-1c"),
    "network.natGateways": ("per-zone", "network-nat-b", "network-public-b-id"),
    "edge.hostedZoneId": ("Z9999999999", "edge-alias", "Z9999999999"),
    "edge.allowedCidrs": (["8.8.8.0/24"], "firewall-load-balancer-443-0", "8.8.8.0/24"),
    "edge.tlsPolicy": ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "edge-https", "TLS13-1-2-Res-2021-06"),
    "edge.idleTimeoutSeconds": (1234, "edge-alb", "'idleTimeout': 1234.0"),
    "services.web.cpu": (512, "web-definition", "'cpu': '512'"),
    "services.web.memory": (3072, "web-definition", "'memory': '3072'"),
    "services.web.minTasks": (3, "web-scaling", "'minCapacity': 3.0"),
    "services.web.maxTasks": (4, "web-scaling", "'maxCapacity': 4.0"),
    "services.api.cpu": (2048, "api-definition", "'cpu': '2048'"),
    "services.api.memory": (5120, "api-definition", "'memory': '5120'"),
    "services.api.minTasks": (2, "api-scaling", "'minCapacity': 2.0"),
    "services.api.maxTasks": (3, "api-scaling", "'maxCapacity': 3.0"),
    "services.api.processes": (2, "api-definition", '"SERVER_WORKER_AMOUNT", "value": "2"'),
    "services.api.connectionsPerProcess": (321, "api-definition", '"SERVER_WORKER_CONNECTIONS", "value": "321"'),
    "services.worker.cpu": (2048, "worker-definition", "'cpu': '2048'"),
    "services.worker.memory": (5120, "worker-definition", "'memory': '5120'"),
    "services.worker.minTasks": (2, "worker-scaling", "'minCapacity': 2.0"),
    "services.worker.maxTasks": (3, "worker-scaling", "'maxCapacity': 3.0"),
    "services.worker.concurrency": (13, "worker-definition", '"CELERY_WORKER_AMOUNT", "value": "13"'),
    "services.beat.cpu": (512, "beat-definition", "'cpu': '512'"),
    "services.beat.memory": (2048, "beat-definition", "'memory': '2048'"),
    "database.instanceClass": ("db.m7g.2xlarge", "database-instance", "db.m7g.2xlarge"),
    "database.engineVersion": ("17.4", "database-instance", "'engineVersion': '17.4'"),
    "database.allocatedStorageGib": (33, "database-instance", "'allocatedStorage': 33.0"),
    "database.maxStorageGib": (77, "database-instance", "'maxAllocatedStorage': 77.0"),
    "database.multiAz": (True, "database-instance", "'multiAz': True"),
    "database.backupRetentionDays": (11, "database-instance", "'backupRetentionPeriod': 11.0"),
    "database.maintenanceWindow": ("mon:03:00-mon:04:00", "database-instance", "mon:03:00-mon:04:00"),
    "database.poolSize": (6, "worker-definition", '"SQLALCHEMY_POOL_SIZE", "value": "6"'),
    "database.maxOverflow": (7, "worker-definition", '"SQLALCHEMY_MAX_OVERFLOW", "value": "7"'),
    "cache.nodeType": ("cache.m7g.large", "cache-group", "cache.m7g.large"),
    "cache.nodes": (3, "cache-group", "'numCacheClusters': 3.0"),
    "cache.engineVersion": ("7.2", "cache-group", "'engineVersion': '7.2'"),
    "cache.snapshotRetentionDays": (5, "cache-group", "'snapshotRetentionLimit': 5.0"),
    "cache.snapshotWindow": ("02:00-03:00", "cache-group", "02:00-03:00"),
    "cache.maintenanceWindow": ("tue:04:30-tue:05:30", "cache-group", "tue:04:30-tue:05:30"),
    "storage.infrequentAccessAfterDays": (44, "storage-files-lifecycle", "'days': 44.0"),
    "storage.expireNoncurrentAfterDays": (55, "storage-files-lifecycle", "'noncurrentDays': 55.0"),
    "storage.abortUploadsAfterDays": (6, "storage-files-lifecycle", "'daysAfterInitiation': 6.0"),
    "storage.expireLogsAfterDays": (66, "storage-logs-lifecycle", "'days': 66.0"),
    "logs.retentionDays": (60, "api-logs", "'retentionInDays': 60.0"),
    "alarms.emails": (["a@example.com"], "notifications-email-0", "a@example.com"),
    "alarms.cpuPercent": (71, "services-api-cpu", "'threshold': 71.0"),
    "alarms.memoryPercent": (72, "services-api-memory", "'threshold': 72.0"),
    "alarms.diskPercent": (73, "services-api-disk", "'threshold': 73.0"),
    "alarms.errorPercent": (3, "edge-errors", "'threshold': 3.0"),
    "alarms.responseSeconds": (8, "edge-api-response", "'threshold': 8.0"),
    "backup.dailyRetentionDays": (21, "backup-plan", "'deleteAfter': 21.0"),
    "backup.hourlyRetentionDays": (11, "backup-plan", "'deleteAfter': 11.0"),
    "backup.lock": ("compliance", "backup-lock", "'backupVaultName'"),
    "backup.lockGraceDays": (19, "backup-lock", "'changeableForDays': 19.0"),
}
"""Option -> another valid value, the resource that it must change, and what must appear there."""

_ALONE = {"edge.certificateArn"}
"""Excludes another option, so it has a stack file of its own below."""


def _leaves(model: type[BaseModel], at: str = "") -> Iterator[str]:
    for field in model.model_fields.values():
        path = f"{at}{field.alias}"
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, f"{path}.")
        else:
            yield path


def _with(changes: dict[str, Any], removed: tuple[str, str] | None = None) -> dict[str, str]:
    values: dict[str, Any] = {
        key: json.loads(value) if value.startswith(("{", "[")) else value
        for key, value in read_values(ROOT / "Pulumi.dev.yaml").items()
    }
    for path, value in changes.items():
        *sections, name = f"dify:{path}".split(".")
        place: dict[str, Any] = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    if removed is not None:
        del values[removed[0]][removed[1]]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


@cache
def _before() -> Graph:
    return record_program("dev")


@cache
def _after() -> Graph:
    return record_program("staging", values=_with({path: value for path, (value, _, _) in _SHOWN.items()}))


def _inputs(graph: Graph, name: str) -> str:
    return "\n".join(str(resource.inputs) for resource in graph.resources if resource.name == name)


def test_this_table_knows_every_option_of_a_stack_file() -> None:
    assert set(_leaves(Settings)) == set(_SHOWN) | _ALONE


@pytest.mark.parametrize("option", _SHOWN)
def test_an_option_changes_what_is_built(option: str) -> None:
    _, resource, text = _SHOWN[option]
    assert text not in _inputs(_before(), resource)
    assert text in _inputs(_after(), resource)


def test_a_given_certificate_is_what_the_listener_shows() -> None:
    zones = [f"eu-west-1{letter}" for letter in "ab"]
    changes = {"region": "eu-west-1", "network.zones": zones, "edge.certificateArn": _ARN}
    graph = record_program("dev", values=_with(changes, ("dify:edge", "hostedZoneId")))
    assert graph.named("edge-https").inputs["certificateArn"] == _ARN
    assert graph.of("acm/certificate:Certificate") == []
