"""What rings when the trail shows what should not happen."""

from components.alarms import Alarm, Metric
from components.audit_filters import NAMESPACE, audit_filters
from components.site import Site


def audit_alarms(site: Site) -> list[Alarm]:
    """One alarm for each filter of the trail."""
    return [
        Alarm(
            name=found.name,
            why=found.why,
            metrics={
                "found": Metric(namespace=NAMESPACE, name=found.metric_name(site), statistic="Sum", dimensions={})
            },
            threshold=found.tolerates,
            period_seconds=300,
            datapoints=1,
        )
        for found in audit_filters(site)
    ]
