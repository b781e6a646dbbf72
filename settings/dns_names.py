"""The names that a stack cannot do without, whatever its DNS firewall says, and what follows for its settings."""

from urllib.parse import urlsplit

from settings.images import Source
from settings.lines import line, shown
from settings.regions import WORLDWIDE
from settings.stack import Settings


def own_names(settings: Settings, namespace: str) -> tuple[str, ...]:
    """AWS's names in the stack's region, those of its services below `namespace`, its domain, and the servers that its
    settings name.

    Hosts of stores do not end like APIs do: RDS and its proxy, ElastiCache (whose names carry a short form of the
    region), OpenSearch and load balancers (AWS General Reference, "Service endpoints and quotas"). Amazon's own names
    of addresses are looked up as well (Amazon VPC User Guide, "DNS attributes for your VPC").
    """
    region = settings.region
    stores = (f"*.{region}.{kind}.amazonaws.com" for kind in ("rds", "es", "elb"))
    # The SDKs know S3 of the first region by its name without one.
    worldwide = ("s3.amazonaws.com", "*.s3.amazonaws.com", "*.ec2.internal") if region == WORLDWIDE else ()
    return (
        *(f"*.{region}.amazonaws.com", "*.cache.amazonaws.com", *stores, *worldwide),
        *(f"*.{region}.compute.internal", "*.in-addr.arpa"),
        *(namespace, f"*.{namespace}", settings.domain),
        *_servers(settings),
    )


def _servers(settings: Settings) -> tuple[str, ...]:
    mail, telemetry = settings.mail, settings.telemetry
    server = None if mail is None else mail.server
    endpoint = None if telemetry is None else telemetry.endpoint
    collector = None if endpoint is None else urlsplit(endpoint).hostname
    return tuple(host for host in (server, collector) if host is not None and not _is_address(host))


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def dns_conflicts(settings: Settings) -> list[str]:
    """One line per rule that the DNS firewall of `settings` breaks together with other keys."""
    chosen = settings.network.dns_firewall
    if chosen is None:
        return []
    path, lines = ("network", "dnsFirewall"), list[str]()
    if chosen.allowed_domains is not None and settings.images.source is Source.UPSTREAM:
        rule = "images come from public registries, whose many names it would have to follow"
        fix = "remove it, or set images.source to mirror"
        lines.append(line((*path, "allowedDomains"), shown(chosen.allowed_domains), rule, fix))
    needed = {settings.domain, *_servers(settings)}
    for domain in chosen.blocked_domains or ():
        if domain in needed or domain.endswith("amazonaws.com"):
            rule = f"{domain} is a name that the stack cannot do without"
            lines.append(line((*path, "blockedDomains"), shown(domain), rule, "remove it"))
    return lines
