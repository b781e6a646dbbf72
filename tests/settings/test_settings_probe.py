"""What the synthetic check asks of a stack and from where, by the stack's settings."""

from typing import Any

import pytest

from dify.probe import Step
from settings.objectives import Objectives
from settings.probe_plan import probe_checks, probes_inside, shuts_out_strangers
from tests.settings.stack_files import parsed

_SIGN_IN = {
    "signIn.issuer": "https://id.example.com",
    "signIn.authorizationEndpoint": "https://id.example.com/oauth2/authorize",
    "signIn.tokenEndpoint": "https://id.example.com/oauth2/token",
    "signIn.userInfoEndpoint": "https://id.example.com/oauth2/userinfo",
    "signIn.clientId": "dify-prod",
    "signIn.login": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf",
}


@pytest.mark.parametrize(
    ("changes", "inside"),
    [
        ({}, False),
        ({"edge.allowedCidrs": ["0.0.0.0/0"]}, False),
        ({"edge.allowedCidrs": ["8.8.8.0/24"]}, True),
        ({"edge.allowedCidrs": ["::/0"]}, True),
        ({"webFirewall.allowedCidrs.console": ["8.8.8.0/24"]}, True),
        ({"webFirewall.allowedCountries": ["DE"]}, True),
        ({"webFirewall.blockedCountries": ["KP"]}, True),
        ({"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}, True),
    ],
)
def test_it_stands_inside_where_a_stranger_might_be_shut_out(changes: dict[str, Any], inside: bool) -> None:
    assert probes_inside(parsed(changes)) is inside


@pytest.mark.parametrize(
    ("changes", "shut"),
    [
        ({}, False),
        ({"edge.allowedCidrs": ["8.8.8.0/24"]}, True),
        ({"webFirewall.allowedCountries": ["DE"]}, False),
        ({"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}, False),
    ],
)
def test_only_a_public_load_balancer_with_a_list_must_be_told_the_stacks_own_addresses(
    changes: dict[str, Any], shut: bool
) -> None:
    assert shuts_out_strangers(parsed(changes)) is shut


@pytest.mark.parametrize(
    ("changes", "path", "status"),
    [
        ({}, "/console/api/setup", 200),
        (_SIGN_IN, "/console/api/system-features", 200),
        ({**_SIGN_IN, "signIn.publishedApps": "signed-in"}, "/console/api/setup", 401),
    ],
)
def test_the_console_is_asked_where_sign_in_leaves_it_open(changes: dict[str, Any], path: str, status: int) -> None:
    (console,) = [check for check in probe_checks(parsed(changes)) if check.step is Step.CONSOLE]
    assert (console.path, console.status) == (path, status)


def test_the_objectives_are_those_of_a_service_that_people_work_with() -> None:
    chosen = Objectives()
    assert (chosen.availability_percent, chosen.latency_percent, chosen.latency_seconds) == (99.9, 99, 5)
    assert chosen.days == 28
