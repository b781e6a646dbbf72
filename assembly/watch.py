"""Alarms part by part: what every part of the stack needs to ring."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from assembly.foundation import Foundation
from components.alarms import Alarm, Alarms, AlarmsArgs
from components.notice import Desk


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What makes the alarms of one part after another."""

    base: Foundation
    desk: Desk
    pagers: dict[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """The ARN of the pager of each part that may wake somebody, as far as parts are made."""

    def part(
        self, name: str, alarms: Sequence[Alarm], suppressed_by: pulumi.Input[str] | None = None
    ) -> pulumi.Output[str] | None:
        """Let them ring. The ARN of the part's pager, None where nothing in it wakes anybody."""
        args = AlarmsArgs(
            site=self.base.site,
            topics=self.desk.topics,
            runbooks=self.desk.runbooks,
            alarms=alarms,
            suppressed_by=suppressed_by,
        )
        pager = Alarms(name, args, self.base.here).pager_arn
        if pager is not None:
            self.pagers[name] = pager
        return pager
