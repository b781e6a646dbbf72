"""A stand-in for the aws provider."""

import json
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import Properties, decode
from sandbox.stand_in import StandIn

_ACCOUNT = "111122223333"
_REGION = "eu-central-1"


class AwsProvider(StandIn):
    """AWS without an account: account, region and default tags are those that were configured last."""

    package = "aws"
    replacing_configuration = frozenset({"region"})
    account = _ACCOUNT
    region = _REGION

    def Configure(self, request: Any, context: Any) -> Any:
        given = {name: _from_json(value) for name, value in decode(request.args).items()}
        accounts: list[str] = given.get("allowedAccountIds") or [_ACCOUNT]
        self.account = accounts[0]
        self.region = str(given.get("region") or _REGION)
        tags: Properties = given.get("defaultTags") or {}
        self.default_tags = tags.get("tags") or {}
        return super().Configure(request, context)


def _from_json(value: object) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value != UNKNOWN else value
    except ValueError:
        return value
