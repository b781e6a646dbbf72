"""Wrong values of the services, each with its line."""

from typing import Any

from dify.queues import ALL_QUEUES
from tests.settings.bad_kinds import bounds, floor, whole
from tests.settings.stack_files import Bad

_CPU: dict[str, Any] = {
    "rule": "must be a CPU size of Fargate",
    "fix": "set one of 256, 512, 1024, 2048, 4096, 8192, 16384",
}
_SCALED = ("web", "api", "worker", "collaboration", "sandbox", "ssrfProxy")
_ALONE = ("beat", "pluginDaemon", "agents")

SIZES = (
    *(Bad(key=f"services.{name}.cpu", value=1000, **_CPU) for name in (*_SCALED, *_ALONE)),
    *whole("services.api.cpu", 2048),
    *(
        Bad(
            key=f"services.{name}.memory",
            value=memory,
            also={f"services.{name}.cpu": cpu},
            rule=f"cpu {cpu} goes with {offered}",
            fix=f"set {nearest} or change cpu",
        )
        for name, cpu, memory, offered, nearest in (
            ("web", 256, 4096, "512 to 2048 MiB", 2048),
            ("beat", 512, 512, "1024 to 4096 MiB in steps of 1024", 1024),
            ("api", 4096, 8200, "8192 to 30720 MiB in steps of 1024", 8192),
            ("worker", 8192, 18432, "16384 to 61440 MiB in steps of 4096", 16384),
            ("worker", 16384, 200000, "32768 to 122880 MiB in steps of 8192", 122880),
            ("collaboration", 1024, 1024, "2048 to 8192 MiB in steps of 1024", 2048),
            ("pluginDaemon", 2048, 1024, "4096 to 16384 MiB in steps of 1024", 4096),
            ("sandbox", 256, 4096, "512 to 2048 MiB", 2048),
            ("ssrfProxy", 512, 5000, "1024 to 4096 MiB in steps of 1024", 4096),
            ("agents", 1024, 9216, "2048 to 8192 MiB in steps of 1024", 8192),
        )
    ),
    *(bad for name in ("pluginDaemon", "agents") for bad in bounds(f"services.{name}.diskGib", 20, 200)),
)

TASKS = (
    *(floor(f"services.{name}.minTasks", 1, 2, "tasks to survive the loss of one") for name in _SCALED),
    *(bad for name in _SCALED for bad in bounds(f"services.{name}.maxTasks", 1, 100)),
    Bad(
        key="services.web.minTasks",
        value=4,
        at="services.web.maxTasks",
        got="3",
        rule="must not be under minTasks 4",
        fix="set 4 or more, or lower minTasks",
    ),
    *bounds("services.api.processes", 1, 16),
    *bounds("services.api.connectionsPerProcess", 1, 2000),
    *bounds("services.api.requestsPerTask", 1, 100_000),
    *bounds("services.worker.concurrency", 1, 200),
    *bounds("services.worker.backlogPerTask", 1, 10_000),
    *(
        Bad(
            key=f"services.{name}.enabled",
            value="yes",
            rule="must be true or false",
            fix=f"write one, for example {default}",
        )
        for name, default in (("collaboration", "true"), ("agents", "false"))
    ),
)

_PEAK = {"start": "0 8 ? * MON-FRI *", "end": "0 18 ? * MON-FRI *", "minTasks": 3}
_CRON: dict[str, Any] = {
    "rule": "must be minute hour day month weekday year, with ? for exactly one of day and weekday",
    "fix": "write it like 0 8 ? * MON-FRI *",
}


def _peak(name: str, value: object, rule: str, fix: str, got: str = "") -> Bad:
    return Bad(
        key="services.web.peaks",
        value=[{**_PEAK, name: value}],
        at=f"services.web.peaks[0].{name}",
        got=got or (f'"{value}"' if isinstance(value, str) else str(value)),
        rule=rule,
        fix=fix,
    )


PEAKS = (
    *(
        Bad(
            key=f"services.{name}.peaks",
            value=[{**_PEAK, "minTasks": tasks}],
            got="a nested list",
            rule=f"minTasks of a peak must be above minTasks {least} and not above maxTasks {most}",
            fix="change one of the three",
        )
        for name, tasks, least, most in (
            ("web", 2, 2, 3),
            ("web", 4, 2, 3),
            ("api", 6, 3, 5),
            ("worker", 3, 3, 6),
            ("collaboration", 5, 2, 4),
            ("sandbox", 1, 2, 4),
            ("ssrfProxy", 9, 2, 4),
        )
    ),
    *(
        _peak(name, cron, **_CRON)
        for name, cron in (
            ("start", "0 8 * * * *"),
            ("start", "0 8 ? * ? *"),
            ("start", "0 8 * * MON"),
            ("end", "rate(1 hour)"),
        )
    ),
    _peak("timeZone", "Berlin", "must be a time zone", "write it like Europe/Berlin, or leave it out for UTC"),
    _peak("minTasks", 0, "must be at least 1", "set 1 or more"),
    _peak("minTasks", 101, "must be at most 100", "set 100 or less"),
    Bad(
        key="services.web.peaks",
        value=[3],
        at="services.web.peaks[0]",
        got="3",
        rule="must be a mapping",
        fix="write its keys below it: start, end, timeZone, minTasks",
    ),
)

_ALL_BUT_MAIL = [queue for queue in ALL_QUEUES if queue != "mail"]


def _groups(*groups: dict[str, Any], at: str = "", got: str = "a nested list", rule: str, fix: str) -> Bad:
    return Bad(key="services.workerGroups", value=list(groups), at=at, got=got, rule=rule, fix=fix)


WORKER_GROUPS = (
    _groups(
        {"name": "one", "queues": list(ALL_QUEUES)},
        {"name": "two", "queues": ["mail"]},
        rule="every queue needs exactly one group: mail is in one and two",
        fix="move or add the queues named",
    ),
    _groups(
        {"name": "one", "queues": _ALL_BUT_MAIL},
        rule="every queue needs exactly one group: no group has mail",
        fix="move or add the queues named",
    ),
    _groups(
        {"name": "one", "queues": [*_ALL_BUT_MAIL, "mails"]},
        rule="every queue needs exactly one group: no group has mail, mails is unknown",
        fix="move or add the queues named",
    ),
    _groups(
        {"name": "one", "queues": _ALL_BUT_MAIL},
        {"name": "one", "queues": ["mail"]},
        rule="each group has a name of its own, one is there twice",
        fix="rename one",
    ),
    *(
        _groups(
            {"name": name, "queues": list(ALL_QUEUES)},
            at="services.workerGroups[0].name",
            got=f'"{name}"',
            rule="must be 1 to 16 lower-case letters and digits",
            fix="write it like indexing",
        )
        for name in ("Mail", "a-b", "1st", "", "a" * 17)
    ),
    _groups(
        {"name": "one"},
        at="services.workerGroups[0].queues",
        got="nothing",
        rule="the key is required",
        fix='add it, for example ["dataset"]',
    ),
    _groups(
        {"name": "one", "queues": [*ALL_QUEUES, 3]},
        at=f"services.workerGroups[0].queues[{len(ALL_QUEUES)}]",
        got="3",
        rule="must be text",
        fix='write one, for example "dataset"',
    ),
    _groups(
        {"name": "one", "queues": list(ALL_QUEUES), "minTasks": 1},
        at="services.workerGroups[0].minTasks",
        got="1",
        rule="prod needs at least 2 tasks to survive the loss of one",
        fix="set 2 or more",
    ),
)
