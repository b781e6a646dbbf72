"""Who hears of alarms, and how."""

from collections.abc import Mapping

import pulumi

from assembly.foundation import Foundation
from assembly.remote import Remote
from components.chat import Chat, ChatArgs
from components.notice import Desk
from components.notifications import Notifications, NotificationsArgs
from components.rehearsal import Rehearsal, RehearsalArgs
from components.webhooks import Webhooks, WebhooksArgs


def build_notifications(base: Foundation) -> Notifications:
    """The topics of the stack's own region, and mail from them."""
    return Notifications(
        "notifications",
        NotificationsArgs(
            site=base.site, key_arn=base.keys.notifications.arn, subscriptions=base.config.alarms.subscriptions
        ),
        base.here,
    )


def build_ways(base: Foundation, desk: Desk, remotes: Mapping[str, Remote]) -> dict[str, pulumi.Output[str]]:
    """Ways to people beside mail, from the topics of all regions, and the monthly test of them. Names of functions
    that are needed for it."""
    site, here, subscriptions = base.site, base.here, base.config.alarms.subscriptions
    topics = [desk.topics, *(remote.desk.topics for remote in remotes.values())]
    Rehearsal("rehearsal", RehearsalArgs(site=site, desk=desk), here)
    channels = [one for one in subscriptions if one.slack is not None]
    if channels:
        Chat("chat", ChatArgs(site=site, subscriptions=channels, topics=topics), here)
    hidden = [one for one in subscriptions if one.webhook is not None]
    if not hidden:
        return {}
    webhooks = Webhooks("webhooks", WebhooksArgs(site=site, logs=base.logs, subscriptions=hidden, topics=topics), here)
    return {"webhooks": webhooks.function_name}
