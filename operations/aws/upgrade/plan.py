"""What Pulumi would do, for people; and what no upgrade may do."""

import re
from collections import Counter

from operations.outcome import RefusedError
from operations.output import say
from operations.pulumi_program import PulumiProgram

_ENDS = ("replace", "create-replacement", "delete-replaced", "delete")
"""Operations after which a resource is not what it was (Pulumi documentation, "Update plans")."""

_STATEFUL = re.compile(
    r"aws:(rds/instance|elasticache/replicationGroup|opensearch/domain|s3/bucket|kms/key|secretsmanager/secret|backup/vault):\w+"
)
"""Types that hold data, or what decrypts it."""

_SHOWN = 20


def show_plan(program: PulumiProgram) -> None:
    """Say what `program` would do. Raises RefusedError where it would replace or delete what is protected or holds
    data, FailedError where a mandatory policy says no."""
    changes = program.preview()
    counts = Counter(change.operation for change in changes)
    say("  " + (", ".join(f"{count} {operation}" for operation, count in sorted(counts.items())) or "no change"))
    ending = [change for change in changes if change.operation in _ENDS]
    for change in ending[:_SHOWN]:
        say(f"  {change.operation} {change.name} ({change.type})")
    if len(ending) > _SHOWN:
        say(f"  and {len(ending) - _SHOWN} more; `pulumi preview` shows all")
    lost = [change for change in ending if change.protected or _STATEFUL.fullmatch(change.type)]
    if lost:
        raise RefusedError(
            f"plan: got {lost[0].operation} of {', '.join(one.name for one in lost)}; an upgrade leaves what holds "
            "data or is protected as it is; see what else has changed since the last `pulumi up`"
        )
