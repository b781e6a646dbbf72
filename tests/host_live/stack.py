"""The stack of one Docker host, brought up by the real Pulumi engine on a Docker Engine of the tests' own."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

import yaml
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from dify.nginx import READY_FOLDER
from dify.releases import RELEASES
from operations.__main__ import main as operations
from operations.host.backups import PART as BACKUP
from operations.host.backups import SCRIPT as BACKUP_SCRIPT
from operations.host.docker_host import DockerHost, wait_for
from operations.host.part import ONE_OFF
from operations.host.postgres_pair import PostgresPair
from operations.host.release import unwell
from sandbox.workspace import ONE_CHECKPOINT, Workspace, providers
from tests.engine.sandboxes import ROOT, Done, Place
from tests.host_live.load import Address
from tests.servers import host_images
from tests.servers.certificates import server_certificate
from tests.servers.docker_engine import LINKS, DockerEngine

STACK = "host"
DOMAIN = "dify.example.com"
OLD, NEW = "1.17.0", "1.17.1"

SMALL: Mapping[str, Any] = {
    "dify:services": {
        "web": {"memoryMib": 256},
        "api": {"memoryMib": 512},
        "worker": {"memoryMib": 512},
        "beat": {"memoryMib": 256},
        "collaboration": {"memoryMib": 256},
        "pluginDaemon": {"memoryMib": 512},
        "sandbox": {"memoryMib": 256},
        "ssrfProxy": {"memoryMib": 256},
        "nginx": {"memoryMib": 128},
    },
    "dify:database": {"memoryMib": 1024, "poolSize": 5, "maxOverflow": 5},
    "dify:cache": {"memoryMib": 256},
    "dify:backups": {"memoryMib": 256},
}
"""The production plan of 32 GiB on a machine of 11."""

_PROD_OPEN_FILES = 65_536

_LOOK_SECONDS = 0.1

WELL_SECONDS = 300
"""Until a test gives up on a stack that does not become well; nothing is measured by it."""


@dataclass
class HostStack:
    """Pulumi's view of the stack, Docker's and its users'."""

    engine: DockerEngine
    place: Place
    host: DockerHost
    folder: Path
    docker: str = ""
    """Where operations are told that Docker is; the engine's by default."""

    @property
    def pair(self) -> PostgresPair:
        """Its databases."""
        return PostgresPair(host=self.host)

    @property
    def address(self) -> Address:
        """Where users reach it, by the name and the certificate that it has."""
        return Address(ip=self.engine.address, port=443, domain=DOMAIN, authority=self.folder / "ca.pem")

    def sql(self, statement: str, database: str = "dify") -> str:
        """The single value of `statement` on the primary."""
        return self.pair.value(self.pair.named_primary(), statement, database)

    def column(self, statement: str, node: str | None = None) -> set[str]:
        """The values of `statement`'s single column, on the primary or on `node`."""
        return set(self.pair.value(node or self.pair.named_primary(), statement, "dify").split())

    def ask(self, method: str, path: str, body: str = "") -> BaseHTTPResponse:
        """One request of a user."""
        with self.address.pool() as pool:
            return pool.request(method, path, body=body)

    def arrivals(self, path: str) -> list[float]:
        """When each event of a streamed answer arrived."""
        found: list[float] = []
        with self.address.pool() as pool:
            answer = pool.urlopen("GET", path, preload_content=False)
            for part in answer.read_chunked():
                found += [time.monotonic()] * part.count(b"data: ")
        return found

    def arguments(self) -> Generator[str]:
        """The command line of every process of the machine, which every user of it can read."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                yield (process / "cmdline").read_bytes().decode(errors="replace")

    def restart(self, part: str) -> None:
        """Stop and start `part` as `docker restart` does."""
        self.host.stop(part)
        self.host.start(part)

    @contextmanager
    def watched(self, kinds: Sequence[str]) -> Generator[set[str]]:
        """Kinds of which no instance was running at some moment of the block."""
        missing: set[str] = set()
        ended = threading.Event()

        def watch() -> None:
            with DockerHost.reach(self.engine.host, STACK) as own:
                while not ended.wait(_LOOK_SECONDS):
                    listed = own.client.containers(filters={"label": f"dify.stack={STACK}"})
                    missing.update(set(kinds) - {one["Labels"]["dify.kind"] for one in listed})

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield missing
        finally:
            ended.set()
            watcher.join()

    def kill(self, part: str) -> None:
        """End what runs in `part` as a crash does: Docker starts it again by itself."""
        process = self.host.inspect(part)["State"]["Pid"]
        os.kill(process, 9)

    def ready(self) -> set[str]:
        """The instances that nginx asks."""
        return set(self.host.output("nginx", "ls", READY_FOLDER).split())

    @contextmanager
    def hanging(self, part: str) -> Generator[None]:
        """`part` takes connections and answers nothing while the block lasts; its checks go on."""
        top = self.host.client.top(self.host.part(part).container)
        column, command = top["Titles"].index("PID"), top["Titles"].index("CMD")
        service = [int(one[column]) for one in top["Processes"] if "dify_stand_in" in one[command]]
        for process in service:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in service:
                os.kill(process, signal.SIGCONT)

    def wait_well(self, *, but: str = "") -> None:
        """Every part is healthy, `but` one that is looked at too seldom, and a standby streams."""
        wait_for("every part is well", lambda: {*unwell(self.host)} <= {but}, seconds=WELL_SECONDS)
        wait_for("a standby streams", lambda: self.pair.streams(self.pair.named_primary()), seconds=WELL_SECONDS)

    def wait_served(self) -> None:
        """A row of a user is taken."""

        def taken() -> bool:
            try:
                return self.ask("PUT", "/v1/rows/served", "yes").status == 200
            except HTTPError:
                return False

        wait_for("users are served", taken, seconds=WELL_SECONDS)

    def wait_backed_up(self) -> None:
        """The schedule has made its first backup of each kind."""
        wait_for(
            "backups are made",
            lambda: self.host.run(BACKUP, "bash", BACKUP_SCRIPT, "check").code == 0,
            seconds=WELL_SECONDS,
        )

    def containers(self) -> dict[str, str]:
        """Docker's id of each part's container."""
        return {part.name: self.host.inspect(part.name)["Id"] for part in self.host.parts()}

    def running(self) -> set[str]:
        """Parts that run."""
        return {part.name for part in self.host.parts() if part.state == "running" and part.kind not in ONE_OFF}

    def operate(self, *call: str) -> int:
        """`python -m operations`, as a person on the host calls it; gives its exit code."""
        command, *options = call
        before = Path.cwd()
        os.chdir(self.place.workspace.home)
        try:
            state = ["--docker-host", self.docker or self.engine.host, "--state-folder", str(self.folder / "journals")]
            return operations([command, STACK, *options, *state])
        finally:
            os.chdir(before)

    def pulumi(self) -> Path:
        """A `pulumi` for operations that works on this stack's own state and settings."""
        workspace, program = self.place.workspace, self.folder / "pulumi"
        variables = {name: value for name, value in workspace.variables().items() if os.environ.get(name) != value}
        executable = workspace.command(["up"])[0]
        after = ["--cwd", str(ROOT), "--config-file", str(workspace.config_file)]
        program.write_text(
            f"#!{sys.executable}\nimport os, sys\nos.environ.update({variables!r})\n"
            f"os.execv({executable!r}, [{executable!r}, *sys.argv[1:], *{after!r}])\n"
        )
        program.chmod(0o755)
        return program


def settings(engine: DockerEngine, folder: Path, changes: Mapping[str, Any]) -> str:
    """The stack file of the repository, changed only where this machine must be told from a real host, and by
    `changes`."""
    text = (ROOT / f"Pulumi.{STACK}.yaml").read_text(encoding="utf-8")
    config: dict[str, Any] = yaml.safe_load(text)["config"]
    config["dify:release"] = OLD
    config["dify:host"] = {**config["dify:host"], "docker": engine.host, "memoryGib": 11}
    _, descriptors = getrlimit(RLIMIT_NOFILE)
    if descriptors < _PROD_OPEN_FILES:
        # Not even root may give a container more where it lacks CAP_SYS_RESOURCE.
        config["dify:environment"], config["dify:host"]["openFiles"] = "staging", descriptors
    config["dify:tls"] = {"certificateFile": str(folder / "server.pem"), "keyFile": str(folder / "server.key")}
    # Every request of the load comes from one machine, in the name of many.
    config["dify:requests"] = {"trustedProxies": [str(LINKS)]}
    return yaml.safe_dump({"config": {**config, **SMALL, **changes}})


@contextmanager
def empty_host(engine: DockerEngine, folder: Path, changes: Mapping[str, Any]) -> Generator[HostStack]:
    """A host without an image, and a stack that is not brought up."""
    server_certificate(folder, DOMAIN)
    file = folder / "settings.yaml"
    file.write_text(settings(engine, folder, changes), encoding="utf-8")
    with providers() as variables, DockerHost.reach(engine.host, STACK) as host:
        place = Place(Workspace(ROOT, STACK, folder / "home", file, {**variables, **ONE_CHECKPOINT}))
        place.workspace.create()
        yield HostStack(engine, place, host, folder)


@contextmanager
def host_stack(engine: DockerEngine, folder: Path, changes: Mapping[str, Any]) -> Generator[HostStack]:
    """An empty host with the images of two releases, and a stack that is not brought up yet."""
    for release in (OLD, NEW):
        host_images.load(engine.host, RELEASES[release])
    with empty_host(engine, folder, changes) as made:
        yield made


def brought_up(stack: HostStack) -> Done:
    """What `pulumi up` did, which ends well."""
    done = stack.place.up()
    assert done.code == 0, done.text
    return done


def state_text(stack: HostStack) -> str:
    """The exported state, as whoever has it can read it."""
    exported = stack.place.workspace.run(["stack", "export", "--show-secrets"], check=True)
    return json.dumps(json.loads(exported.stdout))


def secrets_of(stack: HostStack) -> dict[str, str]:
    """Every generated value, and the private key, as the secret keeper has them."""
    ran = stack.host.one_off("secret-keeper", ("cat", "/volumes/secrets-keeper/values.json"), user="0", volumes={})
    assert ran.code == 0, ran.error
    key = (stack.folder / "server.key").read_text(encoding="utf-8").splitlines()[1]
    return {**json.loads(ran.output), "key of the certificate": key}
