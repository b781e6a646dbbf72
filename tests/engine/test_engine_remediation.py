"""What a stack lets the pack set reaches the provider, and what it does not stops the operation as before."""

import json
from pathlib import Path
from typing import Any

import pytest
from sandboxes import ROOT, Done, Place

from sandbox.workspace import Workspace

pytestmark = pytest.mark.engine

SWITCHES = {
    "key": ("kms-key-must-rotate", {"enableKeyRotation": True}),
    "repository": ("ecr-repository-must-scan-on-push", {"imageScanningConfiguration": {"scanOnPush": True}}),
    "block": (
        "s3-public-access-block-must-be-complete",
        {"blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
    ),
    "database": ("rds-instance-must-be-encrypted", {"storageEncrypted": True}),
}


@pytest.fixture
def stack(tmp_path: Path, provider: dict[str, str]) -> Place:
    """The open program as a stack of development, which may switch rules off."""
    place = Place(Workspace(ROOT / "tests" / "engine" / "open", "dev", tmp_path / "home", None, provider))
    place.workspace.create()
    place.configure(key=True)
    return place


@pytest.fixture
def under(tmp_path: Path) -> Any:
    """Flags for the pack with nothing but the rules of the switches, at a level."""

    def flags(level: str) -> list[str]:
        file = tmp_path / f"{level}.json"
        file.write_text(json.dumps({"all": "disabled", **{rule: level for rule, _ in SWITCHES.values()}}))
        return ["--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(file)]

    return flags


def found(place: Place, name: str) -> dict[str, Any]:
    (one,) = [one for one in place.resources() if one["urn"].endswith(f"::{name}")]
    return one


def inputs(place: Place, name: str) -> dict[str, Any]:
    return found(place, name)["inputs"]


def told(done: Done) -> set[str]:
    """The rules of which the output says that they set something."""
    return {rule for rule, _ in SWITCHES.values() if f"[remediate]  {rule}" in done.text}


def test_what_is_set_is_told_reaches_the_provider_and_is_no_change_the_next_time(stack: Place, under: Any) -> None:
    previewed = stack.preview(*under("remediate"))
    assert previewed.code == 0, previewed.text
    assert told(previewed) == {rule for rule, _ in SWITCHES.values()}
    assert "kms-key-must-rotate: key: enableKeyRotation set to true" in previewed.text
    assert stack.resources() == []
    brought = stack.up(*under("remediate"))
    assert brought.code == 0, brought.text
    for name, (_, expected) in SWITCHES.items():
        assert inputs(stack, name).items() >= expected.items()
    again = stack.preview(*under("remediate"), "--expect-no-changes")
    assert again.code == 0, again.text


def test_what_is_set_leaves_links_and_secrets_as_they_are(stack: Place, under: Any) -> None:
    assert stack.up(*under("remediate")).code == 0
    assert inputs(stack, "block")["bucket"]
    assert inputs(stack, "database")["kmsKeyId"].startswith("arn:")
    assert "ciphertext" in inputs(stack, "database")["password"]


def test_nothing_is_set_unless_it_is_asked_for(stack: Place, under: Any) -> None:
    done = stack.up(*under("mandatory"))
    assert done.code != 0
    assert told(done) == set()
    assert "set to" not in done.text
    assert {one["urn"].rsplit("::", 1)[-1] for one in stack.resources()}.isdisjoint(SWITCHES)


def test_what_no_remedy_makes_up_stops_as_before(stack: Place, under: Any) -> None:
    stack.configure(key=False)
    done = stack.up(*under("remediate"))
    assert done.code != 0
    assert "[mandatory] [severity: critical]  rds-instance-must-be-encrypted" in done.text, done.text
    assert "kmsKeyId is missing" in done.text
    assert "database" not in {one["urn"].rsplit("::", 1)[-1] for one in stack.resources()}


def test_a_database_that_would_be_replaced_is_kept_and_the_operation_refused(stack: Place, under: Any) -> None:
    assert stack.up().code == 0
    before = found(stack, "database")["id"]
    done = stack.up(*under("remediate"))
    assert done.code != 0
    assert "protect" in done.text, done.text
    assert found(stack, "database")["id"] == before
    assert "storageEncrypted" not in inputs(stack, "database")
