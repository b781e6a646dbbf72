"""A Docker Engine of the tests' own: no container, network, image or firewall rule of the machine is touched."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from secrets import token_hex
from typing import Any

import docker
import pytest
from docker.client import DockerClient
from docker.errors import APIError, DockerException, NotFound

from tests.servers.process import ServerMissingError, find_program, run_as, running, server_folder

BUSYBOX = "busybox.invalid/busybox:test"
"""The image that every engine has: one static program and nothing else. Its registry does not exist."""

LINKS = IPv4Network("10.213.0.0/16")
"""Of this range come the two addresses between an engine and the tests."""


_STOP_SECONDS = 150.0
"""Containers are given their own time to end."""


class DockerImpossibleError(Exception):
    """This machine or user cannot run an engine of its own; the message says why."""


@dataclass
class DockerEngine:
    """A running engine with its data in `folder`. It has a network of its own without a way out, in which published
    ports are reached at `address`; `own` are its names in containerd. `process` is 0 while it is shut down."""

    host: str
    folder: Path
    own: str = field(default_factory=lambda: f"test-{token_hex(6)}")
    address: str = ""
    process: int = 0
    _running: ExitStack = field(default_factory=ExitStack, repr=False)

    @classmethod
    @contextmanager
    def start(cls) -> Generator["DockerEngine"]:
        """An engine without containers until the block ends.

        Raises DockerImpossibleError, ServerMissingError, ServerFailedError.
        """
        busybox = find_program("busybox")
        _possible()
        with server_folder() as folder:
            engine = cls(f"unix://{folder}/docker.sock", folder)
            try:
                engine.boot()
                try:
                    with engine.client() as client:
                        api: Any = client.api
                        api.import_image_from_data(_one_program(Path(busybox)), *BUSYBOX.rsplit(":", 1))
                    yield engine
                finally:
                    if not engine.process:
                        engine.boot()
                    engine.clear()
            finally:
                engine.shut_down()

    def boot(self) -> None:
        """Start it on the data that it has, as at the start of its machine: its network is a new one."""
        command = [
            *("unshare", "--net", "--mount", "--", find_program("dockerd"), "--host", self.host),
            *("--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/run"),
            *("--pidfile", f"{self.folder}/pid"),
            *("--containerd-namespace", self.own, "--containerd-plugins-namespace", f"{self.own}-plugins"),
            *("--shutdown-timeout", "1"),
        ]
        process = self._running.enter_context(
            running(command, ready=lambda: _answers(self.host), log=self.folder / "log", stop_seconds=_STOP_SECONDS)
        )
        self.process, self.address = process.pid, _linked(process.pid)

    def shut_down(self) -> None:
        """Stop it and all that it runs, as at the end of its machine."""
        self._running.close()
        self.process = 0

    @contextmanager
    def client(self) -> Generator[DockerClient]:
        """docker-py, connected."""
        client = DockerClient(base_url=self.host)
        try:
            yield client
        finally:
            client.close()

    def clear(self) -> None:
        """Remove every container, network and volume."""
        with self.client() as client:
            for container in client.containers.list(all=True):
                # One that removes itself may be at it already.
                with suppress(NotFound, APIError):
                    container.remove(v=True, force=True)
                with suppress(NotFound):
                    container.wait(condition="removed")
            client.networks.prune()
            for volume in client.volumes.list():
                volume.remove(force=True)

    def run_inside(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """Run a program of the machine where published ports are those of localhost."""
        inside = ["nsenter", f"--net=/proc/{self.process}/ns/net", "--", *command]
        return subprocess.run(inside, text=True, capture_output=True, check=False)  # noqa: S603


def _possible() -> None:
    if os.geteuid() != 0:
        raise DockerImpossibleError(
            "an engine of the tests' own needs root: run the tests as root, in a virtual machine"
        )
    for needed in ("unshare", "nsenter", "ip"):
        if shutil.which(needed) is None:
            raise ServerMissingError(f"{needed} is not installed: it comes with util-linux or iproute2")
    tried = subprocess.run(["unshare", "--net", "--mount", "true"], text=True, capture_output=True, check=False)  # noqa: S607
    if tried.returncode:
        raise DockerImpossibleError(f"no network of its own for an engine here: {tried.stderr.strip()}")


def _linked(process: int) -> str:
    """Join the engine's network and the tests' by a cable, which is gone when the engine is. Gives the far address."""
    near, far = f"dk{process}", f"dk{process}p"
    first = int(LINKS.network_address) + 4 * (process % (LINKS.num_addresses // 4))
    pair = list(IPv4Network((first, 30)).hosts())
    inside = ["nsenter", f"--net=/proc/{process}/ns/net", "--", "ip"]
    for command in (
        ["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", str(process)],
        ["ip", "address", "add", f"{pair[0]}/30", "dev", near],
        ["ip", "link", "set", near, "up"],
        [*inside, "address", "add", f"{pair[1]}/30", "dev", far],
        [*inside, "link", "set", far, "up"],
        [*inside, "link", "set", "lo", "up"],
    ):
        run_as(command)
    return str(pair[1])


def _answers(host: str) -> bool:
    try:
        client = docker.DockerClient(base_url=host)
    except DockerException:
        return False
    client.close()
    return True


def _one_program(busybox: Path) -> bytes:
    """A root file system as an archive: the program and its names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in ("bin", "tmp", "etc", "data"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(busybox.resolve(), "bin/busybox")
        for name in ("sh", "sleep", "cat", "env", "id", "true", "false", "httpd", "wget", "nslookup", "stat", "touch"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return archive.getvalue()


REQUIRED = "REQUIRE_DOCKER"
"""The variable that makes it a failure, where it is 1, when an engine cannot run: nothing is skipped unseen in CI."""


def started() -> Generator[DockerEngine]:
    """The body of a fixture: an engine, or the reason why the tests that need one are skipped here."""
    try:
        with DockerEngine.start() as engine:
            yield engine
    except DockerImpossibleError as why:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1: {why}", pytrace=False)
        pytest.skip(str(why))
