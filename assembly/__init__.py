"""How the components are put together, in the order in which they need each other. Registers nothing of its own."""

from assembly.application import Runtime, build_application
from assembly.foundation import Foundation, build_foundation
from assembly.operations import build_operations
from assembly.stores import Stores, build_stores

__all__ = [
    "Foundation",
    "Runtime",
    "Stores",
    "build_application",
    "build_foundation",
    "build_operations",
    "build_stores",
]
