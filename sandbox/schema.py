"""What a resource type takes and gives, read from the typed classes of its package's official SDK."""

import importlib
import inspect
import keyword
import threading
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, Union, get_args, get_origin

import pulumi

_PACKAGES = ("aws", "docker")
"""Those that the sandbox stands in for; the SDK of each is `pulumi_{package}`."""

_LOADING = threading.RLock()
"""Importing one SDK module from two threads at once can show a half-made module to one of them."""


class UnknownTypeError(Exception):
    """The SDK has no such type."""


@dataclass(frozen=True)
class Field:
    """An annotation and the module whose names it uses; most of them are never needed, so none is evaluated early."""

    hint: Any
    module: str


@dataclass(frozen=True)
class ResourceSchema:
    """Names as the engine writes them (`cidrBlock`). `computed` are the outputs that a created resource always has and
    that it need not be given; of an output only the outer shape is kept (`str`, `list`, `dict`, ...)."""

    token: str
    inputs: Mapping[str, Field]
    required: frozenset[str]
    outputs: Mapping[str, Any]
    computed: frozenset[str]


def load(token: str) -> ResourceSchema:
    """The schema of a type token such as `aws:ec2/vpc:Vpc`; raises UnknownTypeError."""
    with _LOADING:
        return _load(token)


@cache
def _load(token: str) -> ResourceSchema:
    name = token.rsplit(":", maxsplit=1)[-1]
    module = _module(token)
    resource = getattr(module, name, None)
    if resource is None:
        message = f"{token} is not a type of {module.__name__}"
        raise UnknownTypeError(message)
    # Where a nested class has the name already (s3.BucketVersioningArgs), the resource's own is called InitArgs.
    own = vars(importlib.import_module(resource.__module__))
    arguments = own.get(f"{name}InitArgs") or own[f"{name}Args"]
    inputs, required = object_fields(arguments)
    hints = {
        _pulumi_name(getter, python): _inside_output(getter.__annotations__["return"])
        for python, getter in _getters(resource).items()
        if python not in ("id", "urn")
    }
    return ResourceSchema(
        token=token,
        inputs=inputs,
        required=required,
        outputs={one: _shape(hint) for one, hint in hints.items()},
        computed=frozenset(one for one, hint in hints.items() if NoneType not in get_args(hint)),
    )


def _module(token: str) -> Any:
    """The SDK module of a token: `aws:lambda/function:Function` lives in `pulumi_aws.lambda_`, `docker:index/tag:Tag`
    in `pulumi_docker` itself."""
    parts = token.split(":")
    if len(parts) != 3 or parts[0] not in _PACKAGES:
        message = f"{token} is not a token of the package {' or '.join(_PACKAGES)}"
        raise UnknownTypeError(message)
    sdk, service = f"pulumi_{parts[0]}", parts[1].split("/")[0].lower()
    path = sdk if service == "index" else f"{sdk}.{service}{'_' if keyword.iskeyword(service) else ''}"
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        message = f"{token}: there is no module {path}"
        raise UnknownTypeError(message) from error


@cache
def provider_schema(package: str) -> Mapping[str, Field]:
    """Inputs of the provider's own configuration."""
    with _LOADING:
        return object_fields(importlib.import_module(f"pulumi_{package}").ProviderArgs)[0]


@cache
def object_fields(arguments: type) -> tuple[Mapping[str, Field], frozenset[str]]:
    """Fields of an input class with their types, and those that must be given."""
    initialiser: Any = vars(arguments)["__init__"]
    names = {python: _pulumi_name(getter, python) for python, getter in _getters(arguments).items()}
    parameters = inspect.signature(initialiser).parameters
    fields = {
        name: Field(parameters[python].annotation, arguments.__module__)
        for python, name in names.items()
        if python in parameters
    }
    required = frozenset(
        name
        for python, name in names.items()
        if python in parameters and parameters[python].default is inspect.Parameter.empty
    )
    return fields, required


@cache
def alternatives(field: Field) -> tuple[Field, ...]:
    """What an annotation allows, without the wrappers that only exist inside a program and without None."""
    hint = field.hint
    if isinstance(hint, ForwardRef):
        named = _named(hint.__forward_arg__, field.module)
        return () if named is None else (Field(named, field.module),)
    if hint is NoneType or get_origin(hint) in (Awaitable, pulumi.Output):
        return ()
    if get_origin(hint) not in (Union, UnionType):
        return (field,)
    found: list[Field] = []
    for one in get_args(hint):
        found.extend(inner for inner in alternatives(Field(one, field.module)) if inner not in found)
    return tuple(found)


def _named(path: str, module: str) -> Any:
    """The class that a forward reference names; None for the wrapper `Output[T]`."""
    if path.startswith("Output["):
        return None
    with _LOADING:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        return found


def _shape(hint: Any) -> Any:
    inner = [one for one in get_args(hint) if one is not NoneType] if get_origin(hint) is Union else [hint]
    origin = get_origin(inner[0]) or inner[0]
    if origin in _SCALARS:
        return origin
    return list if origin is Sequence else dict


_SCALARS = (str, bool, int, float)


def _inside_output(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is pulumi.Output else hint


def _getters(owner: type) -> dict[str, Any]:
    return {name: one.fget for name, one in vars(owner).items() if isinstance(one, property)}


def _pulumi_name(getter: Any, python: str) -> str:
    return getattr(getter, "_pulumi_name", python)
