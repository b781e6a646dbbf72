"""What AWS renews by itself, so that nobody has to remember: minor versions, certificates, the platform of tasks."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import CACHE, DATABASE, SERVICE
from .values import is_not_true, is_one_of, is_true

AUTHORITIES = frozenset({"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"})
"""Those that are valid beyond 2060; the one of 2019 is over (Amazon RDS User Guide, "Certificate authorities")."""

SUPPORTED_ENGINE = re.compile(r"1[5-8](\.\d+)?")
"""Majors in standard support until 2028 or later (Amazon RDS for PostgreSQL release notes, "Release calendar")."""


@rule(
    "rds-instance-must-update-itself",
    DATABASE,
    severity=Severity.HIGH,
    description="The database takes minor versions, which bring security fixes, by itself; major ones never.",
    remediation="Set autoMinorVersionUpgrade to true and leave allowMajorVersionUpgrade off.",
    references=References(fsbp="RDS.13", cis="2.2.2", checkov="CKV_AWS_226"),
    remedy=(
        Setting(path="autoMinorVersionUpgrade"),
        Setting(path="allowMajorVersionUpgrade", value=False),
    ),
)
def database_updates_itself(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "autoMinorVersionUpgrade", is_true, "autoMinorVersionUpgrade is not true")
    yield from expect(resource, "allowMajorVersionUpgrade", is_not_true, "allowMajorVersionUpgrade is true")


@rule(
    "rds-instance-must-have-a-current-authority",
    DATABASE,
    severity=Severity.HIGH,
    description="The database's certificate is of an authority that clients can trust for years.",
    remediation=f"Set caCertIdentifier to one of {', '.join(sorted(AUTHORITIES))}.",
    references=References(checkov="CKV_AWS_211", practice="SEC09-BP01"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
)
def has_current_authority(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "caCertIdentifier",
        lambda name: is_one_of(name, AUTHORITIES),
        "caCertIdentifier is missing or of an old one",
    )


@rule(
    "rds-instance-must-run-a-supported-engine",
    DATABASE,
    severity=Severity.HIGH,
    description="The database runs a major version of PostgreSQL that still gets security fixes.",
    remediation="Set engine to postgres and engineVersion to 15 or later.",
    references=References(checkov="CKV_AWS_250", practice="SEC06-BP01"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html",
)
def runs_supported_engine(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "engine", lambda name: name == "postgres", "engine is not postgres")
    yield from expect(
        resource,
        "engineVersion",
        lambda version: bool(SUPPORTED_ENGINE.fullmatch(str(version))),
        "engineVersion is missing or out of support",
    )


@rule(
    "elasticache-replication-group-must-update-itself",
    CACHE,
    severity=Severity.MEDIUM,
    description="The cache takes minor versions, which bring security fixes, by itself.",
    remediation="Set autoMinorVersionUpgrade to true.",
    references=References(fsbp="ElastiCache.2"),
    remedy=(Setting(path="autoMinorVersionUpgrade"),),
)
def cache_updates_itself(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "autoMinorVersionUpgrade", is_true, "autoMinorVersionUpgrade is not true")


@rule(
    "ecs-service-must-run-on-the-latest-platform",
    SERVICE,
    severity=Severity.MEDIUM,
    description="New tasks start on Fargate's latest platform, with its security fixes.",
    remediation="Remove platformVersion, or set it to LATEST.",
    references=References(fsbp="ECS.10", checkov="CKV_AWS_332"),
)
def runs_on_latest_platform(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "platformVersion", lambda version: version in (None, "LATEST"), "platformVersion is an old one"
    )
