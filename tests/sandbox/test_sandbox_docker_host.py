"""Networks, volumes and images that the stand-in makes on a real Docker Engine, and what it finds there again."""

from typing import Any

import pytest
from docker.errors import ImageNotFound, NotFound
from docker_calls import CONTAINER, IMAGE, NETWORK, SLEEPER, VOLUME, DockerStandIn
from provider_calls import Refused
from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import Properties
from tests.servers.docker_engine import BUSYBOX, DockerEngine

NET: Properties = {
    "name": "net",
    "internal": True,
    "ipamConfigs": [{"subnet": "10.91.0.0/24", "gateway": "10.91.0.1", "ipRange": "10.91.0.128/25"}],
    "labels": [{"label": "dify.part", "value": "data"}],
    "options": {"com.docker.network.bridge.name": "dify-data"},
}
DATA: Properties = {"name": "data", "labels": [{"label": "dify.part", "value": "postgres-a"}]}


def test_a_network_is_as_the_program_says(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(NETWORK, NET)
    with engine.client() as client:
        seen = client.networks.get("net").attrs
    assert seen["Id"] == identifier
    assert (seen["Internal"], seen["Labels"], seen["Options"]) == (True, {"dify.part": "data"}, NET["options"])
    assert seen["IPAM"]["Config"] == [{"Subnet": "10.91.0.0/24", "Gateway": "10.91.0.1", "IPRange": "10.91.0.128/25"}]
    assert (outputs["driver"], outputs["scope"], outputs["ipamConfigs"]) == ("bridge", "local", NET["ipamConfigs"])


def test_a_second_network_of_one_name_is_refused(stand_in: DockerStandIn) -> None:
    stand_in.create(NETWORK, {"name": "net"})
    with pytest.raises(Refused, match=r"^a network named net is there already: remove it \(docker network rm net\)"):
        stand_in.create(NETWORK, {"name": "net"})


def test_a_subnet_that_is_taken_is_refused_in_words(stand_in: DockerStandIn) -> None:
    stand_in.create(NETWORK, NET)
    with pytest.raises(Refused, match=r"the subnet overlaps with that of another network"):
        stand_in.create(NETWORK, {"name": "other", "ipamConfigs": [{"subnet": "10.91.0.0/16"}]})


def test_a_network_with_a_stranger_in_it_is_not_removed(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(NETWORK, NET)
    with engine.client() as client:
        client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, network="net")
    with pytest.raises(
        Refused, match=r"^the network net still has containers that belong to no resource of this stack"
    ):
        stand_in.delete(NETWORK, identifier, outputs)


def test_a_volume_is_as_the_program_says_and_is_gone_after_its_delete(
    engine: DockerEngine, stand_in: DockerStandIn
) -> None:
    identifier, outputs = stand_in.create(VOLUME, DATA)
    with engine.client() as client:
        seen = client.volumes.get("data").attrs
    assert (identifier, seen["Labels"]) == ("data", {"dify.part": "postgres-a"})
    assert (outputs["driver"], outputs["mountpoint"]) == ("local", seen["Mountpoint"])
    stand_in.delete(VOLUME, identifier, outputs)
    with engine.client() as client, pytest.raises(NotFound):
        client.volumes.get("data")


def test_a_volume_that_outlived_its_stack_is_found_again_with_its_data(stand_in: DockerStandIn) -> None:
    mounts = [{"type": "volume", "source": "data", "target": "/data"}]
    once: Properties = {
        "name": "once",
        "image": BUSYBOX,
        "mustRun": False,
        "attach": True,
        "logs": True,
        "mounts": mounts,
    }
    stand_in.create(VOLUME, DATA)
    identifier, outputs = stand_in.create(CONTAINER, {**once, "command": ["touch", "/data/kept"]})
    stand_in.delete(CONTAINER, identifier, outputs)
    assert stand_in.create(VOLUME, DATA)[0] == "data"
    _, outputs = stand_in.create(CONTAINER, {**once, "command": ["stat", "-c", "%n", "/data/kept"]})
    assert outputs["containerLogs"] == "/data/kept\n"


def test_a_volume_that_a_stranger_uses_is_not_removed(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(VOLUME, DATA)
    with engine.client() as client:
        client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, volumes={"data": {"bind": "/data", "mode": "rw"}})
    with pytest.raises(Refused, match=r"^the volume data is used by the container [0-9a-f]{12}, which belongs to no"):
        stand_in.delete(VOLUME, identifier, outputs)


@pytest.mark.parametrize(("token", "given"), [(NETWORK, NET), (VOLUME, DATA), (IMAGE, {"name": "gone:1"})])
def test_what_was_removed_by_hand_is_gone_and_deleted_without_an_error(
    engine: DockerEngine, stand_in: DockerStandIn, token: str, given: Properties
) -> None:
    with engine.client() as client:
        client.images.get(BUSYBOX).tag("gone", "1")
        identifier, outputs = stand_in.create(token, given)
        assert stand_in.read(token, identifier, given) == (identifier, given)
        api: Any = client.api
        remove = {NETWORK: api.remove_network, VOLUME: api.remove_volume, IMAGE: api.remove_image}
        remove[token](given["name"])
    assert stand_in.read(token, identifier, given)[0] == ""
    stand_in.delete(token, identifier, outputs)


def test_an_image_that_is_there_is_taken_as_it_is(engine: DockerEngine, stand_in: DockerStandIn) -> None:
    identifier, outputs = stand_in.create(IMAGE, {"name": BUSYBOX})
    with engine.client() as client:
        image = client.images.get(BUSYBOX).id
    assert (identifier, outputs["imageId"], outputs["repoDigest"]) == (f"{image}{BUSYBOX}", image, "")


def test_an_image_that_is_nowhere_is_one_clear_line(stand_in: DockerStandIn) -> None:
    with pytest.raises(Refused) as refused:
        stand_in.create(IMAGE, {"name": "registry.invalid/none:1"})
    assert str(refused.value).startswith(
        "the image registry.invalid/none:1 is not on the Docker host and cannot be pulled: "
    )
    assert "\n" not in str(refused.value)


def test_an_image_is_kept_on_the_host_only_where_the_program_says(
    engine: DockerEngine, stand_in: DockerStandIn
) -> None:
    with engine.client() as client:
        for name, keep in (("kept", True), ("dropped", False)):
            client.images.get(BUSYBOX).tag(name, "1")
            identifier, outputs = stand_in.create(IMAGE, {"name": f"{name}:1", "keepLocally": keep})
            stand_in.delete(IMAGE, identifier, outputs)
        assert client.images.get("kept:1")
        client.images.remove("kept:1")
        with pytest.raises(ImageNotFound):
            client.images.get("dropped:1")


def test_what_the_stack_does_not_know_is_not_imported(stand_in: DockerStandIn) -> None:
    with pytest.raises(Refused, match=r"^the stand-in for Docker imports nothing: data$"):
        stand_in.read(VOLUME, "data", {})


@pytest.mark.parametrize(("token", "given"), [(NETWORK, NET), (VOLUME, DATA), (CONTAINER, SLEEPER)])
def test_a_preview_makes_nothing_and_needs_no_docker(token: str, given: Properties) -> None:
    identifier, outputs = DockerStandIn("unix:///nowhere/docker.sock").create(token, given, preview=True)
    assert identifier == ""
    assert UNKNOWN in outputs.values()
