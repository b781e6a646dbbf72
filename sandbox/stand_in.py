"""What stands in for a provider: the engine's resource protocol, with nothing behind it.

It is strict where a mistake would only show in the cloud (Check), blind where the cloud is blind (a preview's outputs)
and repeatable everywhere else. It keeps no resources: the engine's state is the only memory.
"""

# ruff: noqa: ARG002  the signatures are gRPC's

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, ClassVar, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox import identifiers, outputs
from sandbox.check import Failure, check_provider, check_resource
from sandbox.deletion import refusal
from sandbox.documents import transformed
from sandbox.faults import FaultInjector, InjectedFaultError
from sandbox.invokes import UnlistedInvokeError, answer
from sandbox.properties import Properties, canonical, decode, encode
from sandbox.replacements import changed, replacing
from sandbox.schema import ResourceSchema, UnknownTypeError, load


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where a provider's resources are, and the tags that they all get."""

    account: str = ""
    region: str = ""
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """A provider of one package, which answers for every provider resource of a program. In the attached mode the
    engine names none of them in a call, but has a connection for each: what was configured over one holds for it."""

    package: ClassVar[str]
    """As in a type token; the official SDK is `pulumi_{package}`."""

    replacing_configuration: ClassVar[frozenset[str]] = frozenset()
    """Configuration whose change replaces the provider and all that it made."""

    unconfigured: ClassVar[Configuration] = Configuration()

    def __init__(self, faults: FaultInjector) -> None:
        self._faults = faults
        self._configured: dict[str, Configuration] = {}

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self.package}"))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return _checked(request.news, check_provider(self.package, decode(request.news)))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return difference(decode(request.old_inputs), decode(request.news), self.replacing_configuration, frozenset())

    def Configure(self, request: Any, context: Any) -> Any:
        self._configured[context.peer()] = self.configuration(decode(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def configuration(self, given: Properties) -> Configuration:
        """What the arguments of a provider resource say."""
        return self.unconfigured

    def _of(self, context: Any) -> Configuration:
        return self._configured.get(context.peer(), self.unconfigured)

    def Invoke(self, request: Any, context: Any) -> Any:
        try:
            configured = self._of(context)
            found = answer(request.tok, decode(request.args), configured.account, configured.region)
        except UnlistedInvokeError as error:
            return context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        # `return` cannot be written as a keyword.
        return provider_pb2.InvokeResponse(**cast("Any", {"return": encode(found)}))

    def Check(self, request: Any, context: Any) -> Any:
        """Refuse what the typed SDK would, name what has no name, and turn policy documents into JSON text."""
        token, given = identifiers.type_token(request.urn), decode(request.news)
        try:
            schema = load(token)
        except UnknownTypeError as error:
            return _checked(request.news, [Failure("", str(error))])
        failures = check_resource(schema, given)
        named, _ = identifiers.NAMING.get(token, ("name", 255))
        if named in schema.inputs.keys() & schema.computed and not given.get(named) and not given.get(f"{named}Prefix"):
            given[named] = identifiers.physical_name(request.urn)
        inputs, invalid = transformed(schema, given)
        return _checked(encode(inputs), [*failures, *invalid])

    def Diff(self, request: Any, context: Any) -> Any:
        before, after = decode(request.old_inputs), decode(request.news)
        return difference(
            before, after, replacing(identifiers.type_token(request.urn)), frozenset(request.ignoreChanges)
        )

    def Create(self, request: Any, context: Any) -> Any:
        token, inputs = identifiers.type_token(request.urn), decode(request.properties)
        schema, configured = load(token), self._of(context)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=_encoded(schema, inputs, outputs.previewed(schema, inputs, {}), configured)
            )
        try:
            self._faults.before_create(token)
        except InjectedFaultError as error:
            return context.abort(grpc.StatusCode.UNKNOWN, str(error))
        identity = _identity(token, request.urn, inputs, configured)
        made = outputs.made(schema, identity, inputs, {})
        return provider_pb2.CreateResponse(
            id=identifiers.resource_id(identity, inputs), properties=_encoded(schema, inputs, made, configured)
        )

    def Update(self, request: Any, context: Any) -> Any:
        token, inputs, before = identifiers.type_token(request.urn), decode(request.news), decode(request.olds)
        schema, configured = load(token), self._of(context)
        if request.preview:
            after = outputs.previewed(schema, inputs, before)
        else:
            after = outputs.made(schema, _identity(token, request.urn, inputs, configured), inputs, before)
        return provider_pb2.UpdateResponse(properties=_encoded(schema, inputs, after, configured))

    def Read(self, request: Any, context: Any) -> Any:
        """Nobody changes this cloud behind the engine's back: everything is as it was."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        reason = refusal(identifiers.type_token(request.urn), decode(request.properties))
        if reason is not None:
            return context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
        return Empty()


def _identity(token: str, urn: str, inputs: Properties, configured: Configuration) -> identifiers.Identity:
    decisive = {name: inputs.get(name) for name in replacing(token) if inputs.get(name) is not None}
    seed = f"{urn}|{canonical(decisive)}"
    return identifiers.identify(urn, inputs, seed=seed, account=configured.account, region=configured.region)


def _encoded(schema: ResourceSchema, inputs: Properties, values: Properties, configured: Configuration) -> Any:
    return encode({**values, **outputs.tags_all(schema, inputs, configured.default_tags)})


def _checked(inputs: Any, failures: list[Failure]) -> Any:
    found = [provider_pb2.CheckFailure(property=one.path, reason=one.reason) for one in failures]
    return provider_pb2.CheckResponse(inputs=inputs, failures=found)


def difference(before: Properties, after: Properties, replaces: frozenset[str], ignored: frozenset[str]) -> Any:
    """The answer to Diff: what changed, without what is `ignored`, and what of it is in `replaces`."""
    differing = [name for name in changed(before, after) if name not in ignored]
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {
        name: provider_pb2.PropertyDiff(kind=kinds.UPDATE_REPLACE if name in replaces else kinds.UPDATE, inputDiff=True)
        for name in differing
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if differing else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=differing,
        replaces=[name for name in differing if name in replaces],
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
