"""Who reaches whom in a recorded network: pure functions over the graph of an update, whoever made it.

A connection counts when a rule on each end lets it pass and addresses and routes exist for it. Anything that could
open a way and is not understood raises UnknownShapeError, so that silence is a proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.network.network_delivery import origins, viewers
from tests.network.network_index import Index, require_understood
from tests.network.network_parts import Part, outside, parts
from tests.network.network_routes import ADDRESS_TRANSLATION, INTERNET, addresses, ways
from tests.network.network_rules import CLOUDFRONT, Permission, permissions
from tests.network.network_shapes import (
    ANY_IPV4,
    ANY_IPV6,
    AddressList,
    Group,
    Ports,
    Range,
    UnknownShapeError,
    is_private,
    overlap,
)
from tests.recorder import Graph

ANYWHERE = {4: ANY_IPV4, 6: ANY_IPV6}
CLOUDFRONT_PART = "CloudFront"
_S3_PORTS = (Ports("tcp", 80, 80), Ports("tcp", 443, 443))
"""Where S3 listens."""


@dataclass(frozen=True, order=True)
class Flow:
    """`source` can open connections to `target` on `ports`."""

    source: str
    target: str
    ports: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target} {self.ports}"


def reachable(graph: Graph) -> set[Flow]:
    """Every connection of the graph: from outside, between its parts, and out of it."""
    require_understood(graph)
    index = Index(graph)
    network = _Network(index)
    flows = {*network.within(), *network.inward(), *network.outward()}
    flows |= {Flow(source, CLOUDFRONT_PART, port) for source, port in viewers(index)}
    return flows | {Flow(name, "internet, from outside the network", "all") for name in outside(index)}


class _Network:
    """One VPC: inside it every address reaches every other, as no route or network ACL of ours keeps them apart."""

    def __init__(self, index: Index) -> None:
        if len(index.graph.of("ec2/vpc:Vpc")) > 1:
            raise UnknownShapeError("there are two networks")
        self._parts = parts(index)
        self._ways, self._ranges = ways(index), addresses(index)
        self._rules = permissions(index)
        self._origins = origins(index)

    def _of(self, part: Part, *, outgoing: bool) -> list[Permission]:
        return [rule for rule in self._rules if rule.group in part.groups and rule.outgoing is outgoing]

    def _leads(self, part: Part, way: str) -> bool:
        return any(way in self._ways[subnet] for subnet in part.subnets)

    def _has(self, part: Part, version: int) -> bool:
        return any(found.version == version for subnet in part.subnets for found in self._ranges[subnet])

    def _is_at(self, part: Part, rule: Permission) -> bool:
        """Whether `part` is what the other end's rule speaks of."""
        if isinstance(rule.peer, Group):
            return rule.peer.name in part.groups
        if isinstance(rule.peer, AddressList):
            return False  # addresses of AWS's own
        return any(overlap(rule.peer, found) for subnet in part.subnets for found in self._ranges[subnet])

    def within(self) -> Iterator[Flow]:
        for source, target in product(self._parts, repeat=2):
            leaving = [rule for rule in self._of(source, outgoing=True) if self._is_at(target, rule)]
            entering = [rule for rule in self._of(target, outgoing=False) if self._is_at(source, rule)]
            for out, into in product(leaving, entering):
                if (ports := out.ports.common(into.ports)) is not None and (source is not target or _is_own(out)):
                    yield Flow(source.name, target.name, str(ports))

    def inward(self) -> Iterator[Flow]:
        for part in self._parts:
            for rule in self._of(part, outgoing=False):
                if isinstance(rule.peer, AddressList):
                    yield from self._from_cloudfront(part, rule, rule.peer.service)
                elif not isinstance(rule.peer, Group):
                    yield from self._from_addresses(part, rule, rule.peer)

    def _from_cloudfront(self, part: Part, rule: Permission, service: str) -> Iterator[Flow]:
        if service != CLOUDFRONT:
            raise UnknownShapeError(f"{rule.group} admits {service}, which asks nobody")
        if part.public and self._leads(part, INTERNET[4]):
            # CloudFront has the same addresses for everybody's distributions.
            yield Flow(f"anyone's {CLOUDFRONT_PART}", part.name, str(rule.ports))
        for origin in self._origins.get(part.name, ()):
            if (ports := rule.ports.common(origin)) is not None:
                yield Flow(CLOUDFRONT_PART, part.name, str(ports))

    def _from_addresses(self, part: Part, rule: Permission, peer: Range) -> Iterator[Flow]:
        version = peer.version
        if not self._has(part, version):
            return
        if is_private(peer):
            # Whoever joins another network to this one decides about routes.
            yield Flow(str(peer), part.name, str(rule.ports))
        elif version in part.public and self._leads(part, INTERNET[version]):
            yield Flow(_named("internet", peer), part.name, str(rule.ports))
        elif peer == ANYWHERE[version]:
            yield Flow(_named("private networks", peer), part.name, str(rule.ports))

    def outward(self) -> Iterator[Flow]:
        for part in self._parts:
            for rule in self._of(part, outgoing=True):
                if isinstance(rule.peer, AddressList):
                    yield from self._to_service(part, rule, rule.peer.service)
                elif not isinstance(rule.peer, Group):
                    yield from self._to_addresses(part, rule, rule.peer)

    def _to_service(self, part: Part, rule: Permission, service: str) -> Iterator[Flow]:
        if service != "s3":
            raise UnknownShapeError(f"{rule.group} sends to {service}")
        if self._leads(part, "gateway s3"):
            for port in _S3_PORTS:
                if (ports := rule.ports.common(port)) is not None:
                    yield Flow(part.name, "S3 by gateway", str(ports))

    def _to_addresses(self, part: Part, rule: Permission, peer: Range) -> Iterator[Flow]:
        version = peer.version
        if not self._has(part, version):
            return
        if is_private(peer):
            yield Flow(part.name, str(peer), str(rule.ports))
            return
        if version == 4:
            yield from self._to_service(part, rule, "s3")
        if self._leads(part, ADDRESS_TRANSLATION[version]):
            yield Flow(part.name, f"{_named('internet', peer)} by NAT", str(rule.ports))
        if version in part.public and self._leads(part, INTERNET[version]):
            yield Flow(part.name, f"{_named('internet', peer)} directly", str(rule.ports))


def _is_own(rule: Permission) -> bool:
    """Whether a group speaks of itself: a part's connections to its own copies are a choice, never an accident of
    address ranges."""
    return isinstance(rule.peer, Group) and rule.peer.name == rule.group


def _named(what: str, peer: Range) -> str:
    return f"{what} (IPv{peer.version})" if peer == ANYWHERE[peer.version] else str(peer)
