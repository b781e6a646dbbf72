"""Questions to AWS of which one that is refused spoils no other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from operations.aws.calls import asking
from operations.outcome import FailedError

Answer = TypeVar("Answer")


@dataclass
class Questions:
    """`unanswered` are what could not be asked, one line each with the reason."""

    unanswered: list[str] = field(default_factory=list[str])

    def ask(self, what: str, action: str, look: Callable[[], Answer]) -> Answer | None:
        """What `look` finds, for which the caller needs the IAM `action`; None where AWS refuses. `what` names it for
        people."""
        try:
            with asking(action):
                return look()
        except FailedError as error:
            line = f"{what} cannot be asked: {error}"
            if line not in self.unanswered:
                self.unanswered.append(line)
            return None


def every(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
    """The items under `key` of all pages of a boto3 `operation`, by its Python name."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from cast("list[Mapping[str, Any]]", page[key])
