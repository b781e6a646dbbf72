"""`dify:network`: the address range, the zones and how private subnets reach the internet."""

from enum import StrEnum
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_PRIVATE = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""RFC 1918 and RFC 6598; a VPC over public addresses cuts its tasks off from their owners."""

_DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's default bridge; AWS services that run containers use it (Amazon VPC user guide, "VPC CIDR blocks")."""

MOST_ZONES = 5
"""Three tiers of up to five subnets each fit the sixteen equal parts of the VPC's range."""


class NatGateways(StrEnum):
    """PER_ZONE survives the loss of a zone; SINGLE costs a third and is a single point of failure."""

    PER_ZONE = "per-zone"
    SINGLE = "single"


def _require_zone(zone: str, info: ValidationInfo) -> str:
    region = facts_of(info).region
    if region is not None and not (zone.startswith(region) and zone[len(region) :] in tuple("abcdef")):
        raise Mistake(f"must be a zone of {region}", f"write it like {region}a")
    return zone


class Network(Section):
    """The VPC."""

    cidr: str = Field(description="Address range of the VPC, /16 to /24, private.", examples=["10.20.0.0/16"])
    zones: tuple[Annotated[str, AfterValidator(_require_zone)], ...] = Field(
        description="Availability zones of the region, at least 3 in prod and 2 elsewhere.",
        examples=[["eu-central-1a", "eu-central-1b", "eu-central-1c"]],
    )
    nat_gateways: NatGateways = Field(
        default=NatGateways.PER_ZONE,
        description="NAT gateways: one per zone (prod), or a single one for all.",
        examples=["per-zone"],
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
        if not any(network.subnet_of(private) for private in _PRIVATE):
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

    @field_validator("nat_gateways")
    @classmethod
    def _require_gateway_per_zone(cls, value: NatGateways, info: ValidationInfo) -> NatGateways:
        if facts_of(info).is_production and value is NatGateways.SINGLE:
            raise Mistake("prod must not lose every zone with one gateway", f"set {NatGateways.PER_ZONE}")
        return value
