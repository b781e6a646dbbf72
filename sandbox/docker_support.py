"""Which inputs of a resource are carried out on a Docker host, and which of two forms mean the same."""

from collections.abc import Generator, Mapping
from typing import Any, cast

from sandbox.properties import Properties, canonical

_ORDERLESS = frozenset(
    {
        *("adds", "drops", "capabilities", "securityOpts", "groupAdds", "ulimits", "envs", "labels", "uploads"),
        *("dns", "dnsOpts", "dnsSearches", "hosts", "networksAdvanced", "aliases", "ipamConfigs", "mounts", "volumes"),
    }
)
"""Sets in the provider's schema: their order says nothing (TypeSet, kreuzwerker/terraform-provider-docker 4.6)."""


def ignored(name: str) -> str:
    """Why an input is refused."""
    return f"the stand-in for Docker does not carry out {name}, and an input is never ignored: leave it out"


def unsupported(supported: frozenset[str], given: Properties) -> dict[str, str]:
    """Reasons by path, such as `mounts[0].volumeOptions.subpath`, for inputs that are not in `supported`."""
    found: dict[str, str] = {}
    for path, name in _names(given, "", "", supported):
        if name not in supported:
            found[path] = ignored(name)
    return found


def _names(given: Mapping[str, Any], path: str, name: str, supported: frozenset[str]) -> Generator[tuple[str, str]]:
    """Each input with its path and its name; what is in a map of the user's own keys is no input."""
    for key, value in given.items():
        if key == "__defaults" or value is None:
            continue
        where, what = f"{path}{key}", f"{name}{key}"
        yield where, what
        if not any(one.startswith(f"{what}.") for one in supported):
            continue
        if isinstance(value, Mapping):
            yield from _names(cast("Mapping[str, Any]", value), f"{where}.", f"{what}.", supported)
        elif isinstance(value, list):
            for at, one in enumerate(cast("list[Any]", value)):
                if isinstance(one, Mapping):
                    yield from _names(cast("Mapping[str, Any]", one), f"{where}[{at}].", f"{what}.", supported)


def settled(given: Properties) -> Properties:
    """The same inputs with every set in one order."""
    return {name: _settled(name, value) for name, value in given.items() if value is not None}


def _settled(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return settled(dict(cast("Mapping[str, Any]", value)))
    if isinstance(value, list):
        items = [_settled("", one) for one in cast("list[Any]", value)]
        return sorted(items, key=canonical) if name in _ORDERLESS else items
    return value
