"""The words of the network's analysis: ports, peers, and the error for what it does not understand."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

Range = IPv4Network | IPv6Network
ANY_IPV4, ANY_IPV6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
_PRIVATE: tuple[Range, ...] = (
    *(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),
    IPv6Network("fc00::/7"),
)


class UnknownShapeError(Exception):
    """The graph has something that this analysis cannot judge, so nothing is proved."""


@dataclass(frozen=True)
class Group:
    """A security group as the other end of a rule, by its name in the graph."""

    name: str


@dataclass(frozen=True)
class AddressList:
    """A prefix list as the other end of a rule: addresses that AWS keeps for one of its services."""

    service: str


Peer = Group | AddressList | Range


@dataclass(frozen=True)
class Ports:
    """A protocol and an inclusive range. `every` protocol has all ports."""

    protocol: str
    first: int
    last: int

    @classmethod
    def of(cls, protocol: object, first: object, last: object) -> "Ports":
        """As a rule writes them. Raises UnknownShapeError for anything but all, TCP, or UDP with its ports."""
        if str(protocol) in {"-1", "all"}:
            return cls("every", 0, 65535)
        if protocol not in {"tcp", "udp"} or not isinstance(first, int | float) or not isinstance(last, int | float):
            raise UnknownShapeError(f"a rule for protocol {protocol}, ports {first} to {last}")
        return cls(str(protocol), int(first), int(last))

    def common(self, other: "Ports") -> "Ports | None":
        """What both let pass."""
        if "every" not in {self.protocol, other.protocol} and self.protocol != other.protocol:
            return None
        protocol = other.protocol if self.protocol == "every" else self.protocol
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Ports(protocol, first, last) if first <= last else None

    def __str__(self) -> str:
        if self.protocol == "every":
            return "all"
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return ports if self.protocol == "tcp" else f"{ports}/{self.protocol}"


def address_range(text: object) -> Range:
    """Raises UnknownShapeError for what is no range."""
    try:
        return ip_network(str(text))
    except ValueError:
        raise UnknownShapeError(f"{text} is no address range") from None


def overlap(one: Range, other: Range) -> bool:
    """Whether they share an address."""
    return one.version == other.version and one.overlaps(other)


def is_private(found: Range) -> bool:
    """Whether all of it is private: such addresses come by a private connection, never from the internet."""
    return any(found.version == private.version and found.subnet_of(private) for private in _PRIVATE)  # type: ignore[arg-type]
