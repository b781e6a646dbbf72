"""How a call of the command line ended, and processes that die on the way."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from operations.journal import Journal


@dataclass(frozen=True)
class Ended:
    """How a call ended: its exit code and what it said."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


class KilledError(BaseException):
    """The process ends here, as by SIGKILL: nothing of it runs any more."""


@pytest.fixture
def kill_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The next operation dies when the named step has had its effect and is not recorded yet."""

    def arm(step: str) -> None:
        record = Journal.record

        def die(journal: Journal, name: str) -> None:
            if name == step:
                monkeypatch.setattr(Journal, "record", record)
                raise KilledError(step)
            record(journal, name)

        monkeypatch.setattr(Journal, "record", die)

    return arm
