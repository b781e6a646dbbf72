"""What rings in another region: an alarm acts on topics of its own region only (Amazon SNS, "Setting up Amazon SNS
notifications" for CloudWatch alarms)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assembly.foundation import Foundation
from assembly.regions import Region
from components.alarms import Alarm, Alarms, AlarmsArgs
from components.key import Key, KeyArgs
from components.notice import Desk
from components.notifications import PUBLISHERS, Notifications, NotificationsArgs
from components.rehearsal import Rehearsal, RehearsalArgs


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A region beside the stack's own, with topics that tell the same people."""

    region: Region
    desk: Desk

    def watch(self, part: str, alarms: Sequence[Alarm]) -> None:
        """Let `alarms` of one part of the stack ring here."""
        args = AlarmsArgs(site=self.region.site, topics=self.desk.topics, runbooks=self.desk.runbooks, alarms=alarms)
        Alarms(part, args, self.region.here)


def build_remotes(base: Foundation) -> Mapping[str, Remote]:
    """One for each region that something of the stack is in, by the region's name."""
    wanted = (base.regions.worldwide, base.regions.replica)
    return {region.site.region: _remote(base, region) for region in wanted if region is not None}


def _remote(base: Foundation, region: Region) -> Remote:
    where, chosen = region.site.region, base.config.alarms
    key = Key(
        f"notifications-{where}",
        KeyArgs(site=region.site, purpose=f"Alarms in {where}", principals=PUBLISHERS),
        region.here,
    )
    told = Notifications(
        f"notifications-{where}",
        NotificationsArgs(site=region.site, key_arn=key.arn, subscriptions=chosen.subscriptions),
        region.here,
    )
    desk = Desk(topics=told.topic_arns, runbooks=chosen.runbooks)
    Rehearsal(f"rehearsal-{where}", RehearsalArgs(site=region.site, desk=desk), region.here)
    return Remote(region=region, desk=desk)
