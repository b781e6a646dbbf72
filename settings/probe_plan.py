"""From settings to the synthetic check: what it asks and where it stands."""

from dify.probe import Check, checks
from settings.plan import deployments
from settings.stack import Settings

_EVERYWHERE = "0.0.0.0/0"


def probe_checks(settings: Settings) -> tuple[Check, ...]:
    """The steps that need no key."""
    services = [deployment.name for deployment in deployments(settings)]
    chosen = settings.sign_in
    return checks(
        services,
        signs_in=chosen is not None,
        published_open=chosen is None or chosen.published_open,
    )


def probes_inside(settings: Settings) -> bool:
    """Whether the check must stand inside the network. It belongs outside, where users are. But a function there has
    no address that a list could name; inside it leaves by the NAT gateways, which every list lets in, or without
    internet reaches the private load balancer."""
    firewall = settings.web_firewall
    listed = firewall.allowed_cidrs.by_class() or firewall.allowed_countries or firewall.blocked_countries
    return bool(listed) or shuts_out_strangers(settings) or not settings.network.internet


def shuts_out_strangers(settings: Settings) -> bool:
    """Whether a public load balancer has a list of who may connect. The stack's own way out has to be on it."""
    edge = settings.edge
    return settings.network.internet and edge.content_delivery is None and _EVERYWHERE not in edge.allowed_cidrs
