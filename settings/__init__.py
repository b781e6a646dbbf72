"""The only reader of configuration: every decision of a stack file, checked before any resource is registered."""

from settings.alarms import Alarms
from settings.backup import Backup, Lock
from settings.cache import Cache
from settings.database import Database
from settings.edge import Edge
from settings.environment import Target
from settings.host.stack import HostSettings
from settings.images import Images, Source
from settings.load import load, parse, parse_any
from settings.logs import Logs
from settings.mistake import ConfigurationError
from settings.network import NatGateways, Network
from settings.services import Api, Beat, Services, Web, Worker
from settings.stack import Environment, Lifecycle, Settings
from settings.storage import Storage
from settings.tags import Tags

__all__ = [
    "Alarms",
    "Api",
    "Backup",
    "Beat",
    "Cache",
    "ConfigurationError",
    "Database",
    "Edge",
    "Environment",
    "HostSettings",
    "Images",
    "Lifecycle",
    "Lock",
    "Logs",
    "NatGateways",
    "Network",
    "Services",
    "Settings",
    "Source",
    "Storage",
    "Tags",
    "Target",
    "Web",
    "Worker",
    "load",
    "parse",
    "parse_any",
]
