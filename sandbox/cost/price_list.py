"""The prices of prices.yaml, and which one holds in a region."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

REFERENCE = "us-east-1"
"""The region that has a price for everything that is priced."""

_FILE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for one `unit`, by region."""

    unit: str
    dollars: Mapping[str, float]
    source: str
    seen: str


@cache
def prices() -> Mapping[str, Price]:
    """Every price by its name."""
    read = cast("dict[str, dict[str, Any]]", _read()["prices"])
    return {
        name: Price(unit=one["unit"], dollars=one["dollars"], source=one["source"], seen=str(one["seen"]))
        for name, one in read.items()
    }


@cache
def regions() -> tuple[str, ...]:
    """Regions whose own prices are here for what costs most."""
    return tuple(cast("list[str]", _read()["regions"]))


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))
