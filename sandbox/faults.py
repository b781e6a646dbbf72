"""Faults on demand: a create that fails, throttling, slowness. Tests use them to see what an `up` leaves behind."""

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = "SANDBOX_FAULTS"


class InjectedFaultError(Exception):
    """AWS said no, because a test asked for it."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """`fail_create`: this create fails, counted from 1 over all resources. `fail_type`: every create of this type token
    fails. `throttle_every`: every Nth create is refused with a throttling error. `slow_ms`: each create takes this
    long. 0 or "" means never."""

    fail_create: int = 0
    fail_type: str = ""
    throttle_every: int = 0
    slow_ms: int = 0


def from_environment(environment: Mapping[str, str] = os.environ) -> Faults:
    """Faults as JSON in the variable SANDBOX_FAULTS, such as `{"fail_create": 12}`; an unknown name is an error."""
    wanted: dict[str, Any] = json.loads(environment.get(VARIABLE) or "{}")
    return Faults(**wanted)


class FaultInjector:
    """Counts creates over all threads and fails those that were asked for."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._creates = 0

    def before_create(self, token: str) -> None:
        """Called once for each real create; raises InjectedFaultError."""
        with self._lock:
            self._creates += 1
            number = self._creates
        if self._faults.slow_ms:
            time.sleep(self._faults.slow_ms / 1000)
        if number == self._faults.fail_create or token == self._faults.fail_type:
            message = f"InternalFailure: create {number} ({token}) failed as asked"
            raise InjectedFaultError(message)
        if self._faults.throttle_every and number % self._faults.throttle_every == 0:
            message = f"ThrottlingException: Rate exceeded (create {number}, {token})"
            raise InjectedFaultError(message)
