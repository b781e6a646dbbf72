"""Container images: copied or built into repositories of the stack, or taken from where they were published."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import images as module
from components.images import BuiltImage, Images, ImagesArgs, folder_digest
from settings.environment import Lifecycle
from settings.images import Images as Choices
from settings.images import Source
from tests.components.component_graphs import ACCOUNT, REGION, below, site
from tests.recorder import Graph, record

_DIGEST = "0123456789abcdef" * 4
_UPSTREAM = {
    "api": "docker.io/langgenius/dify-api:1.17.1",
    "sandbox": f"docker.io/langgenius/dify-sandbox@sha256:{_DIGEST}",
    "web": f"docker.io/langgenius/dify-web:1.17.1@sha256:{_DIGEST}",
}
_CONTEXT = "sandbox/engine"  # any folder that no test writes to
_BUILT = {"ssrf-proxy": BuiltImage(context=_CONTEXT, version="1")}
_IMAGES = (*_UPSTREAM, *_BUILT)
_REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def _args(lifecycle: Lifecycle = Lifecycle.RETAIN, source: Source = Source.MIRROR) -> ImagesArgs:
    choices = Choices.model_validate({"source": source, "keepImages": 7})
    return ImagesArgs(site=site(lifecycle), key_arn="key-arn", choices=choices, upstream=_UPSTREAM, built=_BUILT)


def _graph(args: ImagesArgs, *, preview: bool = False) -> Graph:
    return record(lambda: Images("images", args), preview=preview)


@cache
def _images() -> Graph:
    return _graph(_args())


def _references(graph: Graph) -> dict[str, Any]:
    (outputs,) = [
        found for urn, found in graph.component_outputs.items() if urn.split("::")[2].endswith(Images.type_token)
    ]
    return outputs["references"]


def _statements(*images: str, source: Source = Source.MIRROR) -> list[dict[str, Any]]:
    """What a role is allowed, once everything is known."""
    found: list[str] = []

    def build() -> None:
        statements = Images("images", _args(source=source)).pull_statements(*images)
        pulumi.Output.json_dumps(statements).apply(found.append)

    record(build)
    return json.loads(found[0])


def test_every_image_has_a_repository_named_after_the_stack() -> None:
    assert {one.inputs["name"] for one in _images().of("ecr/repository:Repository")} == {
        f"dify-prod/{image}" for image in _IMAGES
    }


@pytest.mark.parametrize("image", _IMAGES)
def test_a_repository_scans_never_moves_a_tag_and_is_encrypted_with_the_stacks_key(image: str) -> None:
    inputs = _images().named(f"images-{image}-repository").inputs
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "key-arn"}]


@pytest.mark.parametrize("image", _IMAGES)
def test_a_repository_keeps_as_many_images_as_the_settings_say(image: str) -> None:
    lifecycle = _images().named(f"images-{image}-lifecycle")
    (rule,) = json.loads(lifecycle.inputs["policy"])["rules"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 7}
    assert rule["action"] == {"type": "expire"}
    assert list(lifecycle.property_dependencies["repository"]) == [_images().named(f"images-{image}-repository").urn]


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_repositories_go_with_their_images_exactly_where_the_stack_is_disposable(lifecycle: Lifecycle) -> None:
    repositories = _graph(_args(lifecycle)).of("ecr/repository:Repository")
    assert [one.inputs["forceDelete"] for one in repositories] == [lifecycle is Lifecycle.DISPOSABLE] * len(_IMAGES)


@pytest.mark.parametrize("image", _UPSTREAM)
def test_a_published_image_is_pulled_for_the_processor_of_the_tasks_and_kept_by_docker(image: str) -> None:
    assert _images().named(f"images-{image}-original").inputs == {
        "name": _UPSTREAM[image],
        "platform": "linux/amd64",
        "keepLocally": True,
    }


@pytest.mark.parametrize(
    ("image", "tag"),
    [("api", "1.17.1"), ("sandbox", "sha256-0123456789ab"), ("web", "1.17.1-0123456789ab")],
)
def test_a_copy_is_tagged_by_what_names_the_original_for_ever(image: str, tag: str) -> None:
    inputs = _images().named(f"images-{image}-tag").inputs
    assert inputs["targetImage"] == f"images-{image}-repository-repositoryUrl:{tag}"
    assert inputs["sourceImage"] == f"images-{image}-original-imageId"


@pytest.mark.parametrize("image", _IMAGES)
def test_a_copy_outlives_its_resource_in_the_registry(image: str) -> None:
    assert _images().named(f"images-{image}-copy").inputs["keepRemotely"] is True


def test_an_image_of_this_repository_is_built_and_pushed_under_a_tag_of_its_content() -> None:
    content = folder_digest(module.ROOT / _CONTEXT)
    original = _images().named("images-ssrf-proxy-original").inputs
    name = f"images-ssrf-proxy-repository-repositoryUrl:1-{content[:12]}"
    assert original["name"] == name
    assert original["build"] == {"context": _CONTEXT, "platform": "linux/amd64"}
    assert original["triggers"] == {"content": content}
    assert _images().named("images-ssrf-proxy-copy").inputs["name"] == name


def test_a_build_context_names_no_folder_of_this_machine() -> None:
    assert str(module.ROOT) not in json.dumps([one.inputs for one in _images().resources])


@pytest.mark.parametrize("image", _IMAGES)
def test_a_task_runs_the_copy_by_its_digest(image: str) -> None:
    repository, _, digest = _references(_images())[image].partition("@")
    assert repository == f"images-{image}-repository-repositoryUrl"
    assert digest == _images().named(f"images-{image}-copy").outputs["sha256Digest"]


def test_a_preview_does_not_know_the_digest_of_a_copy_that_is_not_there() -> None:
    graph = _graph(_args(), preview=True)
    assert not _references(graph)
    assert {one.name for one in graph.resources} == {one.name for one in _images().resources}


def test_images_travel_under_one_login_that_names_the_registry_and_nothing_else() -> None:
    registry = _images().one("pulumi:providers:docker")
    assert json.loads(registry.inputs["registryAuth"]) == [{"address": _REGISTRY}]
    assert set(registry.inputs) <= {"registryAuth", "version", "host"}
    travelling = [one for one in _images().resources if one.type.startswith("docker:")]
    assert len(travelling) == 3 * len(_UPSTREAM) + 2 * len(_BUILT)
    assert {one.provider.rsplit("::", 1)[0] for one in travelling} == {registry.urn}


def test_no_resource_takes_a_password_or_a_token() -> None:
    names = json.dumps([one.inputs for one in _images().resources]).lower()
    assert not [word for word in ("password", "token", "authconfig", "configfile", "username") if word in names]


def test_everything_belongs_to_the_component() -> None:
    assert len(below(_images(), Images, "images")) == len(_images().resources) - 1


def test_upstream_means_no_resources_and_the_published_names() -> None:
    graph = _graph(_args(source=Source.UPSTREAM))
    assert [one.type for one in graph.resources] == [Images.type_token]
    assert _references(graph) == _UPSTREAM


def test_who_starts_a_task_may_log_in_and_pull_from_the_repositories_only() -> None:
    login, pull = _statements()
    assert (login["Action"], login["Resource"]) == (["ecr:GetAuthorizationToken"], "*")
    assert pull["Action"] == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert pull["Resource"] == [f"images-{image}-repository-arn" for image in _IMAGES]


def test_a_task_can_be_let_pull_its_own_image_alone() -> None:
    _, pull = _statements("api")
    assert pull["Resource"] == ["images-api-repository-arn"]


def test_nothing_is_allowed_where_nothing_is_mirrored() -> None:
    assert _statements(source=Source.UPSTREAM) == []


def _context(folder: Path) -> Path:
    (folder / "conf").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM docker.io/ubuntu/squid:6")
    (folder / "conf" / "start").write_text("squid")
    return folder


_CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda folder: (folder / "Dockerfile").write_text("FROM docker.io/ubuntu/squid:7"),
    "another file": lambda folder: (folder / "conf" / "more").touch(),
    "can be executed": lambda folder: (folder / "conf" / "start").chmod(0o755),
    "another place": lambda folder: (folder / "conf" / "start").rename(folder / "start"),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_any_change_of_a_build_context_changes_its_digest(tmp_path: Path, change: str) -> None:
    folder = _context(tmp_path / "here")
    before = folder_digest(folder)
    _CHANGES[change](folder)
    assert folder_digest(folder) != before


def test_the_digest_of_a_build_context_does_not_depend_on_where_it_lies(tmp_path: Path) -> None:
    assert folder_digest(_context(tmp_path / "here")) == folder_digest(_context(tmp_path / "there"))


def test_a_build_context_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere has no files to build an image from"):
        folder_digest(tmp_path / "nowhere")
