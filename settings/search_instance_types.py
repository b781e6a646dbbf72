"""Instance types of OpenSearch Service, by family.

Source: Amazon OpenSearch Service developer guide, "Supported instance types", current generation; the lists hold what
some region offers. Families that keep their data on local disks or in S3 (i3, r7gd, or2, ...) are left out: the domain
gives every node a gp3 volume of its own. t2 and older families lack fine-grained access control or encryption.
"""

import difflib
from collections.abc import Collection, Mapping

from settings.mistake import Mistake

_TO_12 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge")
_TO_16 = (*_TO_12, "16xlarge")

SEARCH: Mapping[str, tuple[str, ...]] = {
    "t3": ("small", "medium"),
    **dict.fromkeys(("c6g", "m6g", "r6g"), _TO_12),
    **dict.fromkeys(("c7g", "c7i", "c8g", "m7i", "r7i"), _TO_16),
    **dict.fromkeys(("m7g", "m8g", "r7g", "r8g"), ("medium", *_TO_16)),
}
"""Sizes of each family of instance types, `<family>.<size>.search`."""


def require_search_type(value: str, refused: Collection[str]) -> str:
    """`value` if it is `<family>.<size>.search` of a known family and not of one `refused` in production."""
    known = [f"{family}.{size}.search" for family, sizes in SEARCH.items() for size in sizes]
    if value not in known:
        nearest = difflib.get_close_matches(value, known, n=1, cutoff=0)[0]
        raise Mistake("must be a known type <family>.<size>.search", f"set one such as {nearest}")
    if value.partition(".")[0] in refused:
        raise Mistake("prod needs steady CPU, this family is burstable", "set one such as r7g.large.search")
    return value
