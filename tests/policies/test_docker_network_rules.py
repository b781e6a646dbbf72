"""The rules about networks, ports, volumes and names of Docker, on containers made by hand."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import tokens
from tests.policies.graph_adapter import Declared, judge
from tests.policies.hand_made_containers import OF_DOCKER, container, found, network, port, volume


@pytest.mark.parametrize("image", ["redis:7", "docker.io/library/redis:7.4.5", f"valkey@sha256:{'0' * 64}", "mysql:8"])
def test_a_store_is_known_by_its_image_however_it_is_named(image: str) -> None:
    assert {"store-must-be-on-internal-networks", "store-must-keep-its-data"} <= found(container(image=image))


@pytest.mark.parametrize(
    ("address", "clash"),
    [("0.0.0.0", True), ("::", True), ("10.0.0.1", True), ("10.0.0.2", False)],  # noqa: S104
)
def test_two_containers_clash_where_their_addresses_meet(address: str, clash: bool) -> None:
    first, second = container(**port(ip="10.0.0.1")), container(called="other", **port(ip=address))
    assert ("port-must-be-published-once" in found(first, second)) is clash


def test_two_of_different_kinds_may_share_a_name() -> None:
    assert found(container(name="shop")) == set()
    assert found(container(), container(called="other", name="shop-web")) == {"resource-must-not-share-its-name"}


@pytest.mark.parametrize(
    ("props", "reaches_the_host"),
    [
        ({"internal": False, "options": {}}, False),
        ({"internal": True, "options": {}}, True),
        ({"internal": True, "options": {"com.docker.network.bridge.inhibit_ipv4": "false"}}, True),
        ({"internal": True, "options": {"com.docker.network.bridge.inhibit_ipv4": "true"}}, False),
        ({"internal": True, "options": {"com.docker.network.bridge.gateway_mode_ipv4": "nat"}}, True),
        ({"internal": True, "options": {"com.docker.network.bridge.gateway_mode_ipv4": "isolated"}}, False),
    ],
)
def test_an_internal_network_leaves_the_host_out(props: dict[str, object], reaches_the_host: bool) -> None:
    made = network("shop")
    made.props |= props
    assert ("network-must-leave-the-host-out" in found(made)) is reaches_the_host


@pytest.mark.parametrize("hidden", ["mounts", "ports", "labels", "name", "networksAdvanced", "image"])
def test_what_is_unknown_of_one_container_hides_no_finding_about_others(hidden: str) -> None:
    wrong = container(called="wrong", name="shop-wrong", privileged=True, **port(external=22))
    clash = container(called="clash", name="shop-wrong", **port(external=22))
    veiled = container(called="veiled", **{"name": "shop-veiled", hidden: UNKNOWN_STRING_VALUE})
    assert found(veiled, clash, wrong) == found(clash, wrong)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("/etc", {"mount-must-leave-the-system-alone"}),
        ("/var/lib/docker/volumes", {"mount-must-leave-the-system-alone"}),
        ("/srv/shop", set[str]()),
        ("files.example.com:/etc", set[str]()),
        (None, set[str]()),
    ],
)
def test_a_volume_may_be_a_folder_of_the_host_but_none_of_its_system(device: str | None, expected: set[str]) -> None:
    options = {"type": "none", "o": "bind", "device": device}
    volume = Declared(type=tokens.DOCKER_VOLUME, name="data", props={"name": "shop-data", "driverOpts": options})
    assert found(volume) == expected


def test_a_volume_is_not_said_to_keep_nothing_before_all_mounts_are_known() -> None:
    volume = Declared(type=tokens.DOCKER_VOLUME, name="data", props={"name": "shop-data"})
    rule = [one for one in OF_DOCKER if one.name == "docker-volume-must-be-protected"]
    assert judge([volume, container()], rule).undecided == set()
    assert judge([volume, container(mounts=UNKNOWN_STRING_VALUE)], rule).undecided == {rule[0].name}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"type": "tmpfs", "device": "tmpfs"}, {"store-must-keep-its-data"}),
        ({"type": "nfs", "o": "addr=10.0.0.9,sec=krb5p"}, {"volume-must-be-protected"}),
        ({}, {"volume-must-be-protected"}),
    ],
)
def test_a_volume_in_memory_has_nothing_to_protect_and_keeps_nothing(
    options: dict[str, str], expected: set[str]
) -> None:
    volume = Declared(type=tokens.DOCKER_VOLUME, name="data", props={"name": "data", "driverOpts": options})
    mounted = {"type": "volume", "source": "data", "target": "/var/lib/postgresql/data"}
    store = container(image="postgres:17.6", networksAdvanced=[{"name": "data"}], mounts=[mounted])
    assert found(network("data", internal=True), volume, store) == expected


@pytest.mark.parametrize(("read_only", "expected"), [(False, {"volume-must-have-one-store"}), (True, set[str]())])
def test_a_store_shares_its_data_with_who_reads_it_only(read_only: bool, expected: set[str]) -> None:
    inner = network("data", internal=True)
    volumes = [
        Declared(type=tokens.DOCKER_VOLUME, name=name, props={"name": name}, protect=True) for name in ("one", "other")
    ]
    stores = [
        container(
            called=name,
            name=name,
            image="postgres:17.6",
            networksAdvanced=[{"name": "data"}],
            mounts=[
                {"type": "volume", "source": "one", "target": "/var/lib/postgresql/data", "readOnly": read_only_},
                {"type": "volume", "source": "other", "target": "/var/lib/shared"},
            ],
        )
        for name, read_only_ in (("a", False), ("b", read_only))
    ]
    assert found(inner, *volumes, *stores) == expected


def test_what_is_on_another_host_may_have_the_same_name() -> None:
    here, there = container(), container(called="other")
    here.provider, there.provider = {"host": "ssh://one.example.com"}, {"host": "ssh://two.example.com"}
    assert found(here, there) == set()


@pytest.mark.parametrize(
    ("address", "expected"),
    [("0.0.0.0", {"container-must-not-bridge-outside-and-inside"}), ("127.0.0.1", set[str]())],  # noqa: S104
)
def test_what_is_reached_from_outside_is_on_no_internal_network(address: str, expected: set[str]) -> None:
    inner = network("data", internal=True)
    one = container(networksAdvanced=[{"name": "shop"}, {"name": "data"}], **port(ip=address))
    assert found(inner, one) == expected


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["shop", "other", "third"], "web: joins other, third, which the stack does not make"),
        (["shop", "shop"], "web: joins one network twice, which the stack does not make"),
    ],
)
def test_a_network_of_somebody_else_is_named(names: list[str], said: str) -> None:
    one = container(networksAdvanced=[{"name": name} for name in names])
    assert [message for _, _, message in judge([network("shop"), one], OF_DOCKER).violations] == [said]


def test_a_network_that_a_preview_cannot_name_is_known_by_its_link() -> None:
    made = network("shop", internal=True)
    made.props["name"] = UNKNOWN_STRING_VALUE
    one = container(image="postgres:17.6", user="999", networksAdvanced=[{"name": UNKNOWN_STRING_VALUE}])
    one.props["mounts"] = [{"type": "volume", "source": "data", "target": "/var/lib/postgresql"}]
    one.links = {"networksAdvanced": [made.urn]}
    rules = [policy for policy in OF_DOCKER if policy.name != "docker-resource-must-not-share-its-name"]
    verdict = judge([made, volume("data"), one], rules)
    assert (verdict.violations, verdict.undecided) == ([], set())
