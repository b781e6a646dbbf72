"""Wrong values of the trail, the lock of its records and what watches the account, each with its line."""

from tests.settings.bad_kinds import bounds, whole
from tests.settings.stack_files import Bad


def _switch(key: str) -> Bad:
    return Bad(key=key, value="on", rule="must be true or false", fix="write one, for example true")


AUDIT = (
    _switch("audit.trail"),
    _switch("audit.insights"),
    Bad(key="audit.lock", value="forever", rule="must be one of compliance, governance, off", fix="set one of them"),
    Bad(
        key="audit.lock",
        value="off",
        rule="prod needs records that an intruder cannot delete",
        fix="set compliance or governance",
    ),
    Bad(
        key="audit.lock",
        value="compliance",
        environment="dev",
        also={"lifecycle": "disposable", "backup.lock": "off"},
        rule="a disposable stack with a compliance lock could never be destroyed",
        fix="set off or governance",
    ),
    Bad(key="audit.lockDays", value=364, rule="prod needs at least 365 days of lock", fix="set 365 or more"),
    *bounds("audit.lockDays", 1, 3650),
    *whole("audit.lockDays", 365),
    Bad(
        key="audit.expireAfterDays",
        value=365,
        rule="must be more than lockDays, which is 365",
        fix="set 366 or more",
    ),
    Bad(
        key="audit.expireAfterDays",
        value=30,
        environment="dev",
        also={"audit.lockDays": 30},
        rule="must be more than lockDays, which is 30",
        fix="set 31 or more",
    ),
    *bounds("audit.expireAfterDays", 2, 3653),
    *whole("audit.expireAfterDays", 400),
)

DETECTION = tuple(
    _switch(f"detection.{name}")
    for name in ("guardDuty", "config", "securityHub", "accessAnalyzer", "inspector", "accountDefaults")
)
