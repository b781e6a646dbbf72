"""`dify:requests`: who may ask which of Dify's routes, from where and how often."""

from pydantic import Field, ValidationInfo, field_validator

from dify.web_firewall import Choices
from settings.mistake import Mistake
from settings.section import Section
from settings.web_firewall import (
    LIMITS,
    AllowedCidrs,
    Limit,
    Ranges,
    rate_limits,
    require_limits_that_act,
    require_reachable,
)

MOST_RANGES = 2000
"""Of all lists together: nginx's configuration is one argument of the secret keeper, for which Linux has 128 KiB
(execve(2))."""


class Requests(Section):
    """What nginx lets through; lists and limits are those of a stack on AWS. The block-list wins over an allow-list."""

    allowed_cidrs: AllowedCidrs = Field(
        default_factory=AllowedCidrs, description="Address ranges that may open a class of routes; all by default."
    )
    blocked_cidrs: Ranges = Field(
        default=(), description="Address ranges that may open nothing.", examples=[["198.51.100.0/24"]]
    )
    rate_limits: tuple[Limit, ...] = Field(
        default=LIMITS,
        description="Limits of requests, in place of the default ones.",
        examples=[[{"routes": "login", "per": "ip", "requests": 100, "windowSeconds": 300}]],
    )
    trusted_proxies: Ranges = Field(
        default=(),
        description="Ranges of proxies in front of the host, which say whom they ask for (X-Forwarded-For).",
        examples=[["10.1.0.0/16"]],
    )
    idle_timeout_seconds: int = Field(
        default=3600,
        ge=1,
        le=4000,
        description="Seconds that a silent connection stays open, 1 to 4000; streamed answers may pause for long.",
        examples=[3600],
    )

    def choices(self) -> Choices:
        """What nginx's rules are made of."""
        return Choices(
            limits=rate_limits(self.rate_limits),
            allowed=self.allowed_cidrs.by_class(),
            blocked=self.blocked_cidrs,
            own_addresses=False,
        )

    @field_validator("blocked_cidrs")
    @classmethod
    def _require_reachable(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return require_reachable(value, info.data.get("allowed_cidrs"))

    @field_validator("trusted_proxies")
    @classmethod
    def _require_few(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """The last of the lists knows all of them."""
        allowed: AllowedCidrs = info.data.get("allowed_cidrs") or AllowedCidrs()
        lists = (value, info.data.get("blocked_cidrs") or (), *allowed.by_class().values())
        if (found := sum(map(len, lists))) > MOST_RANGES:
            rule = f"all lists of requests name {found} ranges and may name {MOST_RANGES}"
            raise Mistake(rule, "write wider ranges, or leave long lists to a firewall before the host")
        return value

    @field_validator("rate_limits")
    @classmethod
    def _require_limits_that_act(cls, value: tuple[Limit, ...]) -> tuple[Limit, ...]:
        return require_limits_that_act(value)
