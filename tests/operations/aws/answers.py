"""Answers of AWS that are given by a test: for what moto does not play, and for what must go wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import botocore.client
import botocore.validate
import pytest
from botocore.exceptions import ClientError

Answer = Mapping[str, Any]
Given = Callable[[dict[str, Any]], Answer]

_CLIENT = cast("Any", botocore.client).BaseClient
_validate = cast("Callable[[Mapping[str, Any], Any], None]", cast("Any", botocore.validate).validate_parameters)


@dataclass
class Answers:
    """Operations are named as boto3 does, `rds:DescribeDBInstances`. `asked` are all that were called, in order, with
    their parameters. What is given is checked against the operation's own shape, as what the code asks for is."""

    given: dict[str, Given] = field(default_factory=dict[str, Given])
    changed: dict[str, Callable[[dict[str, Any]], None]] = field(
        default_factory=dict[str, Callable[[dict[str, Any]], None]]
    )
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])

    def give(self, operation: str, answer: Answer | Given) -> None:
        """`operation` is answered so, or by what `answer` makes of its parameters."""
        self.given[operation] = answer if callable(answer) else lambda _: answer

    def change(self, operation: str, mend: Callable[[dict[str, Any]], None]) -> None:
        """`operation` is answered by moto, and `mend` changes that answer in place."""
        self.changed[operation] = mend

    def refuse(self, operation: str, code: str = "AccessDeniedException", message: str = "not authorized") -> None:
        """`operation` ends with this error of AWS."""

        def refused(_: dict[str, Any]) -> Answer:
            error: Any = {"Error": {"Code": code, "Message": message}}
            raise ClientError(error, operation.partition(":")[2])

        self.given[operation] = refused

    def calls_of(self, operation: str) -> list[dict[str, Any]]:
        """Parameters of each call of `operation`."""
        return [parameters for name, parameters in self.asked if name == operation]

    @property
    def changes(self) -> list[str]:
        """Operations that were called and are not only questions."""
        reads = ("Describe", "List", "Get", "Head", "Lookup", "BatchGet", "Search")
        return [name for name, _ in self.asked if not name.partition(":")[2].startswith(reads)]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From here on all clients of boto3 ask here first."""
        original = cast("Callable[..., dict[str, Any]]", _CLIENT._make_api_call)

        def ask(client: Any, name: str, parameters: dict[str, Any]) -> Answer:
            operation = f"{client.meta.service_model.service_name}:{name}"
            self.asked.append((operation, parameters))
            if operation in self.given:
                model = client.meta.service_model.operation_model(name)
                if model.input_shape is not None:
                    _validate(parameters, model.input_shape)
                answer = self.given[operation](parameters)
                _validate(answer, model.output_shape)
                return answer
            found = original(client, name, parameters)
            if operation in self.changed:
                self.changed[operation](found)
            return found

        monkeypatch.setattr(_CLIENT, "_make_api_call", ask)
