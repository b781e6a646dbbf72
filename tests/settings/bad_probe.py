"""Wrong values of the synthetic check and of the objectives, each with its line."""

from tests.settings.bad_kinds import bounds, no_arn, whole
from tests.settings.stack_files import Bad

_MINUTES = "must be one of 1, 2, 5, 10, 15, 20, 30, 60"

PROBE: tuple[Bad, ...] = (
    *(
        no_arn("probe.login", value)
        for value in ("dify-probe", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-probe", "")
    ),
    Bad(
        key="probe.login",
        value="arn:aws:secretsmanager:eu-west-1:111122223333:secret:dify-probe-AbCdEf",
        rule="must be in the stack's region eu-central-1",
        fix="keep the login in a secret of eu-central-1",
    ),
    *(Bad(key="probe.streamMinutes", value=value, rule=_MINUTES, fix="set one of them") for value in (0, 7, 90, -5)),
    *whole("probe.streamMinutes", 5),
)

OBJECTIVES: tuple[Bad, ...] = (
    *(
        bad
        for key in ("objectives.availabilityPercent", "objectives.latencyPercent")
        for bad in (
            *(
                Bad(
                    key=key,
                    value=value,
                    rule="it leaves no error budget, and something always fails",
                    fix="set 99.99 or less",
                )
                for value in (100, 99.995, 101)
            ),
            *(
                Bad(
                    key=key,
                    value=value,
                    rule="must be at least 95, or an outage would wake nobody",
                    fix="set 95 or more",
                )
                for value in (94.9, 89, 0, -1)
            ),
        )
    ),
    Bad(
        key="objectives.availabilityPercent",
        value="99.9",
        rule="must be a number",
        fix="write one, for example 99.9",
    ),
    *bounds("objectives.latencySeconds", 1, 300),
    *whole("objectives.latencySeconds", 5),
    *bounds("objectives.days", 7, 90),
    *whole("objectives.days", 28),
)
