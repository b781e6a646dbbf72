"""`dify:network`: where users connect, and the range of the network behind nginx."""

from ipaddress import IPv4Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.mistake import Mistake
from settings.network import PRIVATE
from settings.section import Section

_DOCKERS_OWN = (IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
"""Where Docker takes the ranges of all other networks from (Docker documentation, dockerd, default-address-pools)."""

_PREFIX = 24


def _require_free(port: int) -> int:
    if not 1 <= port <= 65_535:
        raise Mistake("must be a port, 1 to 65535", "set another port")
    return port


_Port = Annotated[int, AfterValidator(_require_free)]


class HostNetwork(Section):
    """Two published ports, and one range with fixed addresses."""

    listen_address: str = Field(
        default="0.0.0.0",  # noqa: S104  a server that users reach
        description="IPv4 address of the host on which Dify listens; every one by default.",
        examples=["203.0.113.10"],
    )
    http_port: _Port = Field(default=80, description="Port that leads to HTTPS.", examples=[80])
    https_port: _Port = Field(default=443, description="Port of HTTPS.", examples=[443])
    cidr: str = Field(
        default="10.231.0.0/24",
        description="Private /24 of the network between nginx and Dify; nothing else on the host may use it.",
        examples=["10.231.0.0/24"],
    )

    @field_validator("listen_address")
    @classmethod
    def _require_address(cls, value: str) -> str:
        try:
            is_old = ip_address(value).version == 4
        except ValueError:
            is_old = False
        if not is_old:
            rule = "must be an IPv4 address: by IPv6 Docker would hide who asks"
            raise Mistake(rule, "write it like 203.0.113.10, or leave it out for every address")
        return value

    @field_validator("https_port")
    @classmethod
    def _require_two_ports(cls, value: int, info: ValidationInfo) -> int:
        if value == info.data.get("http_port"):
            raise Mistake("must not be httpPort", "set another port, such as 443")
        return value

    @field_validator("cidr")
    @classmethod
    def _require_own_range(cls, value: str) -> str:
        example = "write it like 10.231.0.0/24"
        try:
            network = ip_network(value)
        except ValueError:
            raise Mistake("must be an address range that starts at its first address", example) from None
        if str(network) != value:
            raise Mistake("must be an address and the length of its prefix, as Docker takes it", f"write {network}")
        is_private = isinstance(network, IPv4Network) and any(network.subnet_of(one) for one in PRIVATE)
        if not is_private or network.prefixlen != _PREFIX:
            raise Mistake(f"must be a private /{_PREFIX}", example)
        if any(network.overlaps(one) for one in _DOCKERS_OWN):
            raise Mistake("Docker gives ranges of 172.16.0.0/12 and 192.168.0.0/16 to other networks", example)
        return value
