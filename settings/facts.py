"""What a section's rules must know about the rest of the stack file."""

from dataclasses import dataclass

from pydantic import ValidationInfo

from settings.environment import Environment, Lifecycle
from settings.mistake import Mistake
from settings.windows import Window


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts outside the validated section, None where the stack file does not say them or says them wrongly.

    They are read before validation, so that one wrong section does not hide the mistakes of another. `any_client` says
    that requests may come from private addresses as well as from public ones.
    """

    stack: str | None = None
    environment: Environment | None = None
    lifecycle: Lifecycle | None = None
    region: str | None = None
    internet: bool = True
    any_client: bool = False
    database_maintenance: Window | None = None

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PROD


def facts_of(info: ValidationInfo) -> Facts:
    """The facts that `parse` gave to this validation; none of them when a section is built on its own."""
    return info.context if isinstance(info.context, Facts) else Facts()


def require_retained(value: Lifecycle, info: ValidationInfo) -> Lifecycle:
    """Refuse to lose data in production."""
    if facts_of(info).is_production and value is Lifecycle.DISPOSABLE:
        raise Mistake("prod must keep its data", f"set {Lifecycle.RETAIN}")
    return value


def require_floor(value: int, least: int, info: ValidationInfo, unit: str) -> int:
    """Refuse a `value` under `least` in production; other environments may go lower."""
    if facts_of(info).is_production and value < least:
        raise Mistake(f"prod needs at least {least} {unit}", f"set {least} or more")
    return value
