"""What CloudWatch measures, as an alarm, a dashboard or a level of service reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric. `statistic` is a plain one (`Average`) or a percentile (`p95`)."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]]
