"""The rules about single containers of Docker, of every make: hardened and not, odd, unknown, and of other people.

What this does not prove: that Docker does what a container says. tests/docker_host and tests/engine start real ones.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import ALL, tokens
from tests.policies.any_resource import LEAVES, deep, linked
from tests.policies.graph_adapter import Declared, judge
from tests.policies.hand_made_containers import OF_DOCKER, bound, container, found, network, port, volume
from tests.policies.test_any_resource import ERROR

TYPES = (tokens.DOCKER_CONTAINER, tokens.DOCKER_NETWORK, tokens.DOCKER_VOLUME, tokens.REMOTE_IMAGE)


def test_a_hardened_container_of_somebody_else_breaks_no_rule() -> None:
    assert found(container()) == set()


def test_a_container_as_docker_starts_it_by_itself_breaks_every_rule_about_what_it_must_say() -> None:
    bare = Declared(type=tokens.DOCKER_CONTAINER, name="bare", props={"name": "bare", "image": "nginx"})
    assert found(bare) == {
        "container-must-be-healthy",
        "container-must-drop-capabilities",
        "container-must-have-open-files",
        "container-must-have-read-only-root",
        "container-must-leave-the-default-bridge",
        "container-must-limit-its-cpus",
        "container-must-limit-its-memory",
        "container-must-not-gain-privileges",
        "container-must-not-run-as-root",
        "container-must-rotate-its-log",
        "container-must-start-again",
        "image-must-be-pinned",
    }


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"devices": [{"hostPath": "/dev/kmsg"}]}, "container-must-not-be-privileged"),
        ({"deviceCgroupRules": ["a *:* rwm"]}, "container-must-not-be-privileged"),
        ({"cgroupParent": "/"}, "container-must-stay-in-its-cgroup"),
        ({"securityOpts": ["no-new-privileges", "no-new-privileges=false"]}, "container-must-not-gain-privileges"),
        ({"ipcMode": "container:shop-api"}, "container-must-have-namespaces-of-its-own"),
        ({"usernsMode": "host"}, "container-must-have-namespaces-of-its-own"),
        ({"cgroupnsMode": "host"}, "container-must-have-namespaces-of-its-own"),
        ({"securityOpts": ["no-new-privileges", "apparmor:unconfined"]}, "container-must-stay-confined"),
        ({"securityOpts": ["no-new-privileges", "label=disable"]}, "container-must-stay-confined"),
        ({"capabilities": {"drops": ["NET_RAW"]}}, "container-must-drop-capabilities"),
        ({"capabilities": {"drops": ["all"], "adds": ["net_raw"]}}, "container-must-drop-capabilities"),
        ({"user": "root:1000"}, "container-must-not-run-as-root"),
        ({"groupAdds": ["1000", "0"]}, "container-must-not-run-as-root"),
        (bound("/run/containerd/containerd.sock"), "container-must-not-reach-docker"),
        (bound("/usr"), "mount-must-leave-the-system-alone"),
        (bound("/"), "mount-must-leave-the-system-alone"),
        (bound("//var/lib/../lib/"), "mount-must-leave-the-system-alone"),
        (bound("/proc"), "mount-must-leave-the-system-alone"),
        (bound("/proc/1"), "mount-must-leave-the-system-alone"),
        (bound("/etc/hosts", read_only=False), "mount-must-leave-the-system-alone"),
        ({"image": "shop/web"}, "image-must-be-pinned"),
        ({"image": "registry.example.com:5000/shop/web"}, "image-must-be-pinned"),
        ({"memory": 0}, "container-must-limit-its-memory"),
        ({"logDriver": "none"}, "container-must-rotate-its-log"),
        ({"logDriver": "json-file", "logOpts": {"max-size": "-1", "max-file": "3"}}, "container-must-rotate-its-log"),
        ({"restart": "on-failure"}, "container-must-start-again"),
        ({"mustRun": False, "attach": True}, "container-must-start-again"),
        ({"mustRun": False, "restart": "no"}, "container-must-be-awaited"),
        ({"ulimits": [{"name": "nproc", "soft": 65536}]}, "container-must-have-open-files"),
        ({"envs": ["A=1", "BROKER=redis://shop:hunter2@cache:6379"]}, "container-must-keep-secrets-out-of-environment"),
        ({"command": ["serve", "sk-abcdefghijklmnopqrstuvwxyz"]}, "container-must-carry-no-secrets"),
        ({"networksAdvanced": [{"name": "shop"}, {"name": "other"}]}, "container-must-join-networks-of-the-stack"),
        ({"publishAllPorts": True}, "container-must-publish-web-ports-only"),
        (port(external=None), "container-must-publish-web-ports-only"),
        (port(protocol="udp"), "container-must-publish-web-ports-only"),
        (port(ip=""), "port-must-name-its-address"),
    ],
)
def test_what_weakens_a_container_is_found_by_its_rule_alone(changes: dict[str, Any], rule: str) -> None:
    assert found(container(**changes)) == {rule}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"logDriver": "none"}, "web: logs nowhere"),
        ({"logDriver": None}, "web: leaves its log to the host"),
        ({"logDriver": "json-file", "logOpts": {"max-file": "3"}}, "web: no max-size"),
        ({"healthcheck": None}, "web: has no health check"),
        ({"mustRun": False, "attach": True}, "web: runs once, again and again"),
        ({"restart": "no"}, "web: is not started again"),
        ({"capabilities": {"drops": ["ALL"], "adds": ["SYS_ADMIN", "CAP_BPF"]}}, "web: adds BPF, SYS_ADMIN"),
        ({"envs": ["DB_PASSWORD=hunter2"]}, "web: has a secret in the variable DB_PASSWORD"),
        (bound("/etc/shadow"), "web: mounts /etc/shadow of the host"),
        (port(external=None), "web: publishes a port that Docker chooses by tcp"),
        (port(external=8080.0), "web: publishes port 8080 by tcp"),
    ],
)
def test_what_is_wrong_is_said_without_the_value_of_a_secret(changes: dict[str, Any], said: str) -> None:
    found_ = judge([network("shop"), container(**changes)], OF_DOCKER).violations
    assert [message for _, _, message in found_] == [said]


def test_a_private_key_is_found_in_an_encoded_upload() -> None:
    encoded = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo="
    upload: dict[str, Any] = {"uploads": [{"file": "/key.pem", "contentBase64": encoded}]}
    assert found(container(**upload)) == {"container-must-carry-no-secrets"}


@pytest.mark.parametrize(
    "changes",
    [
        bound("/etc/localtime"),
        {"mounts": [{"type": "tmpfs", "target": "/run/secrets"}]},
        bound("/srv/shop", read_only=False),
        {"image": f"sha256:{'0' * 64}"},
        {"image": f"shop/web@sha256:{'0' * 64}"},
        {"capabilities": {"drops": ["ALL"], "adds": ["CAP_NET_BIND_SERVICE"]}},
        {"logDriver": "json-file", "logOpts": {"max-size": "10m", "max-file": "3"}},
        {"logDriver": "journald"},
        {"mustRun": False, "attach": True, "restart": "no", "healthcheck": None, "ulimits": []},
        {"groupAdds": ["1000"]},
        {"envs": ["PGPASSFILE=/run/secrets/pgpass", "REDIS_KEY_PREFIX=shop", "SECRET_KEY="]},
        {"command": ['{"template": "redis://cache:{cache.password}@redis:6379"}']},
        port(),
        port(external=9090, ip="127.0.0.1"),
    ],
)
def test_what_is_no_weakness_is_not_found(changes: dict[str, Any]) -> None:
    assert found(container(**changes)) == set()


@pytest.mark.parametrize(("internal", "expected"), [(True, set[str]()), (False, {"container-must-not-run-as-root"})])
def test_root_is_let_be_where_there_is_no_way_out(internal: bool, expected: set[str]) -> None:
    inner = network("code", internal=internal)
    assert found(inner, container(user="0", networksAdvanced=[{"name": "code"}])) == expected


def test_root_is_not_let_be_where_it_keeps_something() -> None:
    inner = network("code", internal=True)
    keeps: dict[str, Any] = {"mounts": [{"type": "volume", "source": "data", "target": "/data"}]}
    one = container(user="0", networksAdvanced=[{"name": "code"}], **keeps)
    assert found(inner, volume("data"), one) == {"container-must-not-run-as-root"}


@pytest.mark.parametrize(
    ("hidden", "rule"),
    [
        ("mounts.0", "container-must-not-reach-docker"),
        ("mounts.0.source", "mount-must-leave-the-system-alone"),
        ("mounts.0.target", "secrets-must-be-mounted-read-only"),
        ("ports.0", "container-must-publish-web-ports-only"),
        ("ports.0.external", "port-must-be-published-once"),
        ("ports.0.ip", "port-must-name-its-address"),
        ("networksAdvanced.0", "container-must-join-networks-of-the-stack"),
        ("networksAdvanced.0.name", "container-must-join-networks-of-the-stack"),
        ("securityOpts.0", "container-must-stay-confined"),
        ("securityOpts.0", "container-must-not-gain-privileges"),
        ("capabilities.drops.0", "container-must-drop-capabilities"),
        ("envs.0", "container-must-keep-secrets-out-of-environment"),
        ("command.0", "container-must-carry-no-secrets"),
        ("ulimits.0", "container-must-have-open-files"),
        ("groupAdds.0", "container-must-not-run-as-root"),
    ],
)
def test_an_unknown_entry_is_no_finding_and_is_said(hidden: str, rule: str) -> None:
    one = container(envs=["A=1"], command=["serve"], groupAdds=["1000"], **bound("/srv/shop"), **port())
    name, place, *field = hidden.split(".")
    if name == "capabilities":
        one.props["capabilities"] = {"drops": [UNKNOWN_STRING_VALUE]}
    elif field:
        one.props[name][int(place)][field[0]] = UNKNOWN_STRING_VALUE
    else:
        one.props[name][int(place)] = UNKNOWN_STRING_VALUE
    verdict = judge([network("shop"), one], OF_DOCKER)
    assert verdict.violations == []
    assert f"docker-{rule}" in verdict.undecided


@pytest.mark.parametrize("kind", LEAVES)
def test_values_of_any_kind_at_any_depth_are_judged_without_error(kind: str) -> None:
    for depth in (0, 1, 2):
        assert stumbles(lambda: LEAVES[kind], depth) == []


@settings(max_examples=50)
@given(seed=st.integers(min_value=0), depth=st.sampled_from((0, 1, 2)))
def test_values_of_mixed_kinds_are_judged_without_error(seed: int, depth: int) -> None:
    chance, kinds = Random(seed), list(LEAVES.values())  # noqa: S311  no secret
    assert stumbles(lambda: chance.choice(kinds), depth) == []


def stumbles(leaf: Callable[[], Any], depth: int) -> list[tuple[str, str, str]]:
    """The findings that the rules' wrapper makes of errors, with a way from each to each."""
    odd = [Declared(type=type_, name=type_, props=deep(type_, leaf, depth)) for type_ in TYPES]
    return [one for one in judge(linked(odd), ALL).violations if ERROR in one[2]]
