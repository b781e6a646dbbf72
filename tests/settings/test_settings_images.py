"""`dify:images` as a section of its own."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from settings.images import Images, Source


def _images(**given: Any) -> Images:
    return Images.model_validate_json(json.dumps(given))


def _mistake(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        _images(**given)
    (error,) = caught.value.errors()
    return str(error["msg"])


def test_images_are_mirrored_unless_a_stack_says_otherwise() -> None:
    assert _images().source is Source.MIRROR
    assert _images(source="upstream").source is Source.UPSTREAM


def test_ten_images_are_kept_and_never_fewer_than_a_way_back_needs() -> None:
    assert _images().keep_images == 10
    assert _images(keepImages=2).keep_images == 2
    assert "greater than or equal to 2" in _mistake(keepImages=1)
    assert "less than or equal to 1000" in _mistake(keepImages=1001)


def test_an_unknown_source_is_refused() -> None:
    assert "'mirror' or 'upstream'" in _mistake(source="cache")


@pytest.mark.parametrize("place", ["docker.io", "registry.example.com:5000/a", "public.ecr.aws/aws-cli/aws-cli"])
def test_a_registry_or_a_part_of_one_is_accepted(place: str) -> None:
    assert _images(allowedRegistries=[place]).allowed_registries == (place,)


@pytest.mark.parametrize(
    "place", ["https://docker.io", "docker.io/", "docker.io/a:1", "langgenius", "Docker.io", "*", "", "docker.io/a*"]
)
def test_what_is_no_registry_is_refused(place: str) -> None:
    assert _mistake(allowedRegistries=[place]).endswith("write it like docker.io/langgenius")


def test_no_allowed_registry_at_all_is_refused() -> None:
    assert "at least one registry" in _mistake(allowedRegistries=[])
