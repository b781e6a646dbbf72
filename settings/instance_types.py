"""Instance types of RDS for PostgreSQL and of ElastiCache, by family.

Sources: Amazon RDS user guide, "DB instance classes"; Amazon ElastiCache user guide, "Supported node types". Families
that AWS has superseded twice are left out: they cost more for less. The lists hold what some region offers; a region
may lack the newest.
"""

import difflib
from collections.abc import Collection, Mapping

from settings.mistake import Mistake

_BURST = ("micro", "small", "medium")
_TO_12 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge")
_TO_16 = (*_TO_12, "16xlarge")
_TO_24 = (*_TO_16, "24xlarge")
_TO_32 = (*_TO_24, "32xlarge")
_TO_48 = (*_TO_24, "48xlarge")
_OLD_CACHE = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")

DATABASE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("t3", "t4g"), (*_BURST, "large", "xlarge", "2xlarge")),
    **dict.fromkeys(("m6g", "m6gd", "m7g", "r6g", "r6gd", "r7g"), _TO_16),
    **dict.fromkeys(("m5", "m5d", "r5", "r5b", "r5d"), _TO_24),
    **dict.fromkeys(("m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"), _TO_32),
    **dict.fromkeys(("m7i", "m8g", "m8gd", "r7i", "r8g", "r8gd"), _TO_48),
}
"""Sizes of each family of DB instance classes, `db.<family>.<size>`."""

CACHE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("t3", "t4g"), _BURST),
    **dict.fromkeys(("m6g", "m7g", "m8g", "r6g", "r7g", "r8g", "c7gn"), _TO_16),
    **dict.fromkeys(("m5", "r5"), _OLD_CACHE),
}
"""Sizes of each family of node types, `cache.<family>.<size>`."""

BURSTABLE = ("t3", "t4g")
"""Families that slow down to a fraction of their CPU once their credits are spent."""


def require_instance_type(
    value: str, service: str, families: Mapping[str, tuple[str, ...]], refused: Collection[str]
) -> str:
    """`value` if it is `<service>.<family>.<size>` of `families` and not of a family `refused` in production."""
    known = [f"{service}.{family}.{size}" for family, sizes in families.items() for size in sizes]
    if value not in known:
        nearest = difflib.get_close_matches(value, known, n=1, cutoff=0)[0]
        raise Mistake(f"must be a known type {service}.<family>.<size>", f"set one such as {nearest}")
    if value.split(".")[1] in refused:
        raise Mistake("prod needs steady CPU, this family is burstable", f"set one such as {service}.m7g.large")
    return value
