"""A parameter that is tuned: where it stands on each target, and what a reader must know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.recorder import Graph


class Cost(StrEnum):
    """What a change does to those who work; docs/tune.md says each in full."""

    NONE = "at once"
    ROLLING = "rolling"
    ALONE = "restart of the only one"
    CONTAINER = "restart"
    WINDOW = "in the maintenance window"
    FAILOVER = "failover"
    NODES = "one node after the other"


class Stack(StrEnum):
    """A recorded stack: production on AWS, the same behind RDS Proxy, and one Docker host."""

    AWS = "prod"
    POOLED = "pooled"
    HOST = "host"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where a value stands: `read` finds it in what the program registers. `settings` are the keys of the stack file
    that it follows; without one nobody can change it."""

    read: Callable[[Graph], str]
    cost: Cost
    settings: Sequence[str] = ()
    stack: Stack


@dataclass(frozen=True, kw_only=True)
class Knob:
    """`does` is what it is for, `comes` where the value comes from. `alarms` ring when it is wrong; `sign` is what
    shows it otherwise, above all on a host, which has none."""

    name: str
    does: str
    comes: str
    aws: Reading | None = None
    host: Reading | None = None
    alarms: Sequence[str] = ()
    sign: str = ""

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(one for one in (self.aws, self.host) if one is not None)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The parameters of one section of the page; `name` is in its marks."""

    name: str
    knobs: Sequence[Knob] = field(default_factory=tuple[Knob, ...])
