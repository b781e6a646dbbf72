"""The rules about Docker's networks and its provider: who gets past the host, and how Docker itself is reached."""

from typing import Any

import pytest

from policies.guardrails import tokens
from tests.policies.graph_adapter import Declared
from tests.policies.hand_made_containers import container, found, network


def provider(**props: Any) -> Declared:
    return Declared(type=tokens.DOCKER_PROVIDER, name="docker", props=props)


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({"driver": "macvlan"}, {"network-must-keep-others-out"}),
        ({"driver": "ipvlan"}, {"network-must-keep-others-out"}),
        ({"driver": "overlay"}, set[str]()),
        (
            {"options": {"com.docker.network.bridge.gateway_mode_ipv6": "nat-unprotected"}},
            {"network-must-keep-others-out"},
        ),
        ({"options": {"com.docker.network.bridge.gateway_mode_ipv4": "routed"}}, set[str]()),
    ],
)
def test_a_network_admits_only_what_is_published(props: dict[str, Any], expected: set[str]) -> None:
    one = network("other")
    one.props |= props
    assert found(one) == expected


TLS = {"caMaterial": "a", "certMaterial": "b", "keyMaterial": "c"}


@pytest.mark.parametrize(
    ("props", "private"),
    [
        ({"host": "unix:///var/run/docker.sock"}, True),
        ({"host": "ssh://deploy@host.example.com"}, True),
        ({"host": "tcp://host.example.com:2375"}, False),
        ({"host": "tcp://host.example.com:2376", "certPath": "/etc/docker/tls"}, True),
        ({"host": "tcp://host.example.com:2376", **TLS}, True),
        ({"host": "tcp://host.example.com:2376", "caMaterial": "a"}, False),
        ({"host": "ssh://host.example.com", "sshOpts": ["-o", "StrictHostKeyChecking=no"]}, False),
        ({"host": "ssh://host.example.com", "sshOpts": '["-o", "UserKnownHostsFile /dev/null"]'}, False),
        ({"host": "ssh://host.example.com", "sshOpts": ["-o", "StrictHostKeyChecking=yes"]}, True),
    ],
)
def test_docker_is_reached_by_who_is_known_and_read_by_nobody_else(props: dict[str, Any], private: bool) -> None:
    expected: set[str] = set() if private else {"provider-must-reach-docker-in-private"}
    assert found(container(), provider(**props)) == expected


@pytest.mark.parametrize("props", [{}, {"host": "unix:///var/run/docker.sock", "context": "other"}])
def test_who_runs_containers_says_on_which_docker(props: dict[str, Any]) -> None:
    assert found(container(), provider(**props)) == {"provider-must-name-its-host"}


def test_who_only_copies_images_may_do_so_by_any_docker() -> None:
    assert found(provider()) == set()
