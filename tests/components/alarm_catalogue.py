"""Every table of alarms, with an example of everything that it can watch."""

from functools import cache

from components.alarm_tables.application import application_alarms
from components.alarm_tables.audit import audit_alarms
from components.alarm_tables.backup import backup_alarms
from components.alarm_tables.business import business_alarms
from components.alarm_tables.cache import cache_alarms
from components.alarm_tables.certificates import certificate_alarms
from components.alarm_tables.content_delivery import content_delivery_alarms
from components.alarm_tables.costs import cost_alarms
from components.alarm_tables.database import database_alarms
from components.alarm_tables.database_proxy import proxy_alarms
from components.alarm_tables.firewall import web_acl_alarms
from components.alarm_tables.functions import function_alarms
from components.alarm_tables.load_balancer import load_balancer_alarms
from components.alarm_tables.network import network_alarms
from components.alarm_tables.objectives import objective_burn_rates
from components.alarm_tables.probe import probe_alarms
from components.alarm_tables.queues import queue_alarms
from components.alarm_tables.replication import Copied, failed_copies, late_copies
from components.alarm_tables.search import search_alarms
from components.alarm_tables.services import service_alarms
from components.alarms import Alarm
from components.application_errors import log_filters, sources
from components.search_snapshots import snapshot_age
from dify.plan import named
from dify.probe import steps
from dify.services import WORKER
from dify.web_firewall import firewall_rules
from settings.alarms import Alarms as Limits
from settings.backup import RestoreTests
from settings.objectives import Objectives
from settings.plan import deployments
from settings.web_firewall import WebFirewall
from tests.components.component_graphs import ACCOUNT, LOGS, REGION, settings, site
from tests.recorder import record

LIMITS = Limits()
"""The guide's."""


@cache
def catalogue() -> dict[str, list[Alarm]]:
    """Alarms by part: production's, with a pool, CloudFront and burstable classes, which production does not have."""
    found: dict[str, list[Alarm]] = {}
    record(lambda: found.update(_parts()))
    return found


def runbooks() -> set[str]:
    """Where every alarm leads, those on error budgets too."""
    rates = objective_burn_rates(Objectives(), "app/edge/1", "targetgroup/api/1")
    return {alarm.runbook for alarms in catalogue().values() for alarm in alarms} | {rate.runbook for rate in rates}


def _parts() -> dict[str, list[Alarm]]:
    planned = deployments(settings())
    facing = {one.name: f"targetgroup/{one.name}/1" for one in planned if one.service.health is not None}
    copied = {"files": Copied(source="files", replica="files-copy")}
    rules = firewall_rules(WebFirewall().choices(own_addresses=True))
    return {
        "edge": [*load_balancer_alarms(LIMITS, "app/edge/1", facing), *certificate_alarms({"edge": "arn-of-edge"})],
        "delivery": content_delivery_alarms(LIMITS, "E123"),
        **{
            f"services-{one.name}": service_alarms(LIMITS, one.service, "dify-prod", one.name, one.min_tasks)
            for one in planned
        },
        "database": database_alarms(
            LIMITS, "dify-prod-database", instance_class="db.t4g.large", storage_gib=100, connections=900
        ),
        "database-pool": proxy_alarms("dify-prod-database-proxy"),
        "cache": cache_alarms(LIMITS, "dify-prod", nodes=2, node_type="cache.t4g.medium"),
        "search": search_alarms(
            LIMITS,
            "dify-prod",
            account=ACCOUNT,
            storage_gib=100,
            dedicated_masters=True,
            snapshot_age=snapshot_age(site()),
        ),
        "queues": queue_alarms("Dify/Queues", {"Stack": "dify-prod"}, named(planned, WORKER.kind)),
        "functions": function_alarms({"rotation": "dify-prod-rotation"}),
        "backup": backup_alarms("dify-prod", RestoreTests()),
        "replication": failed_copies(copied),
        "replica": late_copies(copied),
        "firewall": web_acl_alarms("dify-prod", rules, region=REGION),
        "audit": audit_alarms(site()),
        "network": network_alarms({"a": "nat-1"}),
        "application": application_alarms(site(), log_filters(sources(LOGS, planned, "dify-prod-database"))),
        "business": business_alarms("Dify/Business", {"Stack": "dify-prod"}, loud_factor=10, currencies=["USD"]),
        "probe": probe_alarms("Dify/Probe", {"Stack": "dify-prod"}, steps(stream_minutes=5)),
        "costs": cost_alarms(),
    }
