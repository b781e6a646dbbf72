"""What is searched for in logs all the time, and what somebody may ask of them."""

from assembly.application import Runtime
from assembly.edge import Edge
from assembly.stores import Stores
from assembly.watch import Watch
from components.alarm_tables.application import application_alarms
from components.application_errors import ApplicationErrors, ApplicationErrorsArgs, LogFilters, log_filters, sources
from components.log_queries import Logged, LogQueries, LogQueriesArgs, firewall_group
from settings.plan import deployments


def watch_logs(watch: Watch, stores: Stores, edge: Edge, runtime: Runtime) -> LogFilters:
    """Errors that services and the database write. What is counted of them."""
    base, config = watch.base, watch.base.config
    planned, writers = deployments(config), [runtime.application, stores.database]
    found = sources(base.logs, planned, stores.database.identifier)
    ApplicationErrors(
        "application-errors", ApplicationErrorsArgs(site=base.site, sources=found, after=writers), base.here
    )
    filters = log_filters(found)
    watch.part("application", application_alarms(base.site, filters))
    at_home = edge.web_acl is not None and edge.delivery is None
    logged = Logged(
        path=base.logs.path,
        deployments=planned,
        database=stores.database.identifier,
        firewall=firewall_group(base.site) if at_home else None,
        names_guarded=config.network.dns_firewall is not None,
    )
    LogQueries("log-queries", LogQueriesArgs(site=base.site, logged=logged, after=writers), base.here)
    return filters
