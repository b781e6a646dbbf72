"""The stand-in for Docker is as strict, blind and repeatable as the one for AWS. It proves nothing about images."""

import json
import re
from importlib.metadata import version
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from provider_calls import Call, check, create, diff, provider, update, urn
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import Properties, encode
from sandbox.workspace import providers

REMOTE = "docker:index/remoteImage:RemoteImage"
TAG = "docker:index/tag:Tag"
PUSHED = "docker:index/registryImage:RegistryImage"
NATIVE = "docker:index/image:Image"
PROVIDER = "pulumi:providers:docker"

VALID: dict[str, Properties] = {
    REMOTE: {"name": "docker.io/langgenius/dify-api:1.17.1", "keepLocally": True, "platform": "linux/amd64"},
    TAG: {"sourceImage": "a:1", "targetImage": "registry.example.com/a:1"},
    PUSHED: {"name": "registry.example.com/a:1", "keepRemotely": True},
    NATIVE: {"imageName": "registry.example.com/a:1", "build": {"context": "images/a"}},
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("token", VALID)
def test_valid_images_have_no_failures(token: str) -> None:
    assert check(token, VALID[token])[1] == {}


@pytest.mark.parametrize(
    ("token", "inputs", "path", "words"),
    [
        (REMOTE, {}, "name", "required"),
        (REMOTE, {"name": "a", "keepLocaly": True}, "keepLocaly", "unknown property; nearest: keepLocally"),
        (REMOTE, {"name": "a", "build": {"dockerfile": "D"}}, "build.context", "required"),
        (TAG, {"sourceImage": "a"}, "targetImage", "required"),
        (PUSHED, {"name": "a", "keepRemotely": "yes"}, "keepRemotely", "must be true or false"),
        (PUSHED, {"name": "a", "triggers": {"digest": 1}}, "triggers.digest", "must be a text"),
        (NATIVE, {"imageName": "a", "build": {"builderVersion": "Three"}}, "build.builderVersion", "is not one of"),
        ("docker:index/picture:Picture", {}, "", "is not a type of pulumi_docker"),
    ],
)
def test_a_mistake_in_an_image_is_named_where_it_stands(token: str, inputs: Properties, path: str, words: str) -> None:
    assert words in check(token, inputs)[1][path]


def test_the_docker_providers_own_settings_are_checked() -> None:
    news = encode(
        {
            "registryAuth": json.dumps([{"address": "registry.example.com", "passwort": "x"}]),
            "disableDockerDaemonCheck": '"x"',
            "hots": "unix:///run/docker.sock",
        }
    )
    answer = provider("docker").CheckConfig(provider_pb2.CheckRequest(urn=urn(PROVIDER), news=news), Call())
    assert {failure.property for failure in answer.failures} == {
        "registryAuth[0].passwort",
        "disableDockerDaemonCheck",
        "hots",
    }


@pytest.mark.parametrize(
    ("token", "computed"),
    [
        (REMOTE, {"imageId", "repoDigest"}),
        (TAG, {"sourceImageId"}),
        (PUSHED, {"sha256Digest"}),
        (NATIVE, {"repoDigest"}),
    ],
)
def test_a_preview_knows_no_digest_of_an_image(token: str, computed: set[str]) -> None:
    identifier, outputs = create(token, VALID[token], preview=True)
    assert identifier == ""
    assert {outputs[name] for name in computed} == {UNKNOWN}


def test_a_pushed_image_has_the_same_well_formed_digest_every_time_and_another_has_another() -> None:
    first, again = (create(PUSHED, VALID[PUSHED])[1]["sha256Digest"] for _ in "ab")
    other = create(PUSHED, VALID[PUSHED], name="two")[1]["sha256Digest"]
    assert DIGEST.fullmatch(first)
    assert first == again != other


def test_a_pulled_image_has_an_id_and_a_digest_in_its_repository() -> None:
    identifier, outputs = create(REMOTE, VALID[REMOTE])
    assert DIGEST.fullmatch(outputs["imageId"])
    assert identifier == outputs["imageId"] + VALID[REMOTE]["name"]
    repository, _, digest = outputs["repoDigest"].partition("@")
    assert repository == "docker.io/langgenius/dify-api"
    assert DIGEST.fullmatch(digest)


def test_a_registry_with_a_port_keeps_it_in_the_repositorys_name() -> None:
    _, outputs = create(REMOTE, {"name": "registry.example.com:5000/a"})
    assert outputs["repoDigest"].startswith("registry.example.com:5000/a@sha256:")


def test_another_name_gives_a_pulled_image_another_id_that_a_preview_does_not_know() -> None:
    _, before = create(REMOTE, VALID[REMOTE])
    newer = {**VALID[REMOTE], "name": "docker.io/langgenius/dify-api:1.17.2"}
    assert diff(REMOTE, VALID[REMOTE], newer) == (["name"], [])
    assert update(REMOTE, before, newer)["imageId"] != before["imageId"]
    assert update(REMOTE, before, newer, preview=True)["imageId"] == UNKNOWN
    assert update(REMOTE, before, {**VALID[REMOTE], "keepLocally": False})["imageId"] == before["imageId"]


@pytest.mark.parametrize(
    ("token", "name"),
    [(REMOTE, "triggers"), (REMOTE, "build"), (TAG, "sourceImage"), (TAG, "targetImage"), (PUSHED, "name")],
)
def test_another_image_replaces(token: str, name: str) -> None:
    assert diff(token, {name: "a"}, {name: "b"}) == ([name], [name])


def test_both_providers_are_served_each_on_a_port_of_its_own() -> None:
    with providers() as variables:
        served = dict(one.split(":") for one in variables["PULUMI_DEBUG_PROVIDERS"].split(","))
        versions: dict[str, str] = {}
        for package, port in served.items():
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                versions[package] = stub.GetPluginInfo(Empty(), timeout=60).version
    assert len(set(served.values())) == 2
    assert versions == {package: version(f"pulumi-{package}") for package in ("aws", "docker")}
