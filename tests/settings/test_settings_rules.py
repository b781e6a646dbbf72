"""Every rule of the stack file: a good value passes, a bad one gives exactly its line and no other."""

from typing import Any, get_args

import pytest

from dify.queues import ALL_QUEUES
from settings import Environment, Lifecycle, Lock, NatGateways, Settings
from settings.keys import all_paths, keys_of
from tests.settings import (
    bad_audit,
    bad_business,
    bad_content_delivery,
    bad_costs,
    bad_dns_firewall,
    bad_foundations,
    bad_operations,
    bad_pipeline,
    bad_postgresql,
    bad_probe,
    bad_replica,
    bad_root,
    bad_services,
    bad_sign_in,
    bad_tiers,
    bad_vector_store,
    bad_web_firewall,
)
from tests.settings.stack_files import REMOVED, Bad, parsed, refusals

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify/mail-AbCdEf"

ALL_BAD: tuple[Bad, ...] = (
    *bad_root.ROOT,
    *bad_root.TAGS,
    *bad_foundations.NETWORK,
    *bad_foundations.EDGE,
    *bad_content_delivery.CONTENT_DELIVERY,
    *bad_dns_firewall.DNS_FIREWALL,
    *bad_sign_in.SIGN_IN,
    *bad_services.SIZES,
    *bad_services.TASKS,
    *bad_services.PEAKS,
    *bad_services.WORKER_GROUPS,
    *bad_tiers.DATABASE,
    *bad_postgresql.ON_AWS,
    *bad_tiers.CACHE,
    *bad_tiers.STORAGE,
    *bad_tiers.LOGS,
    *bad_audit.AUDIT,
    *bad_audit.DETECTION,
    *bad_tiers.ALARMS,
    *bad_tiers.BACKUP,
    *bad_business.BUSINESS,
    *bad_costs.COSTS,
    *bad_vector_store.VECTOR_STORE,
    *bad_web_firewall.WEB_FIREWALL,
    *bad_replica.REPLICA,
    *bad_operations.IMAGES,
    *bad_operations.LOAD,
    *bad_operations.MAIL,
    *bad_operations.TELEMETRY,
    *bad_operations.CLEANUP,
    *bad_pipeline.PIPELINE,
    *bad_probe.PROBE,
    *bad_probe.OBJECTIVES,
)


@pytest.mark.parametrize("bad", ALL_BAD, ids=lambda bad: f"{bad.environment}-{bad.key}-{str(bad.value)[:40]}")
def test_a_wrong_value_gives_exactly_its_line(bad: Bad) -> None:
    assert refusals({**bad.also, bad.key: bad.value}, bad.environment) == [bad.line]


def test_every_key_has_a_wrong_value_in_these_tables() -> None:
    tried = {bad.key for bad in ALL_BAD}
    leaves = {".".join(map(str, path)) for path in all_paths() if not keys_of(path)}
    assert leaves - tried == set()


def test_every_key_of_a_list_item_has_a_wrong_value_in_these_tables() -> None:
    tried = {bad.at.partition("[0].")[2] for bad in ALL_BAD} | {bad.key.rpartition(".")[2] for bad in ALL_BAD}
    items = {key for path in all_paths() if not keys_of(path) for key in keys_of((*path, 0))}
    assert items >= {"start", "timeZone", "queues", "concurrency"}
    assert items - tried == set()


@pytest.mark.parametrize(
    ("key", "value", "environment"),
    [
        ("domain", "example.com", "prod"),
        ("edge.hostedZoneName", "dify.example.com", "prod"),
        ("edge.contentDelivery", {}, "prod"),
        ("edge.contentDelivery", {"originTimeoutSeconds": 1, "priceClass": "PriceClass_100"}, "dev"),
        ("network.cidr", "10.0.0.0/16", "prod"),
        ("network.cidr", "192.168.4.0/22", "prod"),
        ("network.cidr", "100.64.0.0/20", "prod"),
        ("network.zones", ["eu-central-1a", "eu-central-1b"], "dev"),
        ("network.natGateways", "single", "staging"),
        ("edge.allowedCidrs", ["8.0.0.0/8", "2001:4860::/32"], "prod"),
        ("edge.allowedCidrs", ["0.0.0.0/0"], "prod"),
        ("network.endpoints", ["bedrock-runtime", "bedrock-agent-runtime"], "prod"),
        ("edge.tlsPolicy", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "prod"),
        ("edge.idleTimeoutSeconds", 4000, "prod"),
        ("services.web.minTasks", 1, "dev"),
        ("services.web.minTasks", 3, "prod"),
        ("database.instanceClass", "db.t4g.xlarge", "dev"),
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
        ("alarms.subscriptions", [], "dev"),
        ("alarms.runbooks", "docs/runbooks", "dev"),
        ("alarms.subscriptions", [{"email": "a.b+c@x-y.example.com"}], "prod"),
        ("alarms.subscriptions", [{"https": "https://alarms.example.com:8443/dify/in"}], "prod"),
        (
            "alarms.subscriptions",
            [
                {
                    "webhook": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pager-AbCdEf",
                    "severities": ["page"],
                },
                {"slack": {"workspace": "T0123456789", "channel": "C0123456789"}, "severities": ["ticket", "info"]},
            ],
            "prod",
        ),
        ("backup.lock", "governance", "prod"),
        ("backup.lock", "off", "dev"),
        ("services.collaboration", {"enabled": False}, "prod"),
        ("services.agents", {"enabled": True}, "prod"),
        ("services.pluginDaemon.diskGib", 200, "prod"),
        ("services.workerGroups", [{"name": "a23456789012345b", "queues": list(ALL_QUEUES)}], "prod"),
        (
            "services.api.peaks",
            [{"start": "0 8 1W * ? *", "end": "30 18 ? * 2#1 2027", "timeZone": "Europe/Berlin", "minTasks": 5}],
            "prod",
        ),
        ("vectorStore", {"kind": "opensearch"}, "prod"),
        ("database.proxy", True, "prod"),
        ("images.source", "upstream", "staging"),
        (
            "mail",
            {"sender": "Dify.ops+a@mail.example.com", "login": _LOGIN, "server": "a.example", "port": 465},
            "prod",
        ),
        ("telemetry", {"endpoint": "https://otlp.example.com:4318/v1", "samplingRate": 1, "protocol": "grpc"}, "prod"),
        ("telemetry", {"endpoint": "https://otlp.example.com", "login": _LOGIN}, "prod"),
        ("telemetry", {"collector": "otlp", "endpoint": "https://otlp.example.com", "login": _LOGIN}, "prod"),
        ("telemetry", {"collector": "xray", "samplingRate": 0}, "prod"),
        ("cleanup", {"workflowLogsAfterDays": 1, "messagesAfterDays": 22, "embeddingCache": True}, "prod"),
        ("pipeline", {"repository": "example@1234/dify@5678", "branch": "release/2026"}, "prod"),
        ("tags.owner", "Team Ü: a/b", "prod"),
    ],
)
def test_a_value_at_the_edge_of_its_rule_passes(key: str, value: object, environment: str) -> None:
    assert refusals({key: value}, environment) == []


def test_a_certificate_of_the_region_takes_the_place_of_a_zone() -> None:
    arn = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    changes = {"edge.hostedZoneId": REMOVED, "edge.hostedZoneName": REMOVED, "edge.certificateArn": arn}
    edge = parsed(changes).edge
    assert (edge.certificate_arn, edge.hosted_zone_id) == (arn, None)


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "172.16.0.0/12", "192.168.1.0/24", "100.64.0.0/10"])
def test_a_closed_network_takes_private_ranges_and_has_no_nat_gateways(cidr: str) -> None:
    settings = parsed({"network.internet": False, "edge.allowedCidrs": [cidr]})
    assert (settings.network.internet, settings.network.nat_gateways) == (False, None)
    assert settings.edge.allowed_cidrs == (cidr,)


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
        if not field.description or not (field.examples or _sections(field.annotation))
    ]
    assert undescribed == []


def _sections(annotation: object) -> list[Any]:
    """The section that an annotation is, may be, or is a list of."""
    return [one for one in (annotation, *get_args(annotation)) if hasattr(one, "model_fields")]


def _models(model: Any) -> list[Any]:
    children = [child for field in model.model_fields.values() for child in _sections(field.annotation)]
    return [model, *(found for child in children for found in _models(child))]
