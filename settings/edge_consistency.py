"""Rules that tie the edge to the rest of the stack file."""

from settings.content_delivery import LONGEST_WAIT_SECONDS
from settings.edge import ANYWHERE
from settings.lines import line, shown
from settings.stack import Settings


def edge_conflicts(settings: Settings) -> list[str]:
    """One line per rule that the edge of `settings` breaks together with other keys."""
    return [*_foreign_domain(settings), *_content_delivery(settings), *_fail_open(settings)]


def _foreign_domain(settings: Settings) -> list[str]:
    zone, domain = settings.edge.hosted_zone_name, settings.domain
    if zone is None or domain == zone or domain.endswith(f".{zone}"):
        return []
    rule = f"must be {zone}, which is edge.hostedZoneName, or lie below it"
    return [line(("domain",), shown(domain), rule, f"set one such as dify.{zone}, or name the zone of the domain")]


def _content_delivery(settings: Settings) -> list[str]:
    edge = settings.edge
    delivery = edge.content_delivery
    if delivery is None:
        return []
    path, lines = ("edge", "contentDelivery"), list[str]()
    if not settings.network.internet:
        rule = "CloudFront answers the internet, which a network without internet does not"
        lines.append(line(path, "a mapping", rule, "remove it, or set network.internet to true"))
    elif {*edge.allowed_cidrs} != {*ANYWHERE}:
        rule = "CloudFront answers any address; limits by address are the web firewall's, which sees who asks"
        fix = "remove it, and write the ranges in webFirewall.allowedCidrs"
        lines.append(line(("edge", "allowedCidrs"), shown(edge.allowed_cidrs), rule, fix))
    if edge.idle_timeout_seconds <= LONGEST_WAIT_SECONDS:
        rule = f"CloudFront keeps silent connections for up to {LONGEST_WAIT_SECONDS} s, which must not be cut before"
        fix = f"set {LONGEST_WAIT_SECONDS + 1} or more"
        lines.append(line(("edge", "idleTimeoutSeconds"), shown(edge.idle_timeout_seconds), rule, fix))
    certificate = (*path, "certificateArn")
    if edge.certificate_arn is not None and delivery.certificate_arn is None:
        rule = "CloudFront needs a certificate of its own beside edge.certificateArn"
        lines.append(line(certificate, "nothing", rule, "add one of us-east-1 for the same domain"))
    if edge.hosted_zone_id is not None and delivery.certificate_arn is not None:
        rule = "with hostedZoneId CloudFront's certificate is issued like the load balancer's"
        lines.append(line(certificate, shown(delivery.certificate_arn), rule, "remove it"))
    return lines


def _fail_open(settings: Settings) -> list[str]:
    chosen = settings.web_firewall
    if not chosen.fail_open:
        return []
    path, got = ("webFirewall", "failOpen"), shown(chosen.fail_open)
    if settings.edge.content_delivery is not None or not settings.network.internet:
        rule = "only a load balancer that AWS WAF itself stands before can let requests pass"
        return [line(path, got, rule, "remove it")]
    if chosen.allowed_cidrs.by_class() or chosen.allowed_countries:
        rule = "who is on no list would pass as well while AWS WAF does not answer"
        return [line(path, got, rule, "set false, or remove allowedCidrs and allowedCountries")]
    return []
