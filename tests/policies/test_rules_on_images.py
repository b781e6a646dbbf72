"""Passwords of registries wherever Docker's resources would take one; production has none of these."""

from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, judge

RULE = next(rule for rule in RULES if rule.name == "docker-login-must-stay-out-of-the-state")


def _fires(type_: str, props: dict[str, Any]) -> bool:
    return bool(judge([Declared(type=type_, name="one", props=props)], [RULE.policy]).violations)


@pytest.mark.parametrize(
    ("type_", "props"),
    [
        (t.DOCKER_PROVIDER, {"registryAuth": [{"address": "a.io", "password": "p"}]}),
        (t.DOCKER_PROVIDER, {"registryAuth": '[{"address": "a.io"}, {"address": "b.io", "configFileContent": "{}"}]'}),
        (t.REGISTRY_IMAGE, {"name": "a.io/b:1", "authConfig": {"address": "a.io", "username": "u", "password": "p"}}),
        (t.REGISTRY_IMAGE, {"build": {"context": ".", "authConfigs": [{"hostName": "a.io", "password": "p"}]}}),
        (t.REMOTE_IMAGE, {"name": "a", "build": {"context": ".", "authConfigs": [{"hostName": "a.io"}]}}),
        (t.DOCKER_IMAGE, {"imageName": "a", "registry": {"server": "a.io", "password": "p"}}),
    ],
)
def test_a_password_of_a_registry_is_found_wherever_it_is_given(type_: str, props: dict[str, Any]) -> None:
    assert _fires(type_, props)


@pytest.mark.parametrize(
    ("type_", "props"),
    [
        (t.DOCKER_PROVIDER, {}),
        (t.DOCKER_PROVIDER, {"registryAuth": '[{"address": "a.io"}]'}),
        (t.REGISTRY_IMAGE, {"name": "a.io/b:1", "keepRemotely": True}),
        (t.REMOTE_IMAGE, {"name": "a", "build": {"context": "."}}),
        (t.DOCKER_IMAGE, {"imageName": "a", "registry": {"server": "a.io"}}),
    ],
)
def test_an_image_without_a_login_is_none_of_the_rules_business(type_: str, props: dict[str, Any]) -> None:
    assert not _fires(type_, props)
