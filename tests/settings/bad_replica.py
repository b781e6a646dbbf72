"""Wrong values of the replica, each with its line."""

from tests.settings.stack_files import Bad

_UNKNOWN = "set another one than the stack's eu-central-1"

REPLICA: tuple[Bad, ...] = (
    *(
        Bad(key="replica.region", value=value, rule="must be an AWS region", fix=_UNKNOWN)
        for value in ("eu-central-9", "EU-WEST-1", "eu-west-1a", "us-gov-west-1", "")
    ),
    Bad(
        key="replica.region",
        value="eu-central-1",
        rule="a copy in the stack's own region is lost together with it",
        fix="set another region",
    ),
)
