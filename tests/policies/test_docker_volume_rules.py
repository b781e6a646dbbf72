"""The rules about what containers of Docker mount and who reads it, on containers made by hand."""

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.graph_adapter import judge
from tests.policies.hand_made_containers import OF_DOCKER, bound, container, found, network, volume

INSIDE: dict[str, Any] = {"networksAdvanced": [{"name": "data"}]}


def mounted(source: str, target: str = "/data", *, read_only: bool = False) -> dict[str, Any]:
    return {"mounts": [{"type": "volume", "source": source, "target": target, "readOnly": read_only}]}


def test_a_volume_of_the_stack_may_be_mounted_whatever_it_is_called() -> None:
    assert found(volume("docker.sock"), container(**mounted("docker.sock"))) == set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (mounted("flies"), "web: mounts flies, which the stack does not make"),
        (mounted(""), "web: mounts a volume without a name at /data"),
        ({"volumes": [{"containerPath": "/data"}]}, "web: mounts a volume without a name at /data"),
        ({"volumes": [{"volumeName": "flies", "containerPath": "/data"}]}, "web: mounts flies, which the stack does"),
        ({"volumes": [{"fromContainer": "shop-db"}]}, "web: takes over the volumes of shop-db"),
    ],
)
def test_what_the_stack_does_not_make_is_not_mounted(changes: dict[str, Any], said: str) -> None:
    found_ = judge([network("shop"), volume("files"), container(**changes)], OF_DOCKER).violations
    assert [(rule, message.startswith(said)) for rule, _, message in found_] == [
        ("docker-mount-must-name-a-volume-of-the-stack", True)
    ]


def test_a_path_of_the_host_is_no_volume() -> None:
    assert found(container(**bound("/srv/shop"))) == set()


def test_a_mount_waits_for_the_names_of_all_volumes() -> None:
    unnamed = volume("files")
    unnamed.props["name"] = UNKNOWN_STRING_VALUE
    verdict = judge([network("shop"), unnamed, container(**mounted("files"))], OF_DOCKER)
    assert verdict.violations == []
    assert "docker-mount-must-name-a-volume-of-the-stack" in verdict.undecided


@pytest.mark.parametrize("target", ["/run/secrets/other", "/srv"])
def test_a_container_of_another_image_reads_no_secrets_wherever_it_mounts_them(target: str) -> None:
    reader = container(
        called="api", name="shop-api", image="shop/api:1", **mounted("keys", "/run/secrets", read_only=True)
    )
    thief = container(**mounted("keys", target, read_only=True))
    assert found(volume("keys"), reader, thief) == {"secrets-must-have-one-reader"}


def test_who_fills_a_volume_of_secrets_has_no_network_and_is_no_reader() -> None:
    reader = container(
        called="api", name="shop-api", image="shop/api:1", **mounted("keys", "/run/secrets", read_only=True)
    )
    filler = container(networkMode="none", networksAdvanced=[], **mounted("keys", "/out"))
    assert found(volume("keys"), reader, filler) == set()


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"envs": ["PGDATA=/var/lib/postgresql/data/pgdata"]}, False),
        ({"command": ["-D", "/var/lib/postgresql/data"]}, False),
        ({"envs": ["BACKUPS=/var/lib/backups"]}, True),
    ],
)
def test_who_is_told_where_to_keep_its_data_mounts_a_volume_there(changes: dict[str, Any], kept: bool) -> None:
    store = container(image="postgres:17.6", **INSIDE, **mounted("role", "/var/lib/role"), **changes)
    expected: set[str] = set() if kept else {"store-must-keep-its-data"}
    assert found(network("data", internal=True), volume("role"), store) == expected


def test_what_is_protected_is_not_in_memory() -> None:
    assert found(volume("files", type="tmpfs")) == {"volume-must-be-protected"}


@pytest.mark.parametrize(
    ("options", "encrypted"),
    [
        ({"type": "nfs", "o": "addr=files.example.com,rw"}, False),
        ({"type": "nfs4", "o": "addr=files.example.com,sec=krb5"}, False),
        ({"type": "nfs", "o": "addr=files.example.com,sec=krb5p"}, True),
        ({"type": "cifs", "o": "vers=3.1.1"}, False),
        ({"type": "cifs", "o": "vers=3.1.1,seal"}, True),
        ({"type": "none", "o": "bind", "device": "/srv/shop"}, True),
    ],
)
def test_a_volume_of_another_machine_is_reached_encrypted(options: dict[str, str], encrypted: bool) -> None:
    expected: set[str] = set() if encrypted else {"volume-must-be-encrypted-on-its-way"}
    assert found(volume("files", **options)) == expected
