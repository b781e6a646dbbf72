"""Every rule of the stack file: a good value passes, a bad one gives exactly its line and no other."""

from typing import Any

import pytest

from settings import Environment, Lifecycle, Lock, NatGateways, Settings
from settings.keys import all_paths, keys_of
from tests.settings import bad_foundations, bad_tiers
from tests.settings.stack_files import REMOVED, Bad, parsed, refusals

ALL_BAD: tuple[Bad, ...] = (
    *bad_foundations.ROOT,
    *bad_foundations.TAGS,
    *bad_foundations.NETWORK,
    *bad_foundations.EDGE,
    *bad_tiers.SERVICES,
    *bad_tiers.DATABASE,
    *bad_tiers.CACHE,
    *bad_tiers.STORAGE,
    *bad_tiers.LOGS,
    *bad_tiers.ALARMS,
    *bad_tiers.BACKUP,
)


@pytest.mark.parametrize("bad", ALL_BAD, ids=lambda bad: f"{bad.environment}-{bad.key}-{str(bad.value)[:40]}")
def test_a_wrong_value_gives_exactly_its_line(bad: Bad) -> None:
    assert refusals({**bad.also, bad.key: bad.value}, bad.environment) == [bad.line]


def test_every_key_has_a_wrong_value_in_these_tables() -> None:
    tried = {bad.key for bad in ALL_BAD}
    leaves = {".".join(map(str, path)) for path in all_paths() if not keys_of(path)}
    assert leaves - tried == set()


@pytest.mark.parametrize(
    ("key", "value", "environment"),
    [
        ("domain", "a.io", "prod"),
        ("network.cidr", "10.0.0.0/16", "prod"),
        ("network.cidr", "192.168.4.0/24", "prod"),
        ("network.cidr", "100.64.0.0/20", "prod"),
        ("network.zones", ["eu-central-1a", "eu-central-1b"], "staging"),
        ("network.natGateways", "single", "staging"),
        ("edge.allowedCidrs", ["8.0.0.0/8", "2001:4860::/32"], "prod"),
        ("edge.allowedCidrs", ["0.0.0.0/0"], "prod"),
        ("edge.tlsPolicy", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "prod"),
        ("edge.idleTimeoutSeconds", 4000, "prod"),
        ("services.web.minTasks", 1, "dev"),
        ("services.web.minTasks", 3, "prod"),
        ("database.instanceClass", "db.t4g.large", "dev"),
        ("database.instanceClass", "db.r8g.48xlarge", "prod"),
        ("database.engineVersion", "17.5", "prod"),
        ("database.maxStorageGib", 110, "prod"),
        ("database.multiAz", False, "staging"),
        ("database.maintenanceWindow", "sun:23:30-mon:00:30", "prod"),
        ("database.maxOverflow", 0, "prod"),
        ("cache.nodes", 1, "dev"),
        ("cache.snapshotWindow", "23:30-00:30", "prod"),
        ("cache.maintenanceWindow", "sun:04:00-sun:05:00", "prod"),
        ("logs.retentionDays", 30, "dev"),
        ("logs.retentionDays", 3653, "prod"),
        ("alarms.emails", [], "dev"),
        ("alarms.emails", ["a.b+c@x-y.example.com"], "prod"),
        ("backup.lock", "governance", "prod"),
        ("backup.lock", "off", "dev"),
        ("tags.owner", "Team Ü: a/b", "prod"),
    ],
)
def test_a_value_at_the_edge_of_its_rule_passes(key: str, value: object, environment: str) -> None:
    assert refusals({key: value}, environment) == []


def test_a_certificate_of_the_region_takes_the_place_of_a_zone() -> None:
    arn = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    edge = parsed({"edge.hostedZoneId": REMOVED, "edge.certificateArn": arn}).edge
    assert (edge.certificate_arn, edge.hosted_zone_id) == (arn, None)


def test_what_a_stack_file_leaves_out_has_the_production_guides_value() -> None:
    settings = parsed({})
    sizes = [(s.cpu, s.memory) for s in (settings.services.web, settings.services.api, settings.services.worker)]
    assert sizes == [(2048, 4096), (4096, 8192), (2048, 4096)]
    assert (settings.services.api.min_tasks, settings.services.api.max_tasks) == (3, 5)
    assert (settings.services.web.min_tasks, settings.services.web.max_tasks) == (2, 3)
    assert (settings.lifecycle, settings.environment) == (Lifecycle.RETAIN, Environment.PROD)
    assert (settings.network.nat_gateways, settings.database.multi_az) == (NatGateways.PER_ZONE, True)
    assert (settings.database.backup_retention_days, settings.logs.retention_days) == (30, 365)
    assert (settings.cache.nodes, settings.cache.engine_version, settings.database.engine_version) == (2, "8.0", "16.9")
    alarms = settings.alarms
    assert (alarms.cpu_percent, alarms.memory_percent, alarms.disk_percent) == (80, 85, 90)
    assert (alarms.error_percent, alarms.response_seconds) == (5, 5)
    assert (settings.backup.lock, settings.backup.lock_grace_days) == (Lock.COMPLIANCE, 3)
    assert settings.edge.allowed_cidrs == ("0.0.0.0/0", "::/0")


def test_settings_cannot_be_changed_after_they_are_checked() -> None:
    settings: Any = parsed({})
    with pytest.raises(ValueError, match="frozen"):
        settings.region = "us-east-1"
    with pytest.raises(ValueError, match="frozen"):
        settings.network.cidr = "10.0.0.0/16"


def test_every_key_is_described_and_shows_an_example() -> None:
    undescribed = [
        f"{model.__name__}.{name}"
        for model in _models(Settings)
        for name, field in model.model_fields.items()
        if not field.description or not (field.examples or _is_section(field.annotation))
    ]
    assert undescribed == []


def _is_section(annotation: object) -> bool:
    return hasattr(annotation, "model_fields")


def _models(model: Any) -> list[Any]:
    children = [field.annotation for field in model.model_fields.values() if _is_section(field.annotation)]
    return [model, *(found for child in children for found in _models(child))]
