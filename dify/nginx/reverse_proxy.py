"""What the reverse proxy of a stack is: its name, what it asks, whom it trusts and how much it lets through."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from dify.plan import RUN_TIMEOUT_SECONDS
from dify.routes import PREFIXES
from dify.services import WEB
from dify.web_firewall import Choices

HTTP_PORT, HTTPS_PORT, HEALTH_PORT = 8080, 8443, 8081
"""Ports inside the container, which a user other than root may open; the last one on its loopback only."""

HEALTH_URL = f"http://127.0.0.1:{HEALTH_PORT}/"
"""Answers 200 to the container's own check, and to nobody else."""

CERTIFICATE_FILE = "/run/secrets/dify/certificate.pem"
KEY_FILE = "/run/secrets/dify/key.pem"
READY_FOLDER = "/run/dify/ready"
"""An instance takes requests while its file is here: `SERVICE-NUMBER`, the number from 1."""

SCRATCH = "/tmp"  # noqa: S108  the one folder that can be written under a read-only root

BODY_LIMIT_MIB = 100
"""Largest body of a request: NGINX_CLIENT_MAX_BODY_SIZE of Dify's own nginx (docker/.env.example, langgenius/dify 1.16
to 1.17)."""

_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, kw_only=True)
class ReverseProxy:
    """`domain` is the only name it answers to. `upstreams` are the running instances of each service as
    "address:port"; a service without any is not routed to, web has at least one.

    `firewall` says who may ask what how often; its countries are for AWS WAF only, as nginx knows none.
    `own_ranges` are the stack's own addresses as nginx sees them: they pass its lists and its limits per address.
    `trusted_proxies` are ranges of proxies in front, whose X-Forwarded-For is believed; from others it is dropped.

    `public_port` is where users reach HTTPS. A connection that is silent for `idle_timeout_seconds` is closed; a
    blocking call is silent for as long as its run lasts. nginx runs as so many `processes`, None for one per CPU of the
    host, also where its container may use fewer; each holds up to so many `connections` open, and a request in progress
    takes two, one to its client and one to the service.

    Raises ValueError for what nginx would read as something else.
    """

    domain: str
    upstreams: Mapping[str, Sequence[str]]
    firewall: Choices
    own_ranges: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    public_port: int = 443
    body_limit_mib: int = BODY_LIMIT_MIB
    idle_timeout_seconds: int = RUN_TIMEOUT_SECONDS
    processes: int | None = None
    connections: int = 4096

    services: tuple[str, ...] = field(init=False)
    """Those that have an instance."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "services", tuple(name for name, asked in self.upstreams.items() if asked))
        if _HOST_NAME.fullmatch(self.domain) is None:
            raise ValueError(f"{self.domain!r} is not a host name in lower case")
        if WEB.name not in self.services:
            raise ValueError("web has no instance, and all that no other service answers goes there")
        if strange := {*self.services} - {WEB.name, *PREFIXES.values()}:
            raise ValueError(f"no route leads to {', '.join(sorted(strange))}")
        for instance in (one for asked in self.upstreams.values() for one in asked):
            address, _, port = instance.rpartition(":")
            ip_address(address.removeprefix("[").removesuffix("]"))
            if not 0 < int(port) < 2**16:
                raise ValueError(f"{instance} has no port")
        for cidr in (*self.own_ranges, *self.trusted_proxies, *self.firewall.blocked):
            ip_network(cidr)
        for cidr in (one for cidrs in self.firewall.allowed.values() for one in cidrs):
            ip_network(cidr)
        if self.firewall.allowed_countries or self.firewall.blocked_countries:
            raise ValueError("nginx does not know which country an address belongs to")

    @property
    def authority(self) -> str:
        """Its name, and the port where it is not that of HTTPS (RFC 9110, 4.2.2)."""
        return self.domain if self.public_port == 443 else f"{self.domain}:{self.public_port}"

    @property
    def origin(self) -> str:
        """What browsers call it."""
        return f"https://{self.authority}"
