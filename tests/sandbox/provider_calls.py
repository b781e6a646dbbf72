"""Calls of the stand-in provider without an engine."""

from typing import Any

from pulumi.runtime.proto import provider_pb2

from sandbox.aws_provider import AwsProvider
from sandbox.docker_provider import DockerProvider
from sandbox.faults import FaultInjector, Faults
from sandbox.properties import Properties, decode, encode
from sandbox.stand_in import StandIn

DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"

VALID: dict[str, Properties] = {
    DATABASE: {
        "engine": "postgres",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "manageMasterUserPassword": True,
        "skipFinalSnapshot": True,
    },
    BUCKET: {},
}


class Refused(Exception):  # noqa: N818
    """The provider ended a call with an error."""


class Call:
    """The part of gRPC's context that the provider uses."""

    def __init__(self, connection: str = "ipv4:127.0.0.1:1") -> None:
        self._connection = connection

    def peer(self) -> str:
        return self._connection

    def abort(self, code: Any, details: str) -> None:
        raise Refused(details)


def provider(package: str = "aws", **faults: Any) -> StandIn:
    made = {"aws": AwsProvider, "docker": DockerProvider}[package]
    return made(FaultInjector(Faults(**faults)))


def provider_of(token: str) -> StandIn:
    return provider(token.split(":", maxsplit=1)[0])


def urn(token: str, name: str = "one") -> str:
    return "urn:pulumi:test::project::component$" + f"{token}::{name}"


def check(token: str, inputs: Properties, name: str = "one") -> tuple[Properties, dict[str, str]]:
    """Checked inputs, and reasons by path."""
    answer = provider_of(token).Check(provider_pb2.CheckRequest(urn=urn(token, name), news=encode(inputs)), Call())
    return decode(answer.inputs), {failure.property: failure.reason for failure in answer.failures}


def create(
    token: str, inputs: Properties, *, name: str = "one", preview: bool = False, by: StandIn | None = None
) -> tuple[str, Properties]:
    """Id and outputs."""
    request = provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(inputs), preview=preview)
    answer = (by or provider_of(token)).Create(request, Call())
    return answer.id, decode(answer.properties)


def diff(
    token: str, before: Properties, after: Properties, *, ignored: tuple[str, ...] = ()
) -> tuple[list[str], list[str]]:
    """Changed properties, and those of them that replace."""
    request = provider_pb2.DiffRequest(
        urn=urn(token), old_inputs=encode(before), news=encode(after), ignoreChanges=ignored
    )
    answer = provider_of(token).Diff(request, Call())
    return list(answer.diffs), list(answer.replaces)


def update(token: str, before: Properties, inputs: Properties, *, preview: bool = False) -> Properties:
    """Outputs."""
    request = provider_pb2.UpdateRequest(urn=urn(token), olds=encode(before), news=encode(inputs), preview=preview)
    return decode(provider_of(token).Update(request, Call()).properties)
