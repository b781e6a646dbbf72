"""Complete stack files of a Docker host to change one value of, as the rows of the tests do."""

import json
from copy import deepcopy
from typing import Any

from settings import ConfigurationError, HostSettings, parse_any
from tests.settings.stack_files import REMOVED

_COMPLETE: dict[str, Any] = {
    "target": "docker",
    "domain": "dify.example.com",
    "release": "1.17.1",
    "host": {"memoryGib": 32, "cpus": 8},
    "tls": {"selfSigned": True},
}


def host_values(changes: dict[str, Any], environment: str = "prod") -> dict[str, str]:
    """Pulumi's view of a complete stack file of a host with the dotted keys of `changes` changed."""
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


def host_settings(changes: dict[str, Any], environment: str = "prod") -> HostSettings:
    """Settings of a complete stack file with `changes`."""
    settings = parse_any(host_values(changes, environment), "host")
    assert isinstance(settings, HostSettings)
    return settings


def host_refusals(changes: dict[str, Any], environment: str = "prod") -> list[str]:
    """Lines of the mistakes in a complete stack file with `changes`; none where it is accepted."""
    try:
        host_settings(changes, environment)
    except ConfigurationError as error:
        return list(error.lines)
    return []
