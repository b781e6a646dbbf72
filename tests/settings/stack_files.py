"""Complete stack files to change one value of, as the rows of the tests do."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from settings import ConfigurationError, Environment, Settings, parse
from settings.facts import Facts


class _Removed(Enum):
    """Stands for a key that is taken out of a stack file."""

    KEY = "removed"


REMOVED: Final = _Removed.KEY
"""Stands for a key that the stack file does not have."""

_NETWORK = {"cidr": "10.20.0.0/16", "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]}
_COMPLETE: dict[str, Any] = {
    "account": "111122223333",
    "region": "eu-central-1",
    "domain": "dify.example.com",
    "release": "1.17.1",
    "tags": {"owner": "platform", "costCenter": "ai"},
    "network": _NETWORK,
    "edge": {"hostedZoneId": "Z0123456789ABCDEFGHIJ", "hostedZoneName": "example.com"},
    "quotas": {"fargateVcpus": 500},
    "alarms": {
        "subscriptions": [{"email": "ops@example.com"}],
        "runbooks": "https://github.com/example/dify-infrastructure/blob/main/docs/runbooks",
    },
}


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A stack file with one wrong value and the line that it must give.

    `at` is the key in the line where it is not `key`; `got` what the line shows where that is not the value as JSON;
    `also` are further changes without which the file would be wrong in another way.
    """

    key: str
    value: Any
    rule: str
    fix: str
    environment: str = "prod"
    at: str = ""
    got: str = ""
    also: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def line(self) -> str:
        got = self.got or ("nothing" if self.value is REMOVED else json.dumps(self.value, ensure_ascii=False))
        return f"config dify:{self.at or self.key}: got {got}; {self.rule}; {self.fix}"


def values(changes: dict[str, Any], environment: str = "prod") -> dict[str, str]:
    """Pulumi's view of a complete stack file with the dotted keys of `changes` changed."""
    document: dict[str, Any] = {"environment": environment, **deepcopy(_COMPLETE)}
    for key, value in changes.items():
        *sections, name = key.split(".")
        place: dict[str, Any] = document
        for section in sections:
            place = place.setdefault(section, {})
        if value is REMOVED:
            del place[name]
        else:
            place[name] = value
    return {f"dify:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in document.items()}


def parsed(changes: dict[str, Any], environment: str = "prod") -> Settings:
    """Settings of a complete stack file with `changes`."""
    return parse(values(changes, environment), environment)


def refusals(changes: dict[str, Any], environment: str = "prod") -> list[str]:
    """Lines of the mistakes in a complete stack file with `changes`; none where it is accepted."""
    try:
        parsed(changes, environment)
    except ConfigurationError as error:
        return list(error.lines)
    return []


def unproven(changes: dict[str, Any], environment: str = "prod") -> Settings:
    """Settings whose sections are right by themselves; whether they fit together nobody has asked."""
    document = {key.removeprefix("dify:"): value for key, value in values(changes, environment).items()}
    decoded = {key: json.loads(value) if value[0] in "[{" else value for key, value in document.items()}
    facts = Facts(stack=environment, environment=Environment(environment), region=decoded["region"])
    return Settings.model_validate_json(json.dumps(decoded), context=facts)


def written(settings: Settings) -> dict[str, str]:
    """Pulumi's view of the stack file that holds what was set in `settings`."""
    document = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {f"dify:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in document.items()}
