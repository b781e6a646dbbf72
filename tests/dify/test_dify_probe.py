"""What the synthetic check asks: of whom, past what, and which answer it expects."""

import pytest

from components.content_delivery import STATIC
from dify.probe import Check, Step, checks, steps
from dify.routes import service_of
from dify.services import API, PLUGIN_DAEMON, WEB
from dify.sign_in import Access, access_to
from dify.web_firewall import Per, Request, address_sets, decide, firewall_rules
from settings.web_firewall import WebFirewall

_SERVICES = (WEB.name, API.name, PLUGIN_DAEMON.name)
_WAYS = {
    "open": {"signs_in": False, "published_open": True},
    "console-closed": {"signs_in": True, "published_open": True},
    "all-closed": {"signs_in": True, "published_open": False},
}


def _checks(way: str) -> dict[Step, Check]:
    return {check.step: check for check in checks(_SERVICES, **_WAYS[way])}


@pytest.mark.parametrize("way", _WAYS)
def test_each_step_is_answered_by_the_service_that_it_is_about(way: str) -> None:
    answered = {step: service_of(check.path, _SERVICES) for step, check in _checks(way).items()}
    assert answered == {Step.CONSOLE: API.name, Step.API: API.name, Step.WEB: WEB.name}


@pytest.mark.parametrize("way", ["console-closed", "all-closed"])
def test_what_is_expected_is_what_sign_in_lets_a_stranger_have(way: str) -> None:
    published_open = _WAYS[way]["published_open"]
    for check in _checks(way).values():
        access = access_to(check.path, _SERVICES, published_open=published_open)
        assert check.status == {Access.OPEN: 200, Access.REFUSED: 401}[access]


def test_a_console_that_is_closed_altogether_shows_by_its_refusal_that_the_entry_answers() -> None:
    assert {way: _checks(way)[Step.CONSOLE].status for way in _WAYS} == {
        "open": 200,
        "console-closed": 200,
        "all-closed": 401,
    }


def test_an_open_console_is_asked_for_what_it_must_read_from_the_database() -> None:
    assert _checks("open")[Step.CONSOLE].path == "/console/api/setup"


def test_no_step_is_answered_by_a_cache() -> None:
    prefixes = tuple(pattern.removesuffix("*") for pattern in STATIC)
    assert not any(check.path.startswith(prefixes) for check in _checks("open").values())


@pytest.mark.parametrize("way", _WAYS)
def test_the_firewall_lets_a_program_of_a_hosting_provider_ask(way: str) -> None:
    choices = WebFirewall().choices(own_addresses=True)
    for check in _checks(way).values():
        request = Request(
            path=check.path,
            headers={"user-agent": "dify-probe"},
            trips=frozenset({"HostingProviderIPList"}),
            recent={Per.IP: 10},
        )
        assert decide(firewall_rules(choices), request, address_sets(choices)).refused_by is None


def test_a_stream_is_a_step_of_those_who_have_a_key() -> None:
    assert steps(stream_minutes=None) == {"console": 1, "api": 1, "web": 1}
    assert steps(stream_minutes=15) == {"console": 1, "api": 1, "web": 1, "stream": 15}
