"""No value of a secret is in what the engine prints, logs or keeps: values are planted and searched for.

What this does not prove: what AWS answers. The functions that make secrets are shown to answer with names only where
they are tested against real servers (tests/functions).
"""

import json
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from sandboxes import Place

from policies.guardrails.literals import holds_secret

pytestmark = pytest.mark.engine

PLANTED = {
    "PULUMI_CONFIG_PASSPHRASE": "planted-passphrase-5f2c",
    "AWS_SECRET_ACCESS_KEY": "planted-aws-key-91d0",
    "AWS_SESSION_TOKEN": "planted-aws-token-7be4",
    "DOCKER_REGISTRY_PASS": "planted-registry-3aa8",
}
"""What the environment of a deployment holds."""


NAMES_OF_A_WEB_ACL = (".labelMatchStatement.key", ".customResponseBodies.key")
"""AWS WAF calls the name of a label, and of a response, its key (API reference, LabelMatchStatement)."""


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_no_planted_value_is_in_the_preview_the_update_or_the_state(dify: Callable[[str], Place], stack: str) -> None:
    place = dify(stack)
    # The passphrase seals the settings' copy, which was made under another one.
    place.workspace.environment.update(PLANTED)
    place.workspace.create()
    said = {
        "preview": place.preview("--diff", "--logtostderr", "-v=4").text,
        "update": place.up().text,
        "events": place.workspace.event_log.read_text(),
        "state": place.workspace.run(["stack", "export", "--show-secrets"], check=True).stdout,
        "outputs": place.workspace.run(["stack", "output", "--json", "--show-secrets"], check=True).stdout,
    }
    assert json.loads(said["state"])["deployment"]["resources"]
    found = [(where, name) for where, text in said.items() for name, value in PLANTED.items() if value in text]
    assert found == []
    named = {path for path, name, value in _leaves(json.loads(said["state"])) if holds_secret(name, value)}
    assert {path for path in named if not path.endswith(NAMES_OF_A_WEB_ACL)} == set()


def _leaves(value: object, path: str = "", name: str = "") -> Iterator[tuple[str, str, object]]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _leaves(inner, f"{path}.{key}", key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _leaves(inner, path, name)
    else:
        yield path, name, value
