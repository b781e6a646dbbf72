"""A network without a way out, made by a real Docker Engine as the program says."""

import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest

from components.docker_host.networks import CLOSED
from tests.components.host_graphs import host_graph
from tests.servers.docker_engine import BUSYBOX, DockerEngine, started
from tests.servers.process import running

PORT = 9999
_SERVES = ("-m", "http.server", str(PORT), "--directory", "/dev/null")
_CONNECTS = f"import socket, sys; socket.create_connection((sys.argv[1], {PORT}), timeout=5)"

pytestmark = pytest.mark.engine

engine = pytest.fixture(scope="module")(started)


@pytest.fixture
def made(engine: DockerEngine) -> Generator[dict[str, dict[str, Any]]]:
    """The closed networks of the program by name, and all that Docker knows of them."""
    wanted = [one.inputs for one in host_graph().of("index/network:Network") if one.inputs["internal"]]
    with engine.client() as client:
        api: Any = client.api
        for one in wanted:
            api.create_network(one["name"], driver="bridge", internal=True, options=one.get("options"))
        yield {one["name"]: api.inspect_network(one["name"]) for one in wanted}
    engine.clear()


def _reached(process: int, address: str) -> bool:
    """Whether a server at `address` is reached from where `process` is."""
    inside = ["nsenter", f"--net=/proc/{process}/ns/net", "--", sys.executable, "-c", _CONNECTS, address]
    return subprocess.run(inside, capture_output=True, check=False).returncode == 0  # noqa: S603


def test_the_host_is_not_reached_from_a_closed_network(engine: DockerEngine, made: dict[str, dict[str, Any]]) -> None:
    on_the_host = ["nsenter", f"--net=/proc/{engine.process}/ns/net", "--", sys.executable, *_SERVES]
    assert len(made) == len(CLOSED)
    with (
        engine.client() as client,
        running(on_the_host, ready=lambda: _reached(engine.process, engine.address), log=engine.folder / "served"),
    ):
        for name, network in made.items():
            container = client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, network=name)
            container.reload()
            process = container.attrs["State"]["Pid"]
            for address in (network["IPAM"]["Config"][0]["Gateway"], engine.address):
                assert not _reached(process, address), f"{name} reaches the host at {address}"


def test_neighbours_in_a_closed_network_reach_each_other_by_name(
    engine: DockerEngine, made: dict[str, dict[str, Any]]
) -> None:
    with engine.client() as client:
        for name in made:
            neighbour = client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, network=name, name=f"in-{name}")
            neighbour.reload()
            address = neighbour.attrs["NetworkSettings"]["Networks"][name]["IPAddress"]
            asks: Any = client.containers.run(BUSYBOX, ["sleep", "600"], detach=True, network=name)
            said: bytes = asks.exec_run(["nslookup", "-type=a", f"in-{name}"]).output
            assert f"Address: {address}" in said.decode()
