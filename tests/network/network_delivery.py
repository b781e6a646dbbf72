"""CloudFront in front of a network: who reaches it, and which load balancers it reaches inside."""

from collections.abc import Iterator
from typing import Any, cast

from tests.network.network_index import Index, several
from tests.network.network_parts import called
from tests.network.network_shapes import Ports, UnknownShapeError
from tests.recorder import Recorded

_REFUSED_OR_REDIRECTED = {"https-only", "redirect-to-https"}


def viewers(index: Index) -> Iterator[tuple[str, str]]:
    """Who reaches a distribution, on which port. Its port 80 always answers: that it sends on to HTTPS, or refuses, is
    required here."""
    for distribution in index.graph.of("cloudfront/distribution:Distribution"):
        for behavior in _behaviors(distribution):
            if behavior.get("viewerProtocolPolicy") not in _REFUSED_OR_REDIRECTED:
                raise UnknownShapeError(f"{distribution.name} serves {behavior.get('pathPattern', '*')} in the clear")
        versions = (4, 6) if distribution.inputs.get("isIpv6Enabled") else (4,)
        yield from ((f"internet (IPv{version})", port) for version in versions for port in ("443", "80"))


def origins(index: Index) -> dict[str, tuple[Ports, ...]]:
    """Load balancer -> where CloudFront connects to it, inside the network. Raises UnknownShapeError for an origin that
    is reached otherwise."""
    found: dict[str, tuple[Ports, ...]] = {}
    for distribution in index.graph.of("cloudfront/distribution:Distribution"):
        for origin in several(distribution.inputs.get("origins")):
            inside = cast("dict[str, Any]", origin.get("vpcOriginConfig") or {})
            if not inside:
                raise UnknownShapeError(f"{distribution.name} asks {origin.get('originId')} outside the network")
            made = index.get(inside.get("vpcOriginId"), "cloudfront/vpcOrigin:VpcOrigin")
            config = cast("dict[str, Any]", made.inputs["vpcOriginEndpointConfig"])
            balancer = index.get(config.get("arn"), "lb/loadBalancer:LoadBalancer")
            found[called(balancer)] = found.get(called(balancer), ()) + _ports(made, config)
    return found


def _ports(origin: Recorded, config: dict[str, Any]) -> tuple[Ports, ...]:
    https = Ports.of("tcp", config.get("httpsPort"), config.get("httpsPort"))
    if config.get("originProtocolPolicy") != "https-only":
        raise UnknownShapeError(f"{origin.name} is asked without TLS")
    return (https,)


def _behaviors(distribution: Recorded) -> list[dict[str, Any]]:
    given = distribution.inputs
    return [given["defaultCacheBehavior"], *several(given.get("orderedCacheBehaviors"))]
