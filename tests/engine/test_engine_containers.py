"""The real engine, the stand-in provider and a real Docker Engine: what an operator of one host relies on."""

from pathlib import Path

import pytest
from docker.errors import NotFound
from sandboxes import ROOT, Place

from sandbox.workspace import Workspace
from tests.servers.docker_engine import BUSYBOX, DockerEngine, started

pytestmark = pytest.mark.engine

WRITER = "dify-test-writer"

engine = pytest.fixture(scope="module")(started)


@pytest.fixture
def containers(tmp_path: Path, provider: dict[str, str], engine: DockerEngine) -> Place:
    """The program of containers, on an empty host."""
    engine.clear()
    program = ROOT / "tests" / "engine" / "containers"
    place = Place(Workspace(program, "test", tmp_path / "containers", None, provider))
    place.workspace.create()
    place.configure(host=engine.host, image=BUSYBOX)
    return place


def names(engine: DockerEngine) -> dict[str, str]:
    """State of every container by name."""
    with engine.client() as client:
        return {one.name or "": one.status for one in client.containers.list(all=True)}


def outputs(place: Place) -> dict[str, object]:
    (stack,) = [one for one in place.resources() if one["type"] == "pulumi:pulumi:Stack"]
    return stack["outputs"]


def test_a_preview_needs_no_docker_and_an_up_says_that_there_is_none(containers: Place, tmp_path: Path) -> None:
    containers.configure(host=f"unix://{tmp_path}/none.sock", image=BUSYBOX)
    previewed = containers.preview()
    assert previewed.code == 0, previewed.text
    assert previewed.names("create") >= {"image", "network", "volume", "writer", "reader"}
    failed = containers.up()
    assert failed.code != 0
    assert f"the Docker host unix://{tmp_path}/none.sock cannot be reached: No such file or directory" in failed.text
    assert "Traceback" not in failed.text


def test_what_was_brought_up_runs_in_order_and_has_no_changes(containers: Place, engine: DockerEngine) -> None:
    brought = containers.up()
    assert brought.code == 0, brought.text
    assert names(engine) == {WRITER: "running", "dify-test-reader": "exited"}
    assert outputs(containers) == {"read": "first\n", "code": 0}
    assert containers.preview("--expect-no-changes", "--refresh").code == 0
    again = containers.up("--expect-no-changes")
    assert again.code == 0, again.text


def test_a_changed_variable_replaces_under_the_same_name_and_a_limit_does_not(
    containers: Place, engine: DockerEngine
) -> None:
    assert containers.up().code == 0
    containers.configure(host=engine.host, image=BUSYBOX, text="second", memory="96")
    replaced = containers.up()
    assert replaced.code == 0, replaced.text
    assert outputs(containers)["read"] == "first\nsecond\n"
    assert set(names(engine)) == {WRITER, "dify-test-reader"}
    with engine.client() as client:
        before = client.containers.get(WRITER).id
    containers.configure(host=engine.host, image=BUSYBOX, text="second", memory="80")
    updated = containers.up()
    assert updated.code == 0, updated.text
    assert updated.names("update") == {"writer"}
    with engine.client() as client:
        writer = client.containers.get(WRITER)
    assert (writer.id, writer.attrs["HostConfig"]["Memory"]) == (before, 80 << 20)


def test_what_was_stopped_or_removed_by_hand_comes_back(containers: Place, engine: DockerEngine) -> None:
    assert containers.up().code == 0
    with engine.client() as client:
        writer = client.containers.get(WRITER)
        writer.kill()
        writer.wait()
    started_again = containers.up("--refresh")
    assert started_again.code == 0, started_again.text
    with engine.client() as client:
        assert client.containers.get(WRITER).id == writer.id
    assert names(engine)[WRITER] == "running"
    with engine.client() as client:
        client.containers.get(WRITER).remove(force=True)
    made_again = containers.up("--refresh")
    assert made_again.code == 0, made_again.text
    assert made_again.operations[next(urn for urn in made_again.operations if urn.endswith("::writer"))] == "create"
    assert names(engine)[WRITER] == "running"


def test_a_failed_container_leaves_nothing_and_the_next_up_goes_on(containers: Place, engine: DockerEngine) -> None:
    with engine.client() as client:
        stranger = client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, name=WRITER)
    failed = containers.up()
    assert failed.code != 0
    assert f"a container named {WRITER} ({(stranger.id or '')[:12]}) is there already: remove it" in failed.text
    assert "Traceback" not in failed.text
    with engine.client() as client:
        client.containers.get(WRITER).remove(force=True)
    finished = containers.up()
    assert finished.code == 0, finished.text
    assert finished.names("same") >= {"network", "volume", "image"}


def test_a_destroy_leaves_the_volume_that_is_kept_with_its_data(containers: Place, engine: DockerEngine) -> None:
    assert containers.up().code == 0
    destroyed = containers.destroy()
    assert destroyed.code == 0, destroyed.text
    assert names(engine) == {}
    with engine.client() as client:
        assert client.volumes.get("dify-test-data")
        with pytest.raises(NotFound):
            client.networks.get("dify-test")
    again = containers.up()
    assert again.code == 0, again.text
    assert outputs(containers)["read"] == "first\nfirst\n"
