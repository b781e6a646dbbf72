"""How the VPC's range is divided into subnets."""

from ipaddress import ip_network

from settings.network import MOST_ZONES

TIERS = ("public", "private", "data")
_BITS_PER_SUBNET = 4
"""Sixteen subnets: three tiers over up to five zones, and room for one more tier."""

_TAKEN_BY_AWS = 5
"""First four addresses and the last one of each subnet (Amazon VPC User Guide, "Subnet CIDR blocks")."""


def subnet_cidrs(cidr: str, zones: int) -> dict[str, list[str]]:
    """Tier -> one block per zone. A block never moves when a zone is added: tier t, zone z is block 5t + z."""
    blocks = list(ip_network(cidr).subnets(prefixlen_diff=_BITS_PER_SUBNET))
    return {tier: [str(blocks[MOST_ZONES * at + zone]) for zone in range(zones)] for at, tier in enumerate(TIERS)}


def usable_addresses(cidr: str) -> int:
    """Addresses of each subnet of a VPC of this range."""
    return int(ip_network(cidr).num_addresses) // 2**_BITS_PER_SUBNET - _TAKEN_BY_AWS
