"""The real engine with both stand-in providers: an image's digest reaches AWS and follows the image."""

import json
import re

import pytest
from sandboxes import Place

pytestmark = pytest.mark.engine

MADE = {"repository", "pulled", "tag", "pushed", "task"}
REFERENCE = re.compile(r"111122223333\.dkr\.ecr\.eu-central-1\.amazonaws\.com/dify/api@sha256:[0-9a-f]{64}")


def _reference(place: Place) -> str:
    (task,) = [one for one in place.resources() if one["urn"].endswith("::task")]
    (container,) = json.loads(task["inputs"]["containerDefinitions"])
    return str(container["image"])


def test_a_preview_mirrors_nothing(images: Place) -> None:
    done = images.preview()
    assert done.code == 0, done.text
    assert done.names("create") >= MADE
    assert images.resources() == []


def test_a_mirrored_image_has_no_changes_and_can_be_destroyed(images: Place) -> None:
    brought = images.up()
    assert brought.code == 0, brought.text
    assert REFERENCE.fullmatch(_reference(images))
    unchanged = images.preview("--expect-no-changes")
    assert unchanged.code == 0, unchanged.text
    assert images.destroy().code == 0
    assert images.resources() == []


def test_another_version_is_pulled_pushed_and_referred_to_by_its_own_digest(images: Place) -> None:
    assert images.up().code == 0
    before = _reference(images)
    images.configure(version="1.17.2")
    done = images.up()
    assert done.code == 0, done.text
    assert done.names("update") == {"pulled"}
    assert done.names("replace") | done.names("create-replacement") | done.names("delete-replaced") == {
        "tag",
        "pushed",
        "task",
    }
    assert done.names("same") >= {"repository"}
    assert REFERENCE.fullmatch(_reference(images))
    assert _reference(images) != before


def test_no_credential_of_a_registry_is_in_the_state(images: Place) -> None:
    assert images.up().code == 0
    (registry,) = [one for one in images.resources() if one["type"] == "pulumi:providers:docker"]
    assert registry["inputs"]["registryAuth"] == '[{"address": "111122223333.dkr.ecr.eu-central-1.amazonaws.com"}]'
