"""What ECS and Secrets Manager say and no metric does: that a release, a migration or a new login failed."""

from dataclasses import dataclass

import pulumi

from components.component import Component
from components.notice import Desk, Notice, send
from components.site import Site
from dify.services import MIGRATION
from settings.severity import Severity


@dataclass(frozen=True, kw_only=True)
class EventsArgs:
    """The cluster has the site's name."""

    site: Site
    desk: Desk


class Events(Component):
    """A notice for each failure of those who change the stack."""

    type_token = "dify:observability:Events"  # noqa: S105

    def __init__(self, name: str, args: EventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for notice in (_failed_deployment(args.site), _failed_migration(args.site), _failed_rotation()):
            send(name, notice, args.desk, self.child())
        self.done()


def _failed_deployment(site: Site) -> Notice:
    """ECS sends it for services with the circuit breaker on, which has then put the release before back (Amazon ECS
    Developer Guide, "Amazon ECS service deployment state change events")."""
    services = f"arn:aws:ecs:{site.region}:{site.account}:service/{site.name}/"
    return Notice(
        name="deployment-failed",
        about="A deployment failed",
        severity=Severity.TICKET,
        pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [{"prefix": services}],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        paths={"service": "$.resources[0]", "reason": "$.detail.reason"},
        sentence="The deployment of <service> failed and the tasks before it run on: <reason>",
        runbook="events#a-deployment-failed",
    )


def _failed_migration(site: Site) -> Notice:
    """A task whose own container ended badly, or that never started (Amazon ECS Developer Guide, "Amazon ECS task state
    change events"). EventBridge holds `name` and `exitCode` against the same container of the list (EventBridge User
    Guide, "Comparison operators", arrays)."""
    ended_badly = {"containers": {"name": [MIGRATION.name], "exitCode": [{"anything-but": [0]}]}}
    return Notice(
        name="migration-failed",
        about="The migration failed",
        severity=Severity.PAGE,
        pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {
                "group": [f"family:{site.name}-{MIGRATION.name}"],
                "lastStatus": ["STOPPED"],
                "$or": [ended_badly, {"stopCode": ["TaskFailedToStart"]}],
            },
        },
        paths={"task": "$.detail.taskArn", "reason": "$.detail.stoppedReason"},
        sentence="The migration <task> failed and may have left the database half way: <reason>",
        runbook="events#the-migration-failed",
    )


def _failed_rotation() -> Notice:
    """CloudTrail hands it on, as an event of the service (AWS Secrets Manager User Guide, "CloudTrail entries"); the
    secret's own name says which stack it is of. The login of before still works."""
    return Notice(
        name="rotation-failed",
        about="A login could not be renewed",
        severity=Severity.TICKET,
        pattern={
            "source": ["aws.secretsmanager"],
            "detail-type": ["AWS Service Event via CloudTrail", "AWS API Call via CloudTrail"],
            "detail": {"eventName": ["RotationFailed"]},
        },
        paths={"login": "$.detail.additionalEventData.SecretId"},
        sentence="Secrets Manager could not rotate <login>; what it holds still works",
        runbook="events#a-login-could-not-be-renewed",
    )
