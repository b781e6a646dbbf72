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


def ipv6_subnet(block: str, number: int) -> str:
    """The /64 of that number, 0 to 255, in a VPC's /56: the last two digits of the fourth group count them (Amazon VPC
    User Guide, "IPv6 subnet sizing"). Zeros at the end of a block are not written, nor is a group of only zeros."""
    groups = block.removesuffix("::/56").split(":")
    groups += ["0"] * (4 - len(groups))
    last = f"{groups[3][:-2]}{number:02x}".lstrip("0") or "0"
    return f"{':'.join(groups[:3])}:{last}::/64"


def usable_addresses(cidr: str) -> int:
    """Addresses of each subnet of a VPC of this range."""
    return int(ip_network(cidr).num_addresses) // 2**_BITS_PER_SUBNET - _TAKEN_BY_AWS
