"""The Docker host as operations see it: the parts of one stack, found by the labels that the program gives them."""

import io
import tarfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, cast

from docker import errors

from operations.host.docker_exec import ExecClient
from operations.host.part import KIND, PART, STACK, Part, Ran, Use, part_of, use_of
from operations.outcome import FailedError

SOCKET = "unix:///var/run/docker.sock"
"""Where Docker listens unless told otherwise (Docker documentation, dockerd, "Daemon socket option")."""


class DockerHost:
    """One stack on one Docker host. Every method raises FailedError in one line where Docker does not do it."""

    def __init__(self, client: Any, stack: str, address: str) -> None:
        self.client = client
        self.stack = stack
        self.address = address

    @classmethod
    @contextmanager
    def reach(cls, address: str, stack: str) -> Generator["DockerHost"]:
        """The host at `address`, closed when the block ends. Raises FailedError where no Docker answers."""
        try:
            client: Any = ExecClient(base_url=address, version="auto", use_ssh_client=True)
        except (errors.DockerException, ValueError, OSError) as error:
            cause = _innermost(error)
            raise FailedError(
                f"Docker at {address}: got {cause}; operations need a running Docker; start it, "
                "or name another with --docker-host or DOCKER_HOST"
            ) from None
        try:
            yield cls(client, stack, address)
        finally:
            client.close()

    @property
    def prefix(self) -> str:
        """What names of the stack's containers and volumes begin with."""
        return f"dify-{self.stack}"

    def parts(self) -> tuple[Part, ...]:
        """Every container of the stack by name, running or not."""
        with self._asking("listing containers"):
            found = self.client.containers(all=True, filters={"label": f"{STACK}={self.stack}"})
            return tuple(
                sorted((part_of(self.client.inspect_container(one["Id"])) for one in found), key=lambda part: part.name)
            )

    def find(self, name: str) -> Part | None:
        """The part `name`, None where there is none."""
        label = [f"{STACK}={self.stack}", f"{PART}={name}"]
        with self._asking(f"looking for {name}"):
            found = self.client.containers(all=True, filters={"label": label})
            return part_of(self.client.inspect_container(found[0]["Id"])) if found else None

    def part(self, name: str) -> Part:
        """The part `name`."""
        return self.find(name) or self._missing(name)

    def inspect(self, name: str) -> dict[str, Any]:
        """All that Docker knows of the container of the part `name`."""
        with self._asking(f"inspecting {name}"):
            return self.client.inspect_container(self.part(name).container)

    def start(self, name: str) -> None:
        """Start the part `name`; nothing to do where it runs."""
        with self._asking(f"starting {name}"):
            self.client.start(self.part(name).container)

    def stop(self, name: str) -> None:
        """Stop the part `name` with the grace it was made with; nothing to do where it does not run."""
        with self._asking(f"stopping {name}"):
            # The client's own patience must outlast the grace that the container was made with.
            grace = self.inspect(name)["Config"].get("StopTimeout") or 10
            self.client.stop(self.part(name).container, timeout=grace)

    def remove(self, name: str) -> None:
        """Remove a container of the stack; one that is not there is removed already."""
        with self._asking(f"removing {name}"):
            self._remove(f"{self.prefix}-{name}")

    def run(self, name: str, *command: str, environment: dict[str, str] | None = None) -> Ran:
        """Run `command` in the running part `name` to its end."""
        with self._asking(f"{name}: running {command[0]}"):
            made = self.client.exec_create(self.part(name).container, list(command), environment=environment or {})
            said = list(self.client.exec_pieces(made["Id"]))
            code = self.client.exec_inspect(made["Id"])["ExitCode"]
        output, error = (b"".join(pieces) for pieces in zip(*said, strict=True)) if said else (b"", b"")
        return Ran(code=code, output=_text(output), error=_text(error))

    def output(self, name: str, *command: str) -> str:
        """What `command` printed in the part `name`."""
        ran = self.run(name, *command)
        if ran.code:
            raise FailedError(f"{self.prefix}-{name}: {command[0]}: {ran.why}")
        return ran.output

    def stream(self, name: str, *command: str) -> Iterator[bytes]:
        """What `command` prints in the part `name`, as it comes."""
        with self._asking(f"{name}: running {command[0]}"):
            made = self.client.exec_create(self.part(name).container, list(command))
            errors_said = b""
            for output, error in self.client.exec_pieces(made["Id"]):
                errors_said = (errors_said + error)[-2000:]
                if output:
                    yield output
            code = self.client.exec_inspect(made["Id"])["ExitCode"]
        if code:
            ran = Ran(code=code, output="", error=_text(errors_said))
            raise FailedError(f"{self.prefix}-{name}: {command[0]}: {ran.why}")

    def read(self, name: str, path: str) -> bytes | None:
        """The content of the file at `path` of the part `name`, also of one that is stopped; None where it is not."""
        part = self.part(name)
        try:
            stream, _ = self.client.get_archive(part.container, path)
            archive = b"".join(stream)
        except errors.NotFound:
            return None
        except (errors.DockerException, OSError) as error:
            raise FailedError(f"{part.container}: reading {path}: {_innermost(error)}") from None
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            file = packed.extractfile(packed.getmembers()[0])
            return file.read() if file else None

    def bring(self, name: str, folder: str, archive: object) -> None:
        """Unpack the tar `archive` (bytes or a file) into `folder`, a place in a volume of the part `name`."""
        with self._asking(f"{name}: writing to {folder}"):
            self.client.put_archive(self.part(name).container, folder, archive)

    def one_off(
        self,
        like: str,
        command: Sequence[str],
        *,
        user: str,
        environment: Mapping[str, str] | None = None,
        volumes: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run `command` to its end beside the part `like`: its image, variables and volumes, in a container without a
        network that is removed afterwards. One that a crash left behind is removed first.

        `volumes` are further volumes by place, named by their part, with `:ro` to only read; root may also give files
        to others.
        """
        name = f"{self.prefix}-operation"
        with self._asking(f"running {command[0]} with the volumes of {like}"):
            self._remove(name)
            known = self.inspect(like)
            given: dict[str, str] = {}
            for place, volume in (volumes or {}).items():
                named, _, mode = volume.partition(":")
                given[place] = f"{self.prefix}-{named}:{place}:{mode or 'rw'}"
            made = self.client.create_container(
                image=known["Image"],
                name=name,
                entrypoint=list(command),
                command=[],
                user=user,
                environment=[
                    *known["Config"]["Env"],
                    *(f"{key}={value}" for key, value in (environment or {}).items()),
                ],
                labels={STACK: self.stack, PART: "operation", KIND: "operation"},
                host_config=self.client.create_host_config(
                    network_mode="none",
                    binds=list({**_binds(known["Mounts"]), **given}.values()),
                    cap_drop=["ALL"],
                    cap_add=["CHOWN", "DAC_OVERRIDE", "FOWNER"] if user == "0" else [],
                    security_opt=["no-new-privileges"],
                    tmpfs={"/tmp": "", "/var/run/postgresql": "mode=1777"},  # noqa: S108  the container's own
                    read_only=True,
                    init=True,
                ),
            )
            try:
                self.client.start(made["Id"])
                code = self.client.wait(made["Id"], timeout=None)["StatusCode"]
                said = [_text(self.client.logs(made["Id"], stdout=out, stderr=not out)) for out in (True, False)]
            finally:
                self._remove(name)
        return Ran(code=code, output=said[0], error=said[1])

    def use(self, part: Part) -> Use | None:
        """What `part` takes now; None where it does not run. Docker measures for a second."""
        if part.state != "running":
            return None
        with self._asking(f"measuring {part.name}"):
            return use_of(self.client.stats(part.container, stream=False))

    def pull(self, image: str) -> None:
        """Bring `image` to the host; nothing to do where it is."""
        with self._asking(f"pulling {image}"):
            try:
                self.client.inspect_image(image)
            except errors.ImageNotFound:
                repository, _, tag = image.rpartition(":")
                self.client.pull(repository, tag=tag)

    def image_sizes(self, images: Iterable[str]) -> int:
        """Bytes of `images` together; layers that they share count each time."""
        with self._asking("measuring images"):
            return sum(self.client.inspect_image(image)["Size"] for image in images)

    def info(self) -> dict[str, Any]:
        """What Docker says of itself and its machine."""
        with self._asking("asking for its version"):
            return self.client.info()

    def published(self) -> Iterator[tuple[str, str | None, str, int]]:
        """TCP ports that containers of any stack publish: container, its stack, address, port."""
        with self._asking("listing containers"):
            running = self.client.containers()
        for one in running:
            for port in one["Ports"]:
                if port.get("PublicPort") and port["Type"] == "tcp":
                    labels = cast("dict[str, str]", one["Labels"] or {})
                    yield one["Names"][0].removeprefix("/"), labels.get(STACK), port.get("IP", ""), port["PublicPort"]

    def volumes(self) -> dict[str, dict[str, str]]:
        """Names of the stack's volumes, each with its labels."""
        with self._asking("listing volumes"):
            found = self.client.volumes(filters={"label": f"{STACK}={self.stack}"})["Volumes"]
        volumes = cast("list[dict[str, Any]]", found or [])
        return {one["Name"]: one["Labels"] or {} for one in volumes}

    def volume_sizes(self) -> dict[str, int]:
        """Bytes in each of the stack's volumes; Docker counts them file by file."""
        with self._asking("measuring volumes"):
            measured = cast("list[dict[str, Any]]", self.client.df()["Volumes"] or [])
        ours = self.volumes()
        return {one["Name"]: one["UsageData"]["Size"] for one in measured if one["Name"] in ours and one["UsageData"]}

    def _missing(self, name: str) -> NoReturn:
        raise FailedError(
            f"{self.prefix}-{name}: there is no such container on {self.address}; "
            f"`pulumi up --stack {self.stack}` makes it"
        )

    def _remove(self, container: str) -> None:
        try:
            self.client.remove_container(container, force=True)
        except errors.NotFound:
            return

    @contextmanager
    def _asking(self, what: str) -> Generator[None]:
        try:
            yield
        except (errors.DockerException, OSError) as error:
            raise FailedError(f"Docker at {self.address}: {what}: {_innermost(error)}") from None


def wait_for(what: str, is_so: Callable[[], bool], *, seconds: float) -> None:
    """Come back when `is_so()`. Raises FailedError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise FailedError(f"{what}: not so after {seconds:.0f} s")
        time.sleep(_PAUSE_SECONDS)


_PAUSE_SECONDS = 0.5


def _binds(mounts: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Place -> the mount there, as Docker takes it."""
    return {
        mount["Destination"]: f"{mount.get('Name') or mount['Source']}:{mount['Destination']}:"
        + ("rw" if mount["RW"] else "ro")
        for mount in mounts
        if mount["Type"] in ("volume", "bind")
    }


def _text(said: bytes | None) -> str:
    return (said or b"").decode(errors="replace")


def _innermost(error: BaseException) -> str:
    """The cause in one line: docker-py wraps what the socket said several times."""
    if isinstance(error, errors.APIError):
        return str(cast("Any", error).explanation or error).strip().replace("\n", " ")
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).strip().replace("\n", " ")
