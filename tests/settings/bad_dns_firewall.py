"""Wrong values of the DNS firewall, each with its line."""

from settings.lines import shown
from tests.settings.stack_files import Bad

_ALLOWED = "network.dnsFirewall.allowedDomains"
_BLOCKED = "network.dnsFirewall.blockedDomains"
_SHAPE = "must be a lower-case domain, or *. before one for all names below it"
_EXAMPLE = "write it like example.com or *.example.com"
_NO_DOMAINS = (
    *("Example.com", "https://example.com", "example.com.", "example.com/path", "example", "*", "*.com.*", "a.*.com"),
    *("203.0.113.7", "-a.example.com", "a..example.com", "exa mple.com", f"{'a' * 64}.com", f"{'a.' * 126}com"),
)


_MANY = [f"a{number}.example" for number in range(1001)]


DNS_FIREWALL: tuple[Bad, ...] = (
    *(
        Bad(key=key, value=[domain], at=f"{key}[0]", got=shown(domain), rule=_SHAPE, fix=_EXAMPLE)
        for key in (_ALLOWED, _BLOCKED)
        for domain in _NO_DOMAINS
    ),
    *(
        Bad(
            key=key,
            value=[],
            rule="an empty list says nothing",
            fix="name a domain such as example.com, or remove it",
        )
        for key in (_ALLOWED, _BLOCKED)
    ),
    *(
        Bad(key=key, value=["a.example", "a.example"], rule="each domain may appear once", fix="remove the second one")
        for key in (_ALLOWED, _BLOCKED)
    ),
    *(
        Bad(
            key=key,
            value=_MANY,
            got=shown(_MANY),
            rule="at most 1000 domains fit",
            fix="write wildcards such as *.example.com",
        )
        for key in (_ALLOWED, _BLOCKED)
    ),
    Bad(
        key=_BLOCKED,
        value=["a.example", "b.example"],
        also={_ALLOWED: ["c.example", "b.example"]},
        rule="b.example is allowed as well",
        fix="remove it from one of the lists",
    ),
    *(
        Bad(
            key=_BLOCKED,
            value=[domain],
            got=f'"{domain}"',
            rule=f"{domain} is a name that the stack cannot do without",
            fix="remove it",
        )
        for domain in ("dify.example.com", "*.amazonaws.com", "s3.eu-central-1.amazonaws.com")
    ),
    Bad(
        key=_ALLOWED,
        value=["a.example"],
        environment="dev",
        also={"images.source": "upstream"},
        rule="images come from public registries, whose many names it would have to follow",
        fix="remove it, or set images.source to mirror",
    ),
    Bad(
        key="network.dnsFirewall.detect",
        value="off",
        rule="must be one of block, alert",
        fix="set one of them",
    ),
)
