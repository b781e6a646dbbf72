"""The lists of variables are well-formed, and catch what they are for: a typo, a name that Dify dropped."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from dify import variable_names
from dify.variable_names import IMAGES, REASONS, REQUIRED, names

FOLDER = Path(variable_names.__file__).parent

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*[A-Z0-9]|https?_proxy|no_proxy")
"""curl reads its proxies in the small spelling only."""


def parts(image: str) -> list[list[str]]:
    """The names of each part of the image's file; a comment begins a part."""
    found: list[list[str]] = []
    was_comment = False
    for line in (FOLDER / f"{image}.txt").read_text(encoding="utf-8").splitlines():
        is_comment = line.startswith("#")
        if is_comment and not was_comment:
            found.append([])
        if line and not is_comment:
            found[-1].append(line)
        if line:
            was_comment = is_comment
    return found


@pytest.mark.parametrize("image", IMAGES)
def test_every_part_of_a_list_is_sorted_and_holds_each_name_once(image: str) -> None:
    assert all(earlier < later for part in parts(image) for earlier, later in pairwise(part))


@pytest.mark.parametrize("image", IMAGES)
def test_a_name_stands_in_one_part_of_its_list_only(image: str) -> None:
    lines = [name for part in parts(image) for name in part]
    assert len(lines) == len(set(lines)) == len(names(image))


@pytest.mark.parametrize("image", IMAGES)
def test_every_name_is_a_variable_name(image: str) -> None:
    assert [name for name in sorted(names(image)) if not VARIABLE.fullmatch(name)] == []


@pytest.mark.parametrize("image", IMAGES)
def test_every_list_begins_with_its_sources(image: str) -> None:
    head = (FOLDER / f"{image}.txt").read_text(encoding="utf-8").split("\n\n", 1)[0]
    assert head.startswith("# ")
    assert re.search(r"\bSources[:,] ", head.replace("\n# ", " "))


def test_every_list_belongs_to_an_image_and_every_image_has_one() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(IMAGES) == set(REQUIRED)


def test_an_image_without_a_list_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="'nginx' has no list of variables, choose one of api, web"):
        names("nginx")


@pytest.mark.parametrize("image", IMAGES)
def test_what_must_be_set_is_what_the_image_reads(image: str) -> None:
    assert REQUIRED[image] - names(image) == frozenset()


@pytest.mark.parametrize("image", IMAGES)
def test_every_variable_that_must_be_set_has_its_reason(image: str) -> None:
    assert REASONS[image].keys() == REQUIRED[image]
    assert all(reason and "\n" not in reason for reason in REASONS[image].values())


@pytest.mark.parametrize("gone", ["EDITION", "ENTERPRISE_ENABLED", "BILLING_ENABLED", "BROKER_USE_SSL"])
def test_a_name_that_dify_no_longer_reads_is_not_in_the_api_s_list(gone: str) -> None:
    assert gone not in names("api")


def test_a_name_of_the_compose_file_is_not_taken_for_one_of_the_image() -> None:
    """Compose renames these on the way in: set on the container under this name, they do nothing."""
    renamed = {
        "api": "PLUGIN_DIFY_INNER_API_KEY API_SENTRY_DSN API_WEBSOCKET_WORKER_AMOUNT DIFY_AGENT_API_TOKEN",
        "plugin-daemon": "PLUGIN_DAEMON_KEY PLUGIN_S3_USE_AWS PLUGIN_AWS_REGION DB_PLUGIN_DATABASE",
        "sandbox": "SANDBOX_API_KEY SANDBOX_ENABLE_NETWORK SANDBOX_WORKER_TIMEOUT SANDBOX_HTTP_PROXY",
        "ssrf-proxy": "SSRF_HTTP_PORT SSRF_COREDUMP_DIR",
    }
    taken = {image: sorted(names(image) & set(compose.split())) for image, compose in renamed.items()}
    assert [image for image, mistaken in taken.items() if mistaken] == []


def test_the_two_sides_of_a_shared_secret_must_both_be_set() -> None:
    """The pairs of docker/docker-compose.yaml: a side left at its default rejects the other."""
    pairs = [
        (("api", "PLUGIN_DAEMON_KEY"), ("plugin-daemon", "SERVER_KEY")),
        (("api", "INNER_API_KEY_FOR_PLUGIN"), ("plugin-daemon", "DIFY_INNER_API_KEY")),
        (("api", "CODE_EXECUTION_API_KEY"), ("sandbox", "API_KEY")),
        (("plugin-daemon", "SERVER_KEY"), ("agent-backend", "DIFY_AGENT_PLUGIN_DAEMON_API_KEY")),
        (("plugin-daemon", "DIFY_INNER_API_KEY"), ("agent-backend", "DIFY_AGENT_INNER_API_KEY")),
    ]
    assert [side for pair in pairs for side in pair if side[1] not in REQUIRED[side[0]]] == []
