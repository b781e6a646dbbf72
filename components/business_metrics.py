"""What people do with Dify, counted in its database every five minutes and kept day by day."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_

from components.business_history import BusinessHistory
from components.component import Component
from components.database import DATABASE_NAME
from components.database_setup import Reader, verified_database
from components.function import POSTGRESQL, Function, FunctionArgs, Inside
from components.schedule import Schedule, publish_statements
from components.secrets import Secrets
from components.site import LogPolicy, Site
from dify.flows import DATABASE_PORT
from dify.secrets import METRICS_DATABASE
from functions.business_metrics.dify_columns import COLUMNS
from settings.business import Business

NAMESPACE = "Dify/Business"

READER = Reader(login=METRICS_DATABASE, database=DATABASE_NAME, columns=COLUMNS)
"""What the function may read, for those who make its login."""

_TIMEOUT_SECONDS = 240
"""Under the five minutes between two runs, so that none meets the one before it."""

_EVERY_WINDOW = Schedule(
    role="five-minutes",
    purpose="Count what people do with Dify",
    # A minute after each window's end, when all that belongs to it can be read.
    expression="cron(1/5 * * * ? *)",
    late_seconds=300,
)


@dataclass(frozen=True, kw_only=True)
class BusinessMetricsArgs:
    """`database_host` is the instance itself: RDS Proxy would keep a connection for a session that has settings of its
    own, the standby of a Multi-AZ instance answers nobody, and this stack has no read replica. `after` makes the
    login."""

    site: Site
    logs: LogPolicy
    inside: Inside
    secrets: Secrets
    database_host: pulumi.Input[str]
    history: BusinessHistory
    choices: Business
    after: list[pulumi.Resource]


class BusinessMetrics(Component):
    """A function on a schedule, whose login reads numbers and nothing that anybody wrote."""

    type_token = "dify:observability:BusinessMetrics"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: BusinessMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._stack = args.site.name
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="business_metrics",
                libraries=POSTGRESQL,
                inside=args.inside,
                environment={
                    "BUSINESS_METRICS": pulumi.Output.json_dumps(self._settings(args)),
                    **verified_database(args.site),
                },
                statements=[
                    *args.secrets.read_statements([METRICS_DATABASE.name]),
                    *args.history.keep_statements(),
                    *publish_statements(NAMESPACE),
                ],
                timeout_seconds=_TIMEOUT_SECONDS,
            ),
            self.child(),
        )
        lambda_.FunctionEventInvokeConfig(
            f"{name}-once",
            function_name=function.function_name,
            # A window that was published twice would count twice. A late run counts the same as one in time.
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=300,
            opts=self.child(),
        )
        _EVERY_WINDOW.call(name, function, self.child(after=args.after))
        self.function_name = function.function_name
        self.done()

    def dimensions(self) -> Mapping[str, str]:
        """The dimensions that every figure of this stack has."""
        return {"Stack": self._stack}

    def _settings(self, args: BusinessMetricsArgs) -> dict[str, object]:
        chosen = args.choices
        return {
            "stack": self._stack,
            "namespace": NAMESPACE,
            "secretArn": args.secrets.arns[METRICS_DATABASE.name],
            "host": args.database_host,
            "port": DATABASE_PORT,
            "database": DATABASE_NAME,
            "apps": chosen.apps,
            "models": chosen.models,
            "loudFactor": chosen.loud_factor,
            "currencies": list(chosen.currencies),
            "historyBucket": args.history.bucket_name,
        }
