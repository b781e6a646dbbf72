"""From settings to what AWS promises of the stack."""

from dify.availability import Availability, Shape, availability_of
from dify.services import API, PLUGIN_DAEMON, WEB, WORKER
from settings.plan import deployments
from settings.stack import Settings
from settings.vector_store import SEARCH_ZONES

_EVERY_CHAT = (WEB.kind, API.kind, WORKER.kind, PLUGIN_DAEMON.kind)
"""Kinds of service that a chat passes: its page, its request, its workflow and its model."""


def availability(settings: Settings) -> Availability:
    """The parts that the stack depends on, with what is promised of each."""
    search = settings.vector_store.opensearch if settings.vector_store.has_opensearch else None
    return availability_of(
        Shape(
            zone_hosted=settings.edge.hosted_zone_id is not None,
            delivered=settings.edge.content_delivery is not None,
            web_firewall=settings.network.internet and not settings.web_firewall.fail_open,
            internet=settings.network.internet,
            pooled=settings.database.proxy,
            standby_database=settings.database.multi_az,
            cache_nodes=settings.cache.nodes,
            search_zones=None if search is None else min(len(settings.network.zones), SEARCH_ZONES, search.data_nodes),
            tasks={
                deployment.name: deployment.min_tasks
                for deployment in deployments(settings)
                if deployment.service.kind in _EVERY_CHAT
            },
        )
    )
