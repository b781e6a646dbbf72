"""What this function publishes in CloudWatch."""

from collections.abc import Mapping

PUBLISHED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Success": (("Stack", "Step"),),
    "Seconds": (("Stack", "Step"),),
}
"""Metric name -> the sets of dimensions that it is published with."""
