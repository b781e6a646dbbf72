"""`dify:network.dnsFirewall`: which names may be looked up, for names lead to servers and carry data out themselves."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_LONGEST_DOMAIN = 253

MOST_DOMAINS = 1000
"""Route 53 Resolver takes as many in one request (API reference, UpdateFirewallDomains)."""


class Detection(StrEnum):
    """What becomes of a query that looks like a tunnel or a generated name: it is refused, or answered and reported."""

    BLOCK = "block"
    ALERT = "alert"


def _require_domain(domain: str) -> str:
    if _DOMAIN.fullmatch(domain) is None or len(domain) > _LONGEST_DOMAIN:
        raise Mistake(
            "must be a lower-case domain, or *. before one for all names below it",
            "write it like example.com or *.example.com",
        )
    return domain


_Domains = tuple[Annotated[str, AfterValidator(_require_domain)], ...]


class DnsFirewall(Section):
    """Names of AWS, of the stack and of the servers that its settings name are always answered."""

    allowed_domains: _Domains | None = Field(
        default=None,
        description="The only names that are answered, up to 1000: model providers, marketplace and the like.",
        examples=[["api.openai.com", "*.dify.ai"]],
    )
    blocked_domains: _Domains | None = Field(
        default=None,
        description="Names that are never answered, up to 1000, even below an allowed one.",
        examples=[["*.example.net"]],
    )
    detect: Detection = Field(
        default=Detection.BLOCK,
        description="Whether queries that look like a tunnel or a generated name are refused or only reported.",
        examples=["block"],
    )

    @field_validator("allowed_domains", "blocked_domains")
    @classmethod
    def _require_list(cls, value: _Domains | None, info: ValidationInfo) -> _Domains | None:
        if value is None:
            return None
        # A closed network needs no name of others, and there the empty list says so.
        if not value and (info.field_name == "blocked_domains" or facts_of(info).internet):
            raise Mistake("an empty list says nothing", "name a domain such as example.com, or remove it")
        if len(value) > MOST_DOMAINS:
            raise Mistake(f"at most {MOST_DOMAINS} domains fit", "write wildcards such as *.example.com")
        if len(set(value)) < len(value):
            raise Mistake("each domain may appear once", "remove the second one")
        return value

    @field_validator("blocked_domains")
    @classmethod
    def _require_one_answer(cls, value: _Domains | None, info: ValidationInfo) -> _Domains | None:
        both = sorted({*(value or ())} & {*(info.data.get("allowed_domains") or ())})
        if both:
            raise Mistake(f"{both[0]} is allowed as well", "remove it from one of the lists")
        return value
