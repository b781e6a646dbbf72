"""What rings in another region: an alarm acts on topics of its own region only (Amazon SNS, "Setting up Amazon SNS
notifications" for CloudWatch alarms)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from assembly.foundation import Foundation
from assembly.regions import Region
from components.alarms import Alarm, Alarms, AlarmsArgs
from components.key import Key, KeyArgs
from components.notifications import PUBLISHERS, Notifications, NotificationsArgs


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A region beside the stack's own, with a topic that tells the same people."""

    region: Region
    topic_arn: pulumi.Output[str]

    def watch(self, part: str, alarms: Sequence[Alarm]) -> None:
        """Let `alarms` of one part of the stack ring here."""
        Alarms(part, AlarmsArgs(topic_arn=self.topic_arn, alarms=alarms), self.region.here)


def build_remotes(base: Foundation) -> Mapping[str, Remote]:
    """One for each region that something of the stack is in, by the region's name."""
    wanted = (base.regions.worldwide, base.regions.replica)
    return {region.site.region: _remote(base, region) for region in wanted if region is not None}


def _remote(base: Foundation, region: Region) -> Remote:
    where = region.site.region
    key = Key(
        f"notifications-{where}",
        KeyArgs(site=region.site, purpose=f"Alarms in {where}", principals=PUBLISHERS),
        region.here,
    )
    told = Notifications(
        f"topic-{where}",
        NotificationsArgs(site=region.site, key_arn=key.arn, emails=base.config.alarms.emails),
        region.here,
    )
    return Remote(region=region, topic_arn=told.topic_arn)
