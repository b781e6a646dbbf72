"""Wrong values of the stores, logs, alarms and backups, each with its line."""

import json
from typing import Any

from tests.settings.bad_kinds import bounds, floor, whole
from tests.settings.stack_files import REMOVED, Bad

_CLASS = "must be a known type db.<family>.<size>"
_NODE = "must be a known type cache.<family>.<size>"
_BURSTABLE = "prod needs steady CPU, this family is burstable"
_WEEKLY: dict[str, Any] = {
    "rule": "must be a weekly window ddd:hh:mm-ddd:hh:mm in UTC",
    "fix": "write it like sun:03:00-sun:04:00",
}

DATABASE = (
    Bad(key="database.instanceClass", value="db.m7g.xlrge", rule=_CLASS, fix="set one such as db.m7g.xlarge"),
    Bad(key="database.instanceClass", value="m7g.xlarge", rule=_CLASS, fix="set one such as db.m7g.xlarge"),
    Bad(key="database.instanceClass", value="db.t4g.large", rule=_BURSTABLE, fix="set one such as db.m7g.large"),
    *(
        Bad(
            key="database.engineVersion",
            value=value,
            rule="must be a PostgreSQL version with major 15, 16 or 17 and a minor",
            fix='write it like "16.9"',
        )
        for value in ("14.12", "18.0", "16", "16.9.1", "latest")
    ),
    Bad(key="database.engineVersion", value=16.9, rule="must be text", fix='write one, for example "16.9"'),
    *bounds("database.allocatedStorageGib", 20, 65536, also={"database.maxStorageGib": 65536})[:1],
    Bad(
        key="database.allocatedStorageGib",
        value=65537,
        rule="must be at most 65536",
        fix="set 65536 or less",
    ),
    *bounds("database.maxStorageGib", 20, 65536),
    Bad(
        key="database.maxStorageGib",
        value=109,
        rule="must be at least 10 % above allocatedStorageGib 100",
        fix="set 110 or more",
    ),
    Bad(key="database.multiAz", value=False, rule="prod needs a standby in another zone", fix="set true"),
    Bad(key="database.multiAz", value="true", rule="must be true or false", fix="write one, for example true"),
    floor("database.backupRetentionDays", 29, 30, "days of backups"),
    *bounds("database.backupRetentionDays", 1, 35),
    *(
        Bad(key="database.maintenanceWindow", value=value, **_WEEKLY)
        for value in ("sunday 3am", "sun:24:00-sun:01:00", "Sun:03:00-Sun:04:00", "03:00-04:00", "sun:3:00-sun:4:00")
    ),
    Bad(
        key="database.maintenanceWindow",
        value="sun:03:00-sun:03:20",
        rule="must last from 30 minutes to 24 hours, this lasts 20 minutes",
        fix="write it like sun:03:00-sun:04:00",
    ),
    *bounds("database.poolSize", 1, 200),
    *bounds("database.maxOverflow", 0, 200),
)

CACHE = (
    Bad(key="cache.nodeType", value="cache.m7g.huge", rule=_NODE, fix="set one such as cache.m7g.large"),
    Bad(key="cache.nodeType", value="cache.t4g.small", rule=_BURSTABLE, fix="set one such as cache.m7g.large"),
    *bounds("cache.nodes", 1, 6),
    *(
        Bad(
            key="cache.nodes",
            value=1,
            environment=environment,
            rule=f"{environment} needs a replica to fail over to",
            fix="set 2 or more",
        )
        for environment in ("prod", "staging")
    ),
    Bad(
        key="cache.engineVersion",
        value="6.2",
        rule="must be a Valkey version of ElastiCache",
        fix="set one of 7.2, 8.0, 8.1, 8.2",
    ),
    *bounds("cache.snapshotRetentionDays", 0, 35),
    Bad(
        key="cache.snapshotWindow",
        value="1-2",
        rule="must be a daily window hh:mm-hh:mm in UTC",
        fix="write it like 01:00-02:00",
    ),
    Bad(
        key="cache.snapshotWindow",
        value="01:00-01:30",
        rule="must last at least 60 minutes, this lasts 30 minutes",
        fix="write it like 01:00-02:00",
    ),
    Bad(key="cache.maintenanceWindow", value="sun:04:30", **_WEEKLY),
    Bad(
        key="cache.maintenanceWindow",
        value="mon:01:30-mon:02:30",
        rule="must not overlap snapshotWindow 01:00-02:00",
        fix="move one of the two",
    ),
    Bad(
        key="cache.maintenanceWindow",
        value="sun:03:30-sun:04:30",
        rule="must not overlap the database's maintenanceWindow",
        fix="move one of the two",
    ),
)

STORAGE = (
    *bounds("storage.infrequentAccessAfterDays", 30, 3650),
    *bounds("storage.expireNoncurrentAfterDays", 1, 3650),
    floor("storage.expireNoncurrentAfterDays", 29, 30, "days to bring a file back"),
    *bounds("storage.abortUploadsAfterDays", 1, 30),
    *bounds("storage.expireLogsAfterDays", 30, 3653),
    floor("storage.expireLogsAfterDays", 364, 365, "days of access logs"),
)

LOGS = (
    Bad(
        key="logs.retentionDays",
        value=366,
        rule="must be a retention that CloudWatch Logs offers",
        fix="set 365",
    ),
    Bad(key="logs.retentionDays", value=14, environment="dev", rule="must be at least 30 days", fix="set 30 or more"),
    floor("logs.retentionDays", 180, 365, "days of logs"),
    *whole("logs.retentionDays", 365),
)


def _subscription(entry: dict[str, Any], field: str, rule: str, fix: str) -> Bad:
    """A wrong `field` of the only entry; an address is not shown, for it may hold a key."""
    wrong: Any = entry
    for part in field.removesuffix("[0]").split("."):
        wrong = wrong[part]
    return Bad(
        key="alarms.subscriptions",
        value=[entry],
        at=f"alarms.subscriptions[0].{field}",
        got="[hidden]" if field in ("https", "webhook") else json.dumps(wrong[0] if field.endswith("[0]") else wrong),
        environment="dev",
        rule=rule,
        fix=fix,
    )


ALARMS = (
    Bad(
        key="alarms.subscriptions",
        value=REMOVED,
        got="[]",
        rule="prod needs somebody who reads page, ticket, info",
        fix="add an entry such as {email: ops@example.com, severities: [page, ticket, info]}",
    ),
    Bad(
        key="alarms.subscriptions",
        value=[{"email": "ops@example.com", "severities": ["ticket", "info"]}],
        got="a nested list",
        rule="prod needs somebody who reads page",
        fix="add an entry such as {email: ops@example.com, severities: [page]}",
    ),
    Bad(
        key="alarms.subscriptions",
        value=[{"email": "a@b.de"}, {"email": "a@b.de", "severities": ["page"]}],
        got="a nested list",
        rule="each way to somebody may appear once",
        fix="name all its severities in one entry",
    ),
    *(
        Bad(
            key="alarms.subscriptions",
            value=[value],
            at="alarms.subscriptions[0]",
            got="a mapping",
            rule="must have exactly one of email, https, webhook, slack",
            fix="write one entry for each way to somebody",
            environment="dev",
        )
        for value in ({"severities": ["page"]}, {"email": "a@b.de", "https": "https://a.example.com"})
    ),
    *(
        _subscription({"email": value}, "email", "must be an e-mail address", "write it like ops@example.com")
        for value in ("ops", "ops@example", "@example.com", "a b@example.com", "ops@-a.com", "ops@example.com,b@c.de")
    ),
    *(
        _subscription(
            {"https": value},
            "https",
            "must be an HTTPS address of a public host, without login and query",
            "write it like https://alarms.example.com/dify, or use webhook for an address that holds a key",
        )
        for value in ("http://alarms.example.com", "https://localhost/x", "https://a.example.com/x?key=1", "pager")
    ),
    _subscription(
        {"webhook": "https://a.example.com"},
        "webhook",
        "must be the full ARN of a Secrets Manager secret",
        "write it like arn:aws:secretsmanager:eu-central-1:ACCOUNT:secret:NAME-AbCdEf",
    ),
    _subscription({"slack": "ops"}, "slack", "must be a mapping", "write its keys below it: workspace, channel"),
    _subscription(
        {"slack": {"workspace": "example", "channel": "C0123456789"}},
        "slack.workspace",
        "must be the id of a workspace, not its name",
        "write it like T0123456789",
    ),
    _subscription(
        {"slack": {"workspace": "T0123456789", "channel": "#ops"}},
        "slack.channel",
        "must be the id of a channel, not its name",
        "write it like C0123456789",
    ),
    _subscription(
        {"email": "a@b.de", "severities": ["pager"]},
        "severities[0]",
        "must be one of page, ticket, info",
        "set one of them",
    ),
    _subscription(
        {"email": "a@b.de", "severities": []},
        "severities",
        "must name at least one severity",
        "remove it for all of them",
    ),
    _subscription(
        {"email": "a@b.de", "severities": ["page", "page"]},
        "severities",
        "each severity may appear once",
        "remove the second one",
    ),
    *(
        Bad(
            key="alarms.runbooks",
            value=value,
            got=got,
            rule="must be an HTTPS address of a folder, without query and last slash",
            fix="write it like https://github.com/OWNER/REPOSITORY/blob/main/docs/runbooks",
        )
        for value, got in (
            (REMOVED, '"docs/runbooks"'),
            ("docs/runbooks", ""),
            ("http://git.example.com/runbooks", ""),
            ("https://git.example.com/runbooks/", ""),
        )
    ),
    *(bad for name in ("cpu", "memory", "disk", "error") for bad in bounds(f"alarms.{name}Percent", 1, 99)),
    *whole("alarms.cpuPercent", 80),
    *bounds("alarms.responseSeconds", 1, 60),
)

BACKUP = (
    floor("backup.dailyRetentionDays", 29, 30, "days of daily backups"),
    *bounds("backup.dailyRetentionDays", 1, 3650),
    *bounds("backup.hourlyRetentionDays", 1, 35),
    Bad(
        key="backup.lock",
        value="off",
        rule="prod needs backups that an intruder cannot delete",
        fix="set compliance or governance",
    ),
    Bad(key="backup.lock", value="on", rule="must be one of compliance, governance, off", fix="set one of them"),
    Bad(
        key="backup.lock",
        value="compliance",
        environment="dev",
        also={"lifecycle": "disposable", "audit.lock": "off"},
        rule="a disposable stack with a compliance lock could never be destroyed",
        fix="set off or governance",
    ),
    *bounds("backup.lockGraceDays", 3, 36500),
    Bad(
        key="backup.restoreTests.everyDays",
        value=0,
        rule="prod must know that its backups can be restored",
        fix="set 1 to 6",
    ),
    *bounds("backup.restoreTests.everyDays", 0, 6),
    *bounds("backup.restoreTests.keepHours", 1, 24),
)
