"""Where a stack stands: what every component needs to know to name and own things."""

from dataclasses import dataclass

import pulumi

from settings.environment import Lifecycle


@dataclass(frozen=True, kw_only=True)
class Site:
    """`name` is unique in the account and begins every name that AWS insists on. `boundary_arn` is the permission
    boundary of every role made here."""

    name: str
    account: str
    region: str
    lifecycle: Lifecycle
    boundary_arn: pulumi.Input[str] | None = None

    @property
    def retains(self) -> bool:
        """Whether data outlives the stack."""
        return self.lifecycle is Lifecycle.RETAIN


@dataclass(frozen=True, kw_only=True)
class LogPolicy:
    """How logs are kept. `path` begins the names of this stack's log groups."""

    path: str
    retention_days: int
    key_arn: pulumi.Input[str]
