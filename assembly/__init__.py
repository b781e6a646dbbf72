"""How the components are put together, in the order in which they need each other. Registers nothing of its own."""

from assembly.application import build_application
from assembly.edge import build_edge
from assembly.foundation import build_foundation
from assembly.host import build_host, host_outputs
from assembly.operations import build_operations
from assembly.outputs import outputs_of
from assembly.regions import build_regions
from assembly.remote import build_remotes
from assembly.stores import build_stores

__all__ = [
    "build_application",
    "build_edge",
    "build_foundation",
    "build_host",
    "build_operations",
    "build_regions",
    "build_remotes",
    "build_stores",
    "host_outputs",
    "outputs_of",
]
