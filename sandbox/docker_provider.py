"""A stand-in for the docker provider.

Without a `host` it talks to no Docker: it pulls, builds, tags and pushes nothing, and its digests and image ids are
invented. A provider resource with a `host` makes its containers, networks, volumes and pulled images there for real; a
preview needs no Docker in either case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, TypeVar, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox import identifiers
from sandbox.docker_kind import Changing, Kind, in_place
from sandbox.docker_support import ignored, settled, unsupported
from sandbox.faults import InjectedFaultError
from sandbox.properties import Properties, decode, encode
from sandbox.replacements import changed
from sandbox.schema import load
from sandbox.stand_in import Configuration, StandIn, difference

_Answer = TypeVar("_Answer")

_REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"

KINDS: Mapping[str, str] = {
    "docker:index/container:Container": "sandbox.docker_container",
    "docker:index/network:Network": "sandbox.docker_network",
    _REMOTE_IMAGE: "sandbox.docker_image",
    "docker:index/volume:Volume": "sandbox.docker_volume",
}
"""Types that are made on a Docker host, and the module of each. Only a stack that has one waits for docker-py."""

_SCHEMES = ("unix://", "tcp://", "ssh://")
"""How a Docker host is named, as in DOCKER_HOST."""

_HOST_ONLY = frozenset({"host", "version", "__internal", "pluginDownloadURL"})


@dataclass(frozen=True, kw_only=True)
class DockerConfiguration(Configuration):
    """`host` as in DOCKER_HOST; empty where nothing is made for real."""

    host: str = ""


class DockerProvider(StandIn):
    """Images without Docker and without a registry; with a `host`, what the Docker Engine there makes."""

    package = "docker"
    unconfigured: ClassVar[Configuration] = DockerConfiguration()

    def configuration(self, given: Properties) -> DockerConfiguration:
        return DockerConfiguration(host=given.get("host") or "")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        answer, given = super().CheckConfig(request, context), decode(request.news)
        host = given.get("host")
        if host is None:
            return answer
        reasons = {name: ignored(name) for name in sorted(given.keys() - _HOST_ONLY)}
        if host != UNKNOWN and not str(host).startswith(_SCHEMES):
            reasons["host"] = f"{host!r} is no Docker host: it begins with {', '.join(_SCHEMES)}"
        return _with_reasons(answer, reasons)

    def Check(self, request: Any, context: Any) -> Any:
        """As for every stand-in, and no input may be one that would be ignored on the host."""
        answer, given = super().Check(request, context), decode(request.news)
        kind, _ = self._where(request, context)
        if kind is None:
            return answer
        return _with_reasons(answer, {**unsupported(kind.SUPPORTED, given), **kind.mistakes(given)})

    def Diff(self, request: Any, context: Any) -> Any:
        kind, _ = self._where(request, context)
        if kind is None or identifiers.type_token(request.urn) == _REMOTE_IMAGE:
            return super().Diff(request, context)
        before, after = settled(decode(request.old_inputs)), settled(decode(request.news))
        if decode(request.olds).get("mustRun") is False:
            before["mustRun"] = False
        answer = difference(
            before, after, frozenset(changed(before, after)) - in_place(kind), frozenset(request.ignoreChanges)
        )
        # Two of one name cannot be there at a time.
        answer.deleteBeforeReplace = bool(answer.replaces) and before.get("name") == after.get("name")
        return answer

    def Create(self, request: Any, context: Any) -> Any:
        token = identifiers.type_token(request.urn)
        kind, host = self._where(request, context)
        if kind is None or request.preview:
            return super().Create(request, context)
        given = decode(request.properties)
        try:
            self._faults.before_create(token)
        except InjectedFaultError as error:
            return context.abort(grpc.StatusCode.UNKNOWN, str(error))
        made = _done(host, context, lambda api: kind.create(api, given, context.is_active))
        return provider_pb2.CreateResponse(id=made.identifier, properties=_outputs(token, given, made.computed))

    def Read(self, request: Any, context: Any) -> Any:
        """What is gone has no id in the answer, and is made again by the next update."""
        token = identifiers.type_token(request.urn)
        kind, host = self._where(request, context)
        if kind is None:
            return super().Read(request, context)
        given = decode(request.inputs)
        if not given:
            return context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"the stand-in for Docker imports nothing: {request.id}"
            )
        found = _done(host, context, lambda api: kind.read(api, request.id, given))
        if found is None:
            return provider_pb2.ReadResponse()
        # Outputs that only their creation knew, such as the logs of a container that ended.
        outputs = _outputs(token, found.inputs, {**decode(request.properties), **found.inputs, **found.computed})
        return provider_pb2.ReadResponse(id=request.id, properties=outputs, inputs=encode(found.inputs))

    def Update(self, request: Any, context: Any) -> Any:
        token = identifiers.type_token(request.urn)
        kind, host = self._where(request, context)
        if kind is None or request.preview:
            return super().Update(request, context)
        before, given = decode(request.olds), decode(request.news)
        # Diff has replaced what cannot be changed.
        changing = cast("Changing", kind)
        computed = _done(host, context, lambda api: changing.update(api, request.id, before, given))
        return provider_pb2.UpdateResponse(properties=_outputs(token, given, computed))

    def Delete(self, request: Any, context: Any) -> Any:
        kind, host = self._where(request, context)
        if kind is None:
            return super().Delete(request, context)
        state = decode(request.properties)
        _done(host, context, lambda api: kind.delete(api, request.id, state))
        return Empty()

    def _where(self, request: Any, context: Any) -> tuple[Kind | None, str]:
        """What makes the resource of a call, and on which host; None and empty where it is invented."""
        configured = self._of(context)
        host = configured.host if isinstance(configured, DockerConfiguration) else ""
        module = KINDS.get(identifiers.type_token(request.urn)) if host else None
        return (cast("Kind", import_module(module)) if module else None), host


def _with_reasons(answer: Any, reasons: Mapping[str, str]) -> Any:
    answer.failures.extend(provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in reasons.items())
    return answer


def _outputs(token: str, given: Properties, computed: Properties) -> Any:
    """Inputs are outputs too; what Docker computed or found to be otherwise comes last."""
    kept = {name: value for name, value in given.items() if name in load(token).outputs}
    return encode({**kept, **computed})


def _done(host: str, context: Any, work: Callable[[Any], _Answer]) -> _Answer:
    from sandbox.docker_host import DockerError, connected  # noqa: PLC0415  takes a third of a second to import

    try:
        with connected(host) as api:
            return work(api)
    except DockerError as error:
        return context.abort(grpc.StatusCode.UNKNOWN, str(error))
