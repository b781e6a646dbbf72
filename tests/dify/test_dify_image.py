"""Names of images: one image for ever, from a registry that is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.image import ImageName, image_conflicts

_DIGEST = "0123456789abcdef" * 4
_ALLOWED = ("docker.io/langgenius", "public.ecr.aws/aws-cli")

_part = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)?", fullmatch=True)
_tag = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True).filter(lambda tag: tag != "latest")


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        ("docker.io/langgenius/dify-api:1.17.1", "docker.io/langgenius/dify-api", "1.17.1", None),
        (f"docker.io/ubuntu/squid@sha256:{_DIGEST}", "docker.io/ubuntu/squid", None, _DIGEST),
        (f"docker.io/ubuntu/squid:6@sha256:{_DIGEST}", "docker.io/ubuntu/squid", "6", _DIGEST),
        ("registry.example.com:5000/a/b/c:1", "registry.example.com:5000/a/b/c", "1", None),
    ],
)
def test_an_image_is_read_into_its_parts(text: str, repository: str, tag: str | None, digest: str | None) -> None:
    assert ImageName.parse(text) == ImageName(repository=repository, tag=tag, digest=digest)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("docker.io/langgenius/dify-api", "must name a tag other than latest, or a digest"),
        ("docker.io/langgenius/dify-api:latest", "must name a tag other than latest, or a digest"),
        ("langgenius/dify-api:1.17.1", "must be an image with its registry"),
        ("dify-api:1.17.1", "must be an image with its registry"),
        ("https://docker.io/langgenius/dify-api:1.17.1", "must be an image with its registry"),
        ("docker.io/langgenius/Dify:1", "must be an image with its registry"),
        (f"docker.io/ubuntu/squid@sha256:{_DIGEST[:-1]}", "must be an image with its registry"),
        ("docker.io/langgenius/dify-api:1 ", "must be an image with its registry"),
        ("", "must be an image with its registry"),
    ],
)
def test_what_is_not_one_image_for_ever_is_refused(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        ImageName.parse(text)
    (conflict,) = image_conflicts(("docker.io",), {"api": text})
    assert conflict.rule.startswith(rule)
    assert (conflict.image, conflict.reference) == ("api", text)


@pytest.mark.parametrize(
    "text",
    [
        "docker.io/langgenius-impostor/dify-api:1.17.1",
        "docker.io/ubuntu/squid:6",
        "docker.io.example.com/langgenius/dify-api:1.17.1",
        "ghcr.io/docker.io/langgenius/dify-api:1.17.1",
        "public.ecr.aws/aws-cli-impostor/aws-cli:2.1.1",
    ],
)
def test_an_image_from_another_registry_is_refused_by_name(text: str) -> None:
    (conflict,) = image_conflicts(_ALLOWED, {"api": text})
    assert conflict.rule == "the image api must come from docker.io/langgenius, public.ecr.aws/aws-cli"
    assert "images.allowedRegistries" in conflict.fix


def test_every_refused_image_is_named_and_no_other() -> None:
    images = {
        "api": "docker.io/langgenius/dify-api:1.17.1",
        "web": "ghcr.io/langgenius/dify-web:1.17.1",
        "cli": f"public.ecr.aws/aws-cli/aws-cli@sha256:{_DIGEST}",
        "proxy": "docker.io/ubuntu/squid:latest",
    }
    assert [conflict.image for conflict in image_conflicts(_ALLOWED, images)] == ["web", "proxy"]


@given(path=st.lists(_part, min_size=1, max_size=3), tag=_tag)
def test_an_image_below_an_allowed_place_is_allowed_and_beside_it_is_not(path: list[str], tag: str) -> None:
    image = f"registry.example.com/{'/'.join(path)}:{tag}"
    assert image_conflicts((f"registry.example.com/{path[0]}",), {"image": image}) == []
    assert image_conflicts((f"registry.example.com/{path[0]}0",), {"image": image})


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("docker.io/ubuntu/squid:6", "6"),
        (f"docker.io/ubuntu/squid@sha256:{_DIGEST}", "sha256-0123456789ab"),
        (f"docker.io/ubuntu/squid:6@sha256:{_DIGEST}", "6-0123456789ab"),
    ],
)
def test_the_tag_of_a_copy_carries_the_tag_and_the_beginning_of_the_digest(text: str, tag: str) -> None:
    assert ImageName.parse(text).copy_tag == tag


@given(tag=st.none() | _tag)
def test_two_digests_that_begin_alike_do_not_share_the_tag_of_their_copies(tag: str | None) -> None:
    digests = (_DIGEST[:11] + last + _DIGEST[12:] for last in "ab")
    first, second = (ImageName(repository="a.io/b", tag=tag, digest=digest).copy_tag for digest in digests)
    assert first != second
