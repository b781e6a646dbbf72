"""The rules, one module per concern. Importing this package defines them all."""

from pulumi_policy import Policy

from . import (
    accounts,
    backup,
    cache,
    containers,
    database,
    database_proxy,
    edge,
    endpoints,
    functions,
    identity,
    isolation,
    keys,
    network,
    observability,
    packages,
    registry,
    reliability,
    search,
    secrets,
    storage,
    tiers,
)
from .rule import RULES

CONCERNS = (
    network,
    tiers,
    endpoints,
    edge,
    containers,
    isolation,
    registry,
    packages,
    functions,
    database,
    database_proxy,
    cache,
    search,
    storage,
    keys,
    secrets,
    identity,
    observability,
    backup,
    reliability,
    accounts,
)
"""The modules that hold rules."""

ALL: list[Policy] = sorted(
    (rule.policy for rule in RULES), key=lambda policy: policy.name == "pulumi-exemption-must-be-current"
)
"""What the pack serves. The report on exemptions comes last, when every other rule has used them."""
