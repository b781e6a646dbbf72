"""The stacks that the rules are tried on, as the engine's analyzer sees them."""

import pickle
from functools import cache
from typing import Any

from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, FILTERED, PIPED, POOLED, SIGNED_IN, values_of
from tests.policies.graph_adapter import Stack, as_previewed, declared
from tests.recordings import once, recorded

VARIANTS: dict[str, dict[str, Any]] = {
    "closed": {**CLOSED, **FILTERED, **POOLED, **AGENTS},
    "cdn": {**DELIVERED, **SIGNED_IN, **PIPED},
}
"""Production with every option that it leaves out: without internet, and with all that needs it."""

NAMES = ("prod", "staging", "dev", "host", *VARIANTS)


class Stacks:
    """Gives out fresh copies, free to be changed."""

    def __call__(self, name: str, *, preview: bool = False) -> Stack:
        """The stack as an update sees it, or as a preview of nothing made yet does."""
        stack: Stack = pickle.loads(_declared(name, preview=preview))  # noqa: S301  our own file
        return stack


@cache
def _declared(name: str, *, preview: bool) -> bytes:
    stack = "prod" if name in VARIANTS else name
    values = values_of("prod", VARIANTS[name]) if name in VARIANTS else None

    def made(*, preview: bool = False) -> Stack:
        return declared(recorded(stack, preview=preview, values=values), stack)

    if preview:
        return once(f"declared-{name}-preview", lambda: as_previewed(made(preview=True), made()))
    return once(f"declared-{name}-update", made)
