"""Fixed addresses in the network behind nginx: what it asks is where it was, also after it was replaced."""

from ipaddress import IPv4Network

from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB

NGINX = "nginx"

INSTANCES = 14
"""Most instances of one kind: each kind has sixteen addresses, of which two stay free."""

_KINDS = (NGINX, WEB.name, API.name, API_WEBSOCKET.name, PLUGIN_DAEMON.name)
_SPAN = 16
_FIRST = 2
"""The first address of a range is Docker's gateway."""


def address(cidr: str, kind: str, instance: int = 1) -> str:
    """The address of an `instance`, from 1, of a kind that nginx asks, in a /24. Raises ValueError for any other."""
    if kind not in _KINDS or not 1 <= instance <= INSTANCES:
        raise ValueError(f"{kind} {instance} has no address of its own")
    return str(IPv4Network(cidr)[_KINDS.index(kind) * _SPAN + _FIRST + instance - 1])


def has_address(kind: str) -> bool:
    """Whether nginx asks this kind, or it is nginx."""
    return kind in _KINDS
