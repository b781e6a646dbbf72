"""The stand-in with a Docker host carries an input out or refuses it by name, and tells what replaces."""

from importlib import import_module
from typing import Any

import pytest
from docker_calls import CONTAINER, IMAGE, NETWORK, VOLUME, DockerStandIn, Waiting
from provider_calls import provider, urn
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.docker_duration import nanoseconds
from sandbox.docker_provider import KINDS
from sandbox.properties import Properties, encode
from sandbox.schema import load

NOWHERE = "unix:///nowhere/docker.sock"
GIVEN: dict[str, Properties] = {
    CONTAINER: {"name": "one", "image": "a"},
    NETWORK: {"name": "one"},
    VOLUME: {"name": "one"},
    IMAGE: {"name": "one:1"},
}


def container(**inputs: Any) -> Properties:
    return {**GIVEN[CONTAINER], **inputs}


@pytest.mark.parametrize("token", GIVEN)
def test_what_is_carried_out_is_accepted(token: str) -> None:
    assert DockerStandIn(NOWHERE).check(token, GIVEN[token]) == {}


@pytest.mark.parametrize("token", GIVEN)
def test_every_input_of_the_sdk_is_carried_out_or_refused_by_name(token: str) -> None:
    carried_out: frozenset[str] = import_module(KINDS[token]).SUPPORTED
    assert {name for name in carried_out if "." not in name} <= load(token).inputs.keys()
    for name in load(token).inputs.keys() - carried_out:
        reasons = DockerStandIn(NOWHERE).check(token, {**GIVEN[token], name: UNKNOWN})
        assert reasons[name] == (
            f"the stand-in for Docker does not carry out {name}, and an input is never ignored: leave it out"
        )


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        ({"gpus": "all"}, "gpus", "does not carry out gpus"),
        (
            {"mounts": [{"type": "volume", "source": "a", "target": "/a", "volumeOptions": {"subpath": "b"}}]},
            "mounts[0].volumeOptions.subpath",
            "does not carry out mounts.volumeOptions.subpath",
        ),
        ({"healthcheck": {"tests": ["CMD"], "startInterval": "1s"}}, "healthcheck.startInterval", "does not carry out"),
        (
            {"healthcheck": {"tests": ["CMD"], "interval": "10"}},
            "healthcheck.interval",
            "'10' is no duration such as 10s",
        ),
        ({"restart": "sometimes"}, "restart", "'sometimes' is not one of no, on-failure, always, unless-stopped"),
        ({"mounts": [{"type": "disk", "target": "/a"}]}, "mounts[0].type", "is not one of bind, volume, tmpfs"),
        ({"ports": [{"internal": 80, "protocol": "http"}]}, "ports[0].protocol", "is not one of tcp, udp, sctp"),
        ({"command": ["sh", "-c", ""]}, "command[2]", "must not be empty"),
        ({"cpus": "two"}, "cpus", "'two' is no number of CPUs such as 1.5"),
        ({"uploads": [{"file": "/a"}]}, "uploads[0]", "needs exactly one of content, contentBase64, source"),
        ({"uploads": [{"file": "/a", "content": "b", "source": "c"}]}, "uploads[0]", "needs exactly one of"),
        (
            {"uploads": [{"file": "/a", "content": "b", "permissions": "644"}]},
            "uploads[0].permissions",
            "no octal mode",
        ),
        (
            {"uploads": [{"file": "/a", "content": "b"}], "readOnly": True},
            "uploads",
            "which Docker refuses while its root is read-only",
        ),
        ({"logs": True}, "logs", "needs attach"),
        ({"maxRetryCount": 3, "restart": "always"}, "maxRetryCount", "needs restart to be on-failure"),
        ({"labels": [{"label": "a"}]}, "labels[0].value", "required"),
    ],
)
def test_a_mistake_in_a_container_is_named_where_it_stands(inputs: Properties, path: str, words: str) -> None:
    reasons = DockerStandIn(NOWHERE).check(CONTAINER, container(**inputs))
    assert list(reasons) == [path]
    assert words in reasons[path]


def test_what_is_not_known_yet_is_no_mistake() -> None:
    given = container(
        restart=UNKNOWN,
        command=[UNKNOWN],
        cpus=UNKNOWN,
        healthcheck={"tests": ["CMD"], "interval": UNKNOWN},
        uploads=[{"file": "/a", "content": UNKNOWN, "permissions": UNKNOWN}],
        mounts=UNKNOWN,
    )
    assert DockerStandIn(NOWHERE).check(CONTAINER, given) == {}


def test_without_a_host_the_same_inputs_are_those_of_a_stand_in_that_invents() -> None:
    request = provider_pb2.CheckRequest(urn=urn(CONTAINER), news=encode(container(gpus="all")))
    assert list(provider("docker").Check(request, Waiting()).failures) == []


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"host": "/var/run/docker.sock"}, "host", "is no Docker host: it begins with unix://, tcp://, ssh://"),
        ({"host": NOWHERE, "certPath": "/certificates"}, "certPath", "does not carry out certPath"),
    ],
)
def test_a_host_that_is_none_is_refused(given: Properties, path: str, words: str) -> None:
    request = provider_pb2.CheckRequest(urn=urn("pulumi:providers:docker"), news=encode(given))
    (failure,) = provider("docker").CheckConfig(request, Waiting()).failures
    assert (failure.property, words in failure.reason) == (path, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "b"),
        ("envs", ["A=1"]),
        ("labels", [{"label": "a", "value": "b"}]),
        ("cpus", "1"),
        ("healthcheck", {"tests": ["CMD", "true"]}),
        ("logOpts", {"max-size": "1m"}),
        ("networksAdvanced", [{"name": UNKNOWN}]),
        ("uploads", [{"file": "/a", "content": "b"}]),
        ("stopTimeout", 5),
    ],
)
def test_what_docker_fixes_at_a_creation_replaces_and_the_old_one_goes_first(name: str, value: Any) -> None:
    answer = DockerStandIn(NOWHERE).diff(CONTAINER, container(), container(**{name: value}))
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([name], True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("memory", 64), ("restart", "always"), ("destroyGraceSeconds", 30), ("waitTimeout", 9), ("tmpfs", {"/a": ""})],
)
def test_what_the_provider_updates_does_not_replace(name: str, value: Any) -> None:
    answer = DockerStandIn(NOWHERE).diff(CONTAINER, container(), container(**{name: value}))
    assert (list(answer.diffs), list(answer.replaces), answer.deleteBeforeReplace) == ([name], [], False)


def test_the_order_of_a_set_says_nothing_and_that_of_a_command_does() -> None:
    labels = [{"label": "a", "value": "1"}, {"label": "b", "value": "2"}]
    before = container(envs=["A=1", "B=2"], labels=labels, capabilities={"adds": ["A", "B"]}, command=["a", "b"])
    after = container(envs=["B=2", "A=1"], labels=labels[::-1], capabilities={"adds": ["B", "A"]}, command=["a", "b"])
    assert list(DockerStandIn(NOWHERE).diff(CONTAINER, before, after).diffs) == []
    assert list(DockerStandIn(NOWHERE).diff(CONTAINER, before, {**after, "command": ["b", "a"]}).diffs) == ["command"]


@pytest.mark.parametrize("token", [NETWORK, VOLUME])
def test_a_network_or_volume_is_replaced_by_any_change(token: str) -> None:
    changed = {**GIVEN[token], "labels": [{"label": "a", "value": "b"}]}
    answer = DockerStandIn(NOWHERE).diff(token, GIVEN[token], changed)
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["labels"], True)
    renamed = DockerStandIn(NOWHERE).diff(token, GIVEN[token], {"name": "two"})
    assert (list(renamed.replaces), renamed.deleteBeforeReplace) == (["name"], False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("0s", 0), ("500ms", 5 * 10**8), ("1m30s", 90 * 10**9), ("1.5h", 5400 * 10**9), (".5s", 5 * 10**8)],
)
def test_a_duration_is_read_as_docker_does(text: str, expected: int) -> None:
    assert nanoseconds(text) == expected


@pytest.mark.parametrize("text", ["", "10", "s", "1 s", "1s1", "-1s", "1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration such as 10s or 1m30s"):
        nanoseconds(text)
