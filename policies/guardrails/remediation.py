"""What a rule may set by itself, where a stack asks for it.

A stack asks rule by rule, with `"remediate"` in `policies/config.STACK.json`; every rule starts out mandatory. A remedy
turns switches that close something; it makes up no size, no key and no address. What else the rule demands stays
mandatory: the SDK (pulumi-policy 1.21, policy.py) and the engine report a violation that is left after a remediation as
one of a mandatory rule.

An unknown value is left alone, and so is a resource that an exemption lets off.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pulumi_policy import ResourceValidationArgs
from pulumi_policy.proxy import unknown_checking_proxy

from . import exemptions
from .resource import Resource
from .values import UndecidedError, plain

Remediate = Callable[[ResourceValidationArgs], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A property, by its dotted path, and what it is set to: in place of anything else, or only of the weaker
    words that AWS knows, None where it starts out with one.

    Some AWS takes `at_creation` only: to change it later replaces the resource, and what was in it is lost. Such a one
    is set only on what Pulumi protects, where a new resource is made right and the engine refuses to replace an old
    one."""

    path: str
    value: bool | str = True
    in_place_of: tuple[str | None, ...] = ()
    at_creation: bool = False


def remediation(
    rule: str, types: Sequence[str], finds: Callable[[Resource], Iterable[object]], remedy: Sequence[Setting]
) -> Remediate:
    """The function that the SDK asks for the properties of a resource as the rule wants them. It answers None where
    there is nothing that it may set, and else tells each change in a line."""

    def remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if args.resource_type not in types:
            return None
        resource = _seen(args)
        needed = [setting for setting in remedy if _is_needed(setting, resource)]
        if not needed or not _is_found(finds, resource) or exemptions.ACTIVE.cover(rule, resource):
            return None
        changed = [setting for setting in needed if _put(args.props, setting)]
        for setting in changed:
            print(f"{rule}: {resource.name}: {setting.path} set to {str(setting.value).lower()}", flush=True)
        return args.props if changed else None

    return remediate


def _seen(args: ResourceValidationArgs) -> Resource:
    """The resource as a check reads it. In a remediation the SDK leaves unknown values unguarded, and wraps secrets so
    that they stay secret in what it gets back."""
    props: Any = unknown_checking_proxy(plain(args.props))
    return Resource(ResourceValidationArgs(args.resource_type, props, args.urn, args.name, args.opts, args.provider))


def _is_found(finds: Callable[[Resource], Iterable[object]], resource: Resource) -> bool:
    try:
        return any(isinstance(finding, str) for finding in finds(resource))
    except Exception:  # noqa: BLE001  what cannot be judged is not mended; the rule itself reports it
        return False


def _is_needed(setting: Setting, resource: Resource) -> bool:
    if setting.at_creation and not resource.protect:
        return False
    try:
        value: object = resource.get(*setting.path.split("."))
    except UndecidedError:
        return False
    return value in setting.in_place_of if setting.in_place_of else value != setting.value


def _put(props: Any, setting: Setting) -> bool:
    """Whether the property could be set: among several blocks there is none to choose."""
    *steps, last = setting.path.split(".")
    current = props
    for step in steps:
        if not current.get(step):
            current[step] = {}
        current = next(_block(current[step]), None)
        if current is None:
            return False
    current[last] = setting.value
    return True


def _block(value: Any) -> Iterator[MutableMapping[str, Any]]:
    """`value`, or the one entry of a list: providers show single blocks both ways."""
    if isinstance(value, Mapping):
        yield cast("MutableMapping[str, Any]", value)
    elif isinstance(value, Sequence) and len(cast("Sequence[Any]", value)) == 1:
        yield from _block(value[0])
