"""Records what a program or component registers, without an engine. The only file that knows the SDK's internals.

The recording keeps what mocks hide: parents, protection, dependencies, aliases, registered outputs. In a preview every
computed output is unknown, as on AWS; in an update it is an invented, typed value.
"""

# The SDK's mocks carry no types.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false

import asyncio
import gc
import hashlib
import importlib
import runpy
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args, get_origin
from unittest import mock

from pulumi import _types as sdk_types
from pulumi import runtime
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import SETTINGS, set_root_resource

from settings.stack_file import read_values

ROOT = Path(__file__).parent.parent
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105  Pulumi's marker of a secret value


_LOOKUPS = {"aws:ec2/getManagedPrefixList:getManagedPrefixList": {"id": "pl-cloudfront"}}
"""What AWS alone knows and a stack must ask for."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One registration. `inputs` and `outputs` are camelCase as the engine sees them, secrets unwrapped. `retained`
    stays where Pulumi forgets it, `replaced_after_delete` goes before its successor comes."""

    type: str
    name: str
    urn: str
    custom: bool
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    parent: str
    protect: bool
    dependencies: list[str]
    property_dependencies: dict[str, list[str]]
    provider: str
    ignore_changes: list[str]
    aliases: int
    retained: bool = False
    replaced_after_delete: bool = False


@dataclass(kw_only=True)
class Graph:
    """Everything registered, in order, and what the components and the stack said are their outputs."""

    resources: list[Recorded] = field(default_factory=list[Recorded])
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def of(self, kind: str) -> list[Recorded]:
        """Resources whose type ends with `kind`, such as `rds/instance:Instance`."""
        return [resource for resource in self.resources if resource.type.endswith(kind)]

    def one(self, kind: str) -> Recorded:
        """The only resource of `kind`."""
        (found,) = self.of(kind)
        return found

    def named(self, name: str) -> Recorded:
        """The only resource of that logical name."""
        (found,) = [resource for resource in self.resources if resource.name == name]
        return found

    @property
    def stack_outputs(self) -> dict[str, Any]:
        return next(value for urn, value in self.component_outputs.items() if "::pulumi:pulumi:Stack::" in urn)


class _Outputs(mocks.Mocks):
    def __init__(self, *, preview: bool) -> None:
        self._preview = preview

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        if args.token in _LOOKUPS:
            return {**args.args, **_LOOKUPS[args.token]}, []
        raise AssertionError(f"a lookup, {args.token}, makes a preview depend on an account")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = cast("dict[str, Any]", _plain(args.inputs))
        if not args.custom or args.typ.startswith("pulumi:"):
            return f"{args.name}-id", inputs
        if self._preview:
            return "", inputs
        return f"{args.name}-id", {**_invented(args.typ, args.name, inputs), **inputs}


class _Monitor(mocks.MockMonitor):
    def __init__(self, outputs: _Outputs, graph: Graph) -> None:
        super().__init__(outputs)
        self._graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the SDK's name
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            urn = response.urn
            self._graph.resources.append(
                Recorded(
                    type=request.type,
                    name=request.name,
                    urn=urn,
                    custom=request.custom,
                    inputs=cast("dict[str, Any]", _plain(rpc.deserialize_properties(request.object))),
                    outputs=dict(self.resources[urn].state),
                    parent=request.parent,
                    protect=request.protect,
                    dependencies=sorted(request.dependencies),
                    property_dependencies={
                        name: sorted(links.urns) for name, links in request.propertyDependencies.items()
                    },
                    provider=request.provider,
                    ignore_changes=list(request.ignoreChanges),
                    aliases=len(request.aliases),
                    retained=request.retainOnDelete,
                    replaced_after_delete=request.deleteBeforeReplace,
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        self._graph.component_outputs[request.urn] = cast(
            "dict[str, Any]", _plain(rpc.deserialize_properties(request.outputs))
        )
        return super().RegisterResourceOutputs(request)


def record(build: Callable[[], object], *, stack: str = "prod", preview: bool = False) -> Graph:
    """Everything that `build` registers."""
    graph = Graph()
    monitor = _Monitor(_Outputs(preview=preview), graph)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    runtime.configure(
        mocks.MockSettings(
            monitor=monitor,
            monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),
            engine=mocks.MockEngine(None),
            project="dify",
            stack=stack,
            dry_run=preview,
            organization="organization",
        )
    )
    set_root_resource(None)
    gc.disable()  # a recording keeps almost all that it makes: looking for garbage doubles its time
    try:
        loop.run_until_complete(runtime.run_in_stack(lambda: _settled(build)))
    finally:
        gc.enable()
        set_root_resource(None)
        loop.close()
    return graph


async def _settled(build: Callable[[], object]) -> None:
    """The SDK looks through all that is unfinished each time that one output is done, half the time of a recording."""
    build()
    pending = cast("Iterable[asyncio.Future[object]]", cast("Any", SETTINGS).outputs)
    while unfinished := [output for output in pending if not output.done()]:
        await asyncio.wait(unfinished)


def record_program(stack: str, *, preview: bool = False, values: dict[str, str] | None = None) -> Graph:
    """Everything that the program registers for `stack`, with its tracked stack file or `values` instead; a Docker host
    can carry it."""
    runtime.set_all_config(values if values is not None else read_values(ROOT / f"Pulumi.{stack}.yaml"), [])
    with mock.patch("operations.host.check.mistakes_of", return_value=[]):
        program = str(ROOT / "__main__.py")
        return record(lambda: runpy.run_path(program, run_name="__main__"), stack=stack, preview=preview)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        if _SECRET in entries:
            return _plain(entries.get("value"))
        return {key: _plain(entry) for key, entry in entries.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in cast("list[object]", value)]
    return value


def _invented(token: str, name: str, given: Container[str]) -> dict[str, Any]:
    """What was not given. A web ACL's rules, which hold rules, could be invented for ever."""
    return {key: _value(kind, f"{name}-{key}") for key, kind in _output_types(token) if key not in given}


@cache
def _output_types(token: str) -> tuple[tuple[str, Any], ...]:
    package, module, _ = token.split(":")
    concept = module.split("/")[0]
    # The types of a package without modules are at its top.
    below = {"index": "", "lambda": ".lambda_"}.get(concept, f".{concept}")
    imported = importlib.import_module(f"pulumi_{package}{below}")
    resource = getattr(imported, token.rsplit(":", 1)[-1])
    names = dict(_wire_names(resource))
    return tuple((names.get(python, python), kind) for python, kind in sdk_types.resource_types(resource).items())


def _wire_names(resource: type) -> Iterator[tuple[str, str]]:
    for python, getter in vars(resource).items():
        if isinstance(getter, property):
            yield python, getattr(getter.fget, "_pulumi_name", python)


def _value(kind: Any, text: str) -> Any:
    kind = sdk_types.unwrap_type(kind)
    if kind in {int, float}:
        return 0
    if kind is bool:
        return False
    if isinstance(kind, type) and sdk_types.is_output_type(kind):
        return {key: _value(inner, f"{text}-{key}") for key, inner in _nested(kind)}
    if get_origin(kind) in {list, Sequence}:
        return [_value(get_args(kind)[0], text)]
    return _text(text) if kind is str else {}


def _text(named: str) -> str:
    """Who reads a digest may check its form, and subnets are parts of a VPC's range."""
    if named.endswith("-sha256Digest"):
        return f"sha256:{hashlib.sha256(named.encode()).hexdigest()}"
    return "2001:db8:1234:1a00::/56" if named.endswith("-vpc-ipv6CidrBlock") else named


def _nested(kind: type) -> Iterator[tuple[str, Any]]:
    names = dict(_wire_names(kind))
    for python, inner in sdk_types.output_type_types(kind).items():
        yield names.get(python, python), inner
