"""`dify:network`: the address range, the zones, and whether and how private subnets reach the internet and AWS."""

import re
from enum import StrEnum
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.dns_firewall import DnsFirewall
from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

PRIVATE = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""RFC 1918 and RFC 6598; a VPC over public addresses cuts its tasks off from their owners."""

_DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's default bridge; AWS services that run containers use it (Amazon VPC user guide, "VPC CIDR blocks")."""

MOST_ZONES = 5
"""Three tiers of up to five subnets each fit the sixteen equal parts of the VPC's range."""

PACKAGE_REGIONS = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
        *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"),
    }
)
"""Regions that offer CodeArtifact (AWS General Reference, "AWS CodeArtifact endpoints and quotas")."""

_SERVICE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


class NatGateways(StrEnum):
    """PER_ZONE survives the loss of a zone; SINGLE costs a third and is a single point of failure."""

    PER_ZONE = "per-zone"
    SINGLE = "single"


def _require_zone(zone: str, info: ValidationInfo) -> str:
    region = facts_of(info).region
    if region is not None and not (zone.startswith(region) and zone[len(region) :] in tuple("abcdef")):
        raise Mistake(f"must be a zone of {region}", f"write it like {region}a")
    return zone


def _require_service(service: str) -> str:
    if _SERVICE.fullmatch(service) is None or "amazonaws" in service:
        raise Mistake("must be the short name of an AWS service's endpoint", "write it like bedrock-runtime")
    if service == "s3":
        raise Mistake("S3 has its gateway in every network", "remove it")
    return service


class Network(Section):
    """The VPC."""

    cidr: str = Field(description="Address range of the VPC, /16 to /24, private.", examples=["10.20.0.0/16"])
    zones: tuple[Annotated[str, AfterValidator(_require_zone)], ...] = Field(
        description="Availability zones of the region, at least 3 in prod and 2 elsewhere.",
        examples=[["eu-central-1a", "eu-central-1b", "eu-central-1c"]],
    )
    internet: bool = Field(
        default=True,
        description="false closes the network: no way to the internet, AWS through endpoints, a private load balancer.",
        examples=[False],
    )
    nat_gateways: NatGateways | None = Field(
        default=None,
        description="NAT gateways: one per zone, which is the default, or a single one for all (not in prod).",
        examples=["per-zone"],
    )
    endpoints: tuple[Annotated[str, AfterValidator(_require_service)], ...] = Field(
        default=(),
        description="More AWS services to reach inside the network, by the short name of their endpoint.",
        examples=[["bedrock-runtime"]],
    )
    dns_firewall: DnsFirewall | None = Field(
        default=None,
        description="Which names may be looked up in the network; without it all are, and every one is logged.",
    )

    @field_validator("cidr")
    @classmethod
    def _require_vpc_range(cls, value: str) -> str:
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            raise Mistake("must be an IPv4 address range", "write it like 10.20.0.0/16") from None
        if not isinstance(network, IPv4Network) or "/" not in value:
            raise Mistake("must be an IPv4 address range", "write it like 10.20.0.0/16")
        if str(network) != value:
            raise Mistake("must start at the first address of the range", f"write {network}")
        if not 16 <= network.prefixlen <= 24:
            raise Mistake("must be between /16 and /24", f"write {network.network_address}/16 or a range within it")
        if not any(network.subnet_of(private) for private in PRIVATE):
            raise Mistake("must be a private range", "choose one in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
        if network.overlaps(_DOCKER):
            raise Mistake(f"must not overlap Docker's own {_DOCKER}", "choose another, for example 10.20.0.0/16")
        return value

    @field_validator("zones")
    @classmethod
    def _require_zones(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        twice = sorted({zone for zone in value if value.count(zone) > 1})
        if twice:
            raise Mistake("each zone may appear once", f"remove the second {', '.join(twice)}")
        is_production = facts_of(info).is_production
        least = 3 if is_production else 2
        if len(value) < least:
            where = "in prod" if is_production else "outside prod"
            raise Mistake(f"at least {least} zones are needed {where}", f"add {least - len(value)} more of the region")
        if len(value) > MOST_ZONES:
            raise Mistake(f"at most {MOST_ZONES} zones have room for their subnets", f"name {MOST_ZONES} or fewer")
        return value

    @field_validator("internet")
    @classmethod
    def _require_packages(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  pydantic calls it
        region = facts_of(info).region
        if not value and region is not None and region not in PACKAGE_REGIONS:
            rule = f"a closed network takes plugin packages from CodeArtifact, which {region} does not offer"
            raise Mistake(rule, "set true, or move to a region such as eu-central-1")
        return value

    @field_validator("nat_gateways")
    @classmethod
    def _require_gateway_per_zone(cls, value: NatGateways | None, info: ValidationInfo) -> NatGateways | None:
        if not info.data.get("internet", True):
            if value is not None:
                raise Mistake("a network without internet has no NAT gateways", "remove it, or set internet to true")
            return None
        if facts_of(info).is_production and value is NatGateways.SINGLE:
            raise Mistake("prod must not lose every zone with one gateway", f"set {NatGateways.PER_ZONE}")
        return value or NatGateways.PER_ZONE

    @field_validator("endpoints")
    @classmethod
    def _require_distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise Mistake("each service may appear once", "remove the second one")
        return value
