"""Calls of the stand-in provider without an engine."""

from typing import Any

from pulumi.runtime.proto import provider_pb2

from sandbox.aws_provider import AwsProvider
from sandbox.faults import FaultInjector, Faults
from sandbox.properties import Properties, decode, encode

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

    def abort(self, code: Any, details: str) -> None:
        raise Refused(details)


def provider(**faults: Any) -> AwsProvider:
    return AwsProvider(FaultInjector(Faults(**faults)))


def urn(token: str, name: str = "one") -> str:
    return "urn:pulumi:test::project::component$" + f"{token}::{name}"


def check(token: str, inputs: Properties, name: str = "one") -> tuple[Properties, dict[str, str]]:
    """Checked inputs, and reasons by path."""
    answer = provider().Check(provider_pb2.CheckRequest(urn=urn(token, name), news=encode(inputs)), Call())
    return decode(answer.inputs), {failure.property: failure.reason for failure in answer.failures}


def create(
    token: str, inputs: Properties, *, name: str = "one", preview: bool = False, by: AwsProvider | None = None
) -> tuple[str, Properties]:
    """Id and outputs."""
    request = provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(inputs), preview=preview)
    answer = (by or provider()).Create(request, Call())
    return answer.id, decode(answer.properties)


def diff(
    token: str, before: Properties, after: Properties, *, ignored: tuple[str, ...] = ()
) -> tuple[list[str], list[str]]:
    """Changed properties, and those of them that replace."""
    request = provider_pb2.DiffRequest(
        urn=urn(token), old_inputs=encode(before), news=encode(after), ignoreChanges=ignored
    )
    answer = provider().Diff(request, Call())
    return list(answer.diffs), list(answer.replaces)
