"""RDS Proxy: encrypted on both sides, and never all of the database's connections."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DATABASE_POOL, DATABASE_PROXY
from .values import is_true, number

LARGEST_PERCENT = 90


@rule(
    "rds-proxy-must-require-tls",
    DATABASE_PROXY,
    severity=Severity.HIGH,
    description="The proxy refuses clients that do not speak TLS.",
    remediation="Set requireTls to true.",
    references=References(fsbp="RDS.43"),
    remedy=(Setting(path="requireTls"),),
)
def requires_tls(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "requireTls", is_true, "requireTls is not true")


@rule(
    "rds-proxy-must-bound-its-pool",
    DATABASE_POOL,
    severity=Severity.MEDIUM,
    description="The pool leaves a tenth of the database's connections to set-up, rotation and people in need.",
    remediation=f"Set connectionPoolConfig.maxConnectionsPercent to {LARGEST_PERCENT} or less; AWS's default is 100.",
    references=References(practice="REL01-BP03"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html",
)
def bounds_pool(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "connectionPoolConfig.maxConnectionsPercent",
        lambda percent: 1 <= number(percent) <= LARGEST_PERCENT,
        f"maxConnectionsPercent is missing or over {LARGEST_PERCENT}",
    )
