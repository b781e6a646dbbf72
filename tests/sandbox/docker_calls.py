"""Calls of the stand-in docker provider that has a Docker host, without an engine of Pulumi."""

from dataclasses import dataclass, field
from typing import Any

from provider_calls import Call, provider, urn
from pulumi.runtime.proto import provider_pb2

from sandbox.properties import Properties, decode, encode
from sandbox.stand_in import StandIn
from tests.servers.docker_engine import BUSYBOX, DockerEngine

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
IMAGE = "docker:index/remoteImage:RemoteImage"

SLEEPER: Properties = {"name": "sleeper", "image": BUSYBOX, "command": ["sleep", "600"]}
"""A container that only is there."""


class Waiting(Call):
    """A caller that waits for the answer as long as `patient`."""

    patient = True

    def is_active(self) -> bool:
        return self.patient


@dataclass
class DockerStandIn:
    """The provider with `host`, and short words for its calls."""

    host: str
    call: Waiting = field(default_factory=Waiting)
    provider: StandIn = field(default_factory=lambda: provider("docker"))

    def __post_init__(self) -> None:
        self.provider.Configure(provider_pb2.ConfigureRequest(args=encode({"host": self.host})), self.call)

    def check(self, token: str, inputs: Properties) -> dict[str, str]:
        """Reasons by path."""
        request = provider_pb2.CheckRequest(urn=urn(token), news=encode(inputs))
        answer: Any = self.provider.Check(request, self.call)
        return {failure.property: failure.reason for failure in answer.failures}

    def create(self, token: str, inputs: Properties, *, preview: bool = False) -> tuple[str, Properties]:
        """Id and outputs."""
        request = provider_pb2.CreateRequest(urn=urn(token), properties=encode(inputs), preview=preview)
        answer: Any = self.provider.Create(request, self.call)
        return answer.id, decode(answer.properties)

    def diff(self, token: str, before: Properties, after: Properties, *, state: Properties | None = None) -> Any:
        return self.provider.Diff(
            provider_pb2.DiffRequest(
                urn=urn(token), old_inputs=encode(before), news=encode(after), olds=encode(state or before)
            ),
            self.call,
        )

    def update(self, token: str, identifier: str, before: Properties, inputs: Properties) -> Properties:
        """Outputs."""
        request = provider_pb2.UpdateRequest(urn=urn(token), id=identifier, olds=encode(before), news=encode(inputs))
        answer: Any = self.provider.Update(request, self.call)
        return decode(answer.properties)

    def read(self, token: str, identifier: str, inputs: Properties) -> tuple[str, Properties]:
        """Id, empty where it is gone, and inputs."""
        request = provider_pb2.ReadRequest(urn=urn(token), id=identifier, inputs=encode(inputs))
        answer: Any = self.provider.Read(request, self.call)
        return answer.id, decode(answer.inputs)

    def delete(self, token: str, identifier: str, state: Properties) -> None:
        self.provider.Delete(
            provider_pb2.DeleteRequest(urn=urn(token), id=identifier, properties=encode(state)), self.call
        )

    def run_to_its_end(self, *command: str, **inputs: Any) -> Properties:
        """Outputs of a container that runs `command`."""
        given = {"name": "one", "image": BUSYBOX, "command": list(command), "mustRun": False, "attach": True}
        return self.create(CONTAINER, {**given, "logs": True, **inputs})[1]


def inspected(engine: DockerEngine, name: str) -> Any:
    """All that Docker knows of a container."""
    with engine.client() as client:
        return client.containers.get(name).attrs
