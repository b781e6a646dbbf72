"""`dify:edge`: how users reach Dify, and under which name and certificate."""

import re
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.content_delivery import CERTIFICATE_ARN, ContentDelivery
from settings.facts import facts_of
from settings.mistake import Mistake
from settings.network import PRIVATE
from settings.section import Section

_ZONE_ID = re.compile(r"Z[A-Z0-9]{7,31}")
_ZONE_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-2-[A-Za-z0-9-]+")
_WIDEST = 8

ANYWHERE = ("0.0.0.0/0", "::/0")
"""Every IPv4 and every IPv6 address."""


def _require_range(cidr: str, info: ValidationInfo) -> str:
    internet = facts_of(info).internet
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        example = "203.0.113.0/24" if internet else "10.0.0.0/8"
        raise Mistake("must be an address range", f"write it like {example}") from None
    if cidr in ANYWHERE:
        return cidr
    if str(network) != cidr:
        raise Mistake("must be a range that starts at its first address", f"write {network}")
    if network.prefixlen < _WIDEST:
        raise Mistake(
            f"must be /{_WIDEST} or narrower, or any address",
            f"narrow it, or write {ANYWHERE[0 if isinstance(network, IPv4Network) else 1]}",
        )
    if not internet:
        if not isinstance(network, IPv4Network) or not any(network.subnet_of(private) for private in PRIVATE):
            raise Mistake("only private ranges reach a network without internet", "write one such as 10.0.0.0/8")
    elif not network.is_global:
        raise Mistake("a private range never reaches a public load balancer", "write the public addresses instead")
    return cidr


class Edge(Section):
    """The way in. Exactly one of `hosted_zone_id`, which has its name beside it, and `certificate_arn` is set."""

    hosted_zone_id: str | None = Field(
        default=None,
        description="Route 53 zone of the domain: the certificate is issued and its name is written there.",
        examples=["Z0123456789ABCDEFGHIJ"],
    )
    hosted_zone_name: str | None = Field(
        default=None,
        description="Name of that zone; the domain is this name or lies below it.",
        examples=["example.com"],
    )
    certificate_arn: str | None = Field(
        default=None,
        description="ACM certificate of the stack's region, where the domain's DNS is kept elsewhere.",
        examples=["arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"],
    )
    allowed_cidrs: tuple[Annotated[str, AfterValidator(_require_range)], ...] = Field(
        default=ANYWHERE,
        description="Address ranges that may open HTTPS connections; any by default, to be named without internet.",
        examples=[["203.0.113.0/24"]],
    )
    tls_policy: str = Field(
        default="ELBSecurityPolicy-TLS13-1-2-2021-06",
        description="Security policy of the HTTPS listener: TLS 1.2 and 1.3 only.",
        examples=["ELBSecurityPolicy-TLS13-1-2-2021-06"],
    )
    idle_timeout_seconds: int = Field(
        default=3600,
        ge=1,
        le=4000,
        description="Seconds that a silent connection stays open, 1 to 4000; streamed answers may pause for long.",
        examples=[3600],
    )
    content_delivery: ContentDelivery | None = Field(
        default=None,
        description="CloudFront in front of a private load balancer; without it the load balancer itself is public.",
    )

    @field_validator("hosted_zone_id")
    @classmethod
    def _require_zone_id(cls, value: str | None) -> str | None:
        if value is not None and _ZONE_ID.fullmatch(value) is None:
            raise Mistake("must be a Route 53 hosted zone id", "write it like Z0123456789ABCDEFGHIJ")
        return value

    @field_validator("hosted_zone_name")
    @classmethod
    def _require_zone_name(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and _ZONE_NAME.fullmatch(value) is None:
            raise Mistake("must be a zone's lower-case name without a dot at its end", "write it like example.com")
        zone = info.data.get("hosted_zone_id")
        if "hosted_zone_id" in info.data and (zone is None) is not (value is None):
            if value is None:
                raise Mistake("a zone is named by its id and its name", "add the name, for example example.com")
            raise Mistake("it names the zone of hostedZoneId, which is not set", "remove it, or set hostedZoneId")
        return value

    @field_validator("certificate_arn")
    @classmethod
    def _require_certificate(cls, value: str | None, info: ValidationInfo) -> str | None:
        region = facts_of(info).region
        if value is not None:
            match = CERTIFICATE_ARN.fullmatch(value)
            if match is None:
                raise Mistake(
                    "must be the ARN of an ACM certificate",
                    f"write it like arn:aws:acm:{region or 'REGION'}:ACCOUNT:certificate/ID",
                )
            if region is not None and match["region"] != region:
                raise Mistake(f"must be in the stack's region {region}", f"use a certificate of {region}")
        if "hosted_zone_id" in info.data:
            given = [info.data["hosted_zone_id"], value].count(None)
            if given == 2:
                raise Mistake("one of hostedZoneId and certificateArn is needed for HTTPS", "set one of them")
            if given == 0:
                raise Mistake("only one of hostedZoneId and certificateArn may be set", "remove one of them")
        return value

    @field_validator("allowed_cidrs")
    @classmethod
    def _require_distinct(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        internet = facts_of(info).internet
        if not value:
            fix = f"write [{', '.join(ANYWHERE)}] for all" if internet else "write private ones such as 10.0.0.0/8"
            raise Mistake("at least one range is needed, or nobody can connect", fix)
        if not internet and {*ANYWHERE} & {*value}:
            rule = "without internet the load balancer is private, so say who may connect"
            raise Mistake(rule, "list private ranges such as 10.0.0.0/8")
        if len(set(value)) < len(value):
            raise Mistake("each range may appear once", "remove the second one")
        return value

    @field_validator("tls_policy")
    @classmethod
    def _require_modern_tls(cls, value: str) -> str:
        if _POLICY.fullmatch(value) is None:
            raise Mistake(
                "must be a policy that offers TLS 1.2 and 1.3 only",
                "set one that starts with ELBSecurityPolicy-TLS13-1-2-",
            )
        return value
