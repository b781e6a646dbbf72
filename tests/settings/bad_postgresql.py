"""Wrong values of PostgreSQL's parameters, on AWS and on a Docker host, each with its line."""

from typing import Any

from tests.settings.bad_kinds import bounds
from tests.settings.stack_files import Bad

ON_AWS = (
    *bounds("database.parameters.workMemMib", 1, 2047),
    *bounds("database.parameters.maintenanceWorkMemMib", 1, 65_536),
    *bounds("database.parameters.effectiveCacheSizeMib", 1, 2_097_152),
    *bounds("database.parameters.effectiveIoConcurrency", 0, 1000),
    *bounds("database.parameters.maxWalSizeMib", 256, 65_536),
    *bounds("database.parameters.logMinDurationMs", 1, 3_600_000),
    Bad(key="database.parameters.randomPageCost", value=0, rule="must be at least 0.1", fix="set 0.1 or more"),
    Bad(
        key="database.parameters.randomPageCost",
        value="low",
        rule="must be a number",
        fix="write one, for example 1.1",
    ),
    Bad(
        key="database.parameters.maintenanceWorkMemMib",
        value=4097,
        rule="may be a quarter of the 16384 MiB that the database has",
        fix="set 4096 or less",
    ),
    Bad(
        key="database.parameters.workMemMib",
        value=64,
        rule="1035 connections that take it once do not fit into the 16384 MiB of the database",
        fix="set 11 or less, or lower poolSize",
    ),
)

ON_A_HOST: tuple[tuple[dict[str, Any], str], ...] = (
    *(
        (
            {f"database.parameters.{key}": least - 1},
            f"database.parameters.{key}: got {least - 1}; must be at least {least}; set {least} or more",
        )
        for key, least in (
            ("workMemMib", 1),
            ("maintenanceWorkMemMib", 1),
            ("effectiveCacheSizeMib", 1),
            ("effectiveIoConcurrency", 0),
            ("maxWalSizeMib", 256),
            ("logMinDurationMs", 1),
        )
    ),
    (
        {"database.parameters.randomPageCost": 11},
        "database.parameters.randomPageCost: got 11; must be at most 10.0; set 10.0 or less",
    ),
    (
        {"database.parameters.maintenanceWorkMemMib": 769},
        (
            "database.parameters.maintenanceWorkMemMib: got 769; may be a quarter of the 3072 MiB that the database "
            "has; set 768 or less"
        ),
    ),
    (
        {"database.parameters.workMemMib": 10},
        (
            "database.parameters.workMemMib: got 10; 245 connections that take it once do not fit into the 3072 MiB of "
            "the database; set 9 or less, or lower poolSize"
        ),
    ),
)
