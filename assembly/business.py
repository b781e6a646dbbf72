"""The use of Dify: counted in its database, and kept day by day."""

from assembly.audit import Audit
from assembly.stores import Stores
from assembly.watch import Watch
from components.alarm_tables.business import business_alarms
from components.business_metrics import NAMESPACE, BusinessMetrics, BusinessMetricsArgs
from components.business_queries import BusinessQueries, BusinessQueriesArgs
from dify import flows


def build_business(watch: Watch, stores: Stores, audit: Audit) -> BusinessMetrics | None:
    """What counts, with its alarms; None where the stack does not want it."""
    base, chosen = watch.base, watch.base.config.business
    if stores.history is None:
        return None
    BusinessQueries(
        "business-queries",
        BusinessQueriesArgs(
            bucket=stores.history.bucket_name,
            days=chosen.history_days,
            database=audit.queries.database,
            workgroup=audit.queries.workgroup,
        ),
        base.here,
    )
    counting = BusinessMetrics(
        "business-metrics",
        BusinessMetricsArgs(
            site=base.site,
            logs=base.logs,
            inside=base.inside(flows.BUSINESS_METRICS),
            secrets=stores.secrets,
            database_host=stores.database.host,
            history=stores.history,
            choices=chosen,
            after=[stores.setup.finished],
        ),
        base.here,
    )
    alarms = business_alarms(
        NAMESPACE, counting.dimensions(), loud_factor=chosen.loud_factor, currencies=chosen.currencies
    )
    watch.part("business", alarms)
    return counting
