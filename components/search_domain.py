"""What the OpenSearch domain of a stack is called, which others must know before it is made."""

import hashlib
import re

from components.site import Site

LONGEST_NAME = 28
"""Characters of a domain's name (OpenSearch Service API reference, DomainName)."""


def domain_name(site: Site) -> str:
    """The name of the stack's domain: the site's, or a shortened one that is still its own."""
    plain = re.sub(r"[^a-z0-9-]", "-", site.name.lower())
    if plain == site.name and len(plain) <= LONGEST_NAME:
        return plain
    digest = hashlib.sha256(site.name.encode()).hexdigest()[:6]
    return f"{plain[: LONGEST_NAME - len(digest) - 1]}-{digest}"


def domain_arn(site: Site) -> str:
    """The ARN of the stack's domain."""
    return f"arn:aws:es:{site.region}:{site.account}:domain/{domain_name(site)}"
