"""What the policy pack alone costs, on prod and on a stack that is prod several times over.

The engine's own request about prod is recorded once. The pack is started as the engine starts it and asked over gRPC as
the engine asks: each resource, to mend and to judge, then the stack. Measured in seconds of processor time, which other
work on the machine hardly changes.
"""

# ruff: noqa: S603  the command is this module's own

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from sandbox.bench_memory import peak_mb

_STACK = "pulumi:pulumi:Stack"
NAMING = ("arn", "bucket", "domainName", "id", "identifier", "name", "replicationGroupId")
"""Properties that hold a name of the resource, which another one may repeat."""


@dataclass(frozen=True)
class Cost:
    """Of one pack process: processor seconds from its start, those that it takes for no resource at all, and the
    highest memory in MB (0 where there is no /proc)."""

    resources: int
    seconds: float
    start_seconds: float
    mb: float

    @property
    def ms_per_resource(self) -> float:
        """Milliseconds of processor time a resource beyond the start."""
        return (self.seconds - self.start_seconds) / self.resources * 1000


def cost(pack: Path, stack: Any, start_seconds: float = 0) -> Cost:
    """What `pack` takes to judge `stack`, an AnalyzeStackRequest, and each resource of it."""
    command = [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        port = process.stdout.readline().decode().strip() if process.stdout else ""
        if not port:
            sys.exit(f"bench: the pack in {pack} did not start")
        _ask(port, stack)
        mb = peak_mb(Path("/proc") / str(process.pid))
    finally:
        process.terminate()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return Cost(len(stack.resources), used.ru_utime + used.ru_stime, start_seconds, mb)


def copies(stack: Any, times: int) -> Any:
    """`stack` several times in one, each with names and links of its own, under one root."""
    found: Any = analyzer_pb2.AnalyzeStackRequest()
    names = {
        resource.properties[name]
        for resource in stack.resources
        for name in NAMING
        if name in resource.properties and isinstance(resource.properties[name], str)
    } - {UNKNOWN_STRING_VALUE}
    for number in range(times):
        for resource in stack.resources:
            if resource.type != _STACK or number == 0:
                _renumber(found.resources.add(), resource, names, "" if number == 0 else f"-{number}")
    return found


def _ask(port: str, stack: Any) -> None:
    unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=unlimited) as channel:
        analyzer: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
        analyzer.GetAnalyzerInfo(empty_pb2.Empty())
        analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="prod"))
        for request in _requests(stack):
            analyzer.Remediate(request)
            analyzer.Analyze(request)
        analyzer.AnalyzeStack(stack)


def _requests(stack: Any) -> Iterator[Any]:
    """A request for each resource. The engine's own hold less: what the program gives, not what comes of it."""
    for resource in stack.resources:
        request: Any = analyzer_pb2.AnalyzeRequest(type=resource.type, name=resource.name, urn=resource.urn)
        request.properties.CopyFrom(resource.properties)
        request.options.CopyFrom(resource.options)
        if resource.HasField("provider"):
            request.provider.CopyFrom(resource.provider)
        yield request


def _renumber(copy: Any, resource: Any, names: set[str], suffix: str) -> None:
    def of(urn: str) -> str:
        return urn if not urn or f"::{_STACK}::" in urn else f"{urn}{suffix}"

    copy.CopyFrom(resource)
    copy.name += suffix
    copy.urn, copy.parent = of(resource.urn), of(resource.parent)
    copy.dependencies[:] = map(of, resource.dependencies)
    for name, links in resource.propertyDependencies.items():
        copy.propertyDependencies[name].urns[:] = map(of, links.urns)
    for value in copy.properties.fields.values():
        _rename(value, names, suffix)


def _rename(value: Any, names: set[str], suffix: str) -> None:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and value.string_value in names:
        value.string_value += suffix
    elif kind == "struct_value":
        for entry in value.struct_value.fields.values():
            _rename(entry, names, suffix)
    elif kind == "list_value":
        for entry in value.list_value.values:
            _rename(entry, names, suffix)
