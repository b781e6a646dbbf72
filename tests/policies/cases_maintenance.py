"""Cases of the rules about what renews itself, and about the database's and the functions' last switches."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, add, put, remove, unlink

CASES = [
    Case(
        rule="rds-instance-must-update-itself",
        at=t.DATABASE,
        breaks=put("allowMajorVersionUpgrade", True),
        loses="autoMinorVersionUpgrade",
        hides="autoMinorVersionUpgrade",
    ),
    Case(
        rule="rds-instance-must-have-a-current-authority",
        at=t.DATABASE,
        breaks=put("caCertIdentifier", "rds-ca-2019"),
        loses="caCertIdentifier",
        hides="caCertIdentifier",
    ),
    Case(
        rule="rds-instance-must-run-a-supported-engine",
        at=t.DATABASE,
        breaks=put("engineVersion", "12.22"),
        loses="engineVersion",
        hides="engineVersion",
    ),
    Case(
        rule="rds-instance-must-be-monitored",
        at=t.DATABASE,
        breaks=put("monitoringInterval", 0),
        loses="monitoringInterval",
        hides="monitoringInterval",
    ),
    Case(
        rule="rds-instance-must-admit-iam-logins",
        at=t.DATABASE,
        breaks=put("iamDatabaseAuthenticationEnabled", False),
        loses="iamDatabaseAuthenticationEnabled",
        hides="iamDatabaseAuthenticationEnabled",
    ),
    Case(
        rule="rds-instance-must-tag-its-snapshots",
        at=t.DATABASE,
        breaks=put("copyTagsToSnapshot", False),
        loses="copyTagsToSnapshot",
        hides="copyTagsToSnapshot",
    ),
    Case(
        rule="rds-instance-must-name-its-owner",
        at=t.DATABASE,
        breaks=put("username", "postgres"),
        loses="username",
        hides="username",
    ),
    Case(
        rule="elasticache-replication-group-must-update-itself",
        at=t.CACHE,
        breaks=put("autoMinorVersionUpgrade", False),
        loses="autoMinorVersionUpgrade",
        hides="autoMinorVersionUpgrade",
    ),
    Case(
        rule="elasticache-replication-group-must-have-subnets-of-its-own",
        at=t.CACHE,
        breaks=unlink("subnetGroupName"),
        loses="subnetGroupName",
        hides="subnetGroupName",
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-service-must-run-on-the-latest-platform",
        at=t.SERVICE,
        breaks=put("platformVersion", "1.3.0"),
        loses="platformVersion",
        hides="platformVersion",
        safe_when_missing=True,
    ),
    Case(
        rule="lambda-function-must-bound-its-concurrency",
        at=t.FUNCTION,
        breaks=put("reservedConcurrentExecutions", -1),
        loses="reservedConcurrentExecutions",
        hides="reservedConcurrentExecutions",
    ),
    Case(
        rule="lambda-function-url-must-authenticate",
        at=t.FUNCTION,
        breaks=add(t.FUNCTION_URL, {"authorizationType": "NONE"}),
        loses=add(t.FUNCTION_URL, {}),
        hides="runtime",
        set_when_unknown=True,
    ),
    Case(
        rule="rds-events-must-reach-someone",
        at=t.DATABASE_EVENTS,
        breaks=put("eventCategories", ["backup"]),
        loses=remove,
        hides="eventCategories",
    ),
]
