"""A stand-in for the aws provider."""

import json
from typing import Any, ClassVar

from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import Properties
from sandbox.stand_in import Configuration, StandIn

_ACCOUNT = "111122223333"
_REGION = "eu-central-1"


class AwsProvider(StandIn):
    """AWS without an account."""

    package = "aws"
    replacing_configuration = frozenset({"region"})
    unconfigured: ClassVar[Configuration] = Configuration(account=_ACCOUNT, region=_REGION)

    def configuration(self, given: Properties) -> Configuration:
        read = {name: _from_json(value) for name, value in given.items()}
        accounts: list[str] = read.get("allowedAccountIds") or [_ACCOUNT]
        tags: Properties = read.get("defaultTags") or {}
        return Configuration(
            account=accounts[0], region=str(read.get("region") or _REGION), default_tags=tags.get("tags") or {}
        )


def _from_json(value: object) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value != UNKNOWN else value
    except ValueError:
        return value
