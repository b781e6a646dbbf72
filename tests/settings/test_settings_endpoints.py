"""Which of AWS's services a stack needs inside its network."""

from typing import Any

import pytest

from settings.endpoints import CLOSED, INSIDE, MAIL, TRACES, services_of
from tests.settings.stack_files import parsed

_CLOSED_NETWORK = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}
_MAIL = {
    "sender": "dify@example.com",
    "login": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail-AbCdEf",
}


@pytest.mark.parametrize(
    ("changes", "environment", "services"),
    [
        ({}, "prod", INSIDE),
        ({"images.source": "upstream"}, "dev", ()),
        ({"mail": _MAIL}, "prod", INSIDE),
        (_CLOSED_NETWORK, "prod", CLOSED),
        ({**_CLOSED_NETWORK, "mail": _MAIL}, "prod", (*CLOSED, MAIL)),
        ({"mail": {**_MAIL, "server": "smtp.example.com"}}, "prod", INSIDE),
        ({"network.endpoints": ["bedrock-runtime"]}, "prod", (*INSIDE, "bedrock-runtime")),
        ({"telemetry": {"collector": "xray"}}, "prod", (*INSIDE, TRACES)),
        ({"telemetry": {"collector": "xray"}, "network.endpoints": ["xray"]}, "prod", (*INSIDE, TRACES)),
        ({**_CLOSED_NETWORK, "telemetry": {"collector": "xray"}}, "prod", (*CLOSED, TRACES)),
        ({"images.source": "upstream", "telemetry": {"collector": "xray"}}, "dev", ()),
        ({"telemetry": {"collector": "otlp", "endpoint": "https://otlp.example.com"}}, "prod", INSIDE),
    ],
)
def test_a_stack_has_the_endpoints_that_its_settings_ask_for(
    changes: dict[str, Any], environment: str, services: tuple[str, ...]
) -> None:
    assert services_of(parsed(changes, environment)) == services
