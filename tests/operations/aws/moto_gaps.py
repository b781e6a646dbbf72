"""What moto does not play of a stack: tasks of services, standbys, deployments, tags of images."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dify.image import ImageName
from dify.releases import RELEASES
from tests.operations.aws.aws_world import ZONES, AwsWorld, image_of

BACKUPS_COPY = "arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-1a2b3c4"


def fill_gaps(world: AwsWorld) -> None:
    """From here on AWS answers as it does where all is well, but for what the world names."""
    answers = world.answers
    answers.change("ecs:DescribeServices", lambda found: _settle(world, found))
    answers.change("elasticache:DescribeReplicationGroups", _replicate)
    answers.change("rds:DescribeDBInstances", _stand_by)
    answers.give("rds:DescribeDBInstanceAutomatedBackups", _copied)
    answers.change("acm:DescribeCertificate", _issue)
    answers.give("ecs:ListServiceDeployments", lambda asked: _deployments(world, asked["service"]))
    answers.give("ecr:DescribeImages", _tagged)
    answers.give("rds:DescribePendingMaintenanceActions", {"PendingMaintenanceActions": []})
    answers.give("elasticache:DescribeUpdateActions", {"UpdateActions": []})


def _settle(world: AwsWorld, found: dict[str, Any]) -> None:
    """moto starts no tasks: here every service has what it should, but for those that the test names."""
    for service in found["services"]:
        name = service["serviceName"]
        service["runningCount"] = world.running.get(name, service["desiredCount"])
        service["pendingCount"] = max(0, service["desiredCount"] - service["runningCount"])
        for deployment in service["deployments"]:
            deployment |= {
                "taskDefinition": service["taskDefinition"],
                "desiredCount": service["desiredCount"],
                "runningCount": service["runningCount"],
                "pendingCount": service["pendingCount"],
                "rolloutState": "COMPLETED" if service["pendingCount"] == 0 else "IN_PROGRESS",
                "rolloutStateReason": "ECS deployment completed.",
            }
            if name in world.failed:
                deployment |= {"rolloutState": "FAILED", "rolloutStateReason": world.failed[name]}


def _deployments(world: AwsWorld, service: str) -> dict[str, Any]:
    """moto keeps none."""
    failed = world.failed.get(service)
    status, reason = ("ROLLBACK_SUCCESSFUL", failed) if failed else ("SUCCESSFUL", "")
    return {"serviceDeployments": [{"status": status, "statusReason": reason, "createdAt": datetime.now(UTC)}]}


def _tagged(asked: dict[str, Any]) -> dict[str, Any]:
    """The copy's tag, which image_of() has written into the digest."""
    (wanted,) = asked["imageIds"]
    image, digest = asked["repositoryName"].rpartition("/")[2], wanted["imageDigest"]
    for release in RELEASES:
        if image in RELEASES[release].images and digest in image_of(image, release):
            return {"imageDetails": [{"imageTags": [ImageName.parse(RELEASES[release].images[image]).copy_tag]}]}
    return {"imageDetails": [{"imageTags": ["1-0123456789ab"]}]}


def _stand_by(found: dict[str, Any]) -> None:
    """moto knows no standby, and lets no time pass."""
    for instance in found["DBInstances"]:
        instance["LatestRestorableTime"] = datetime.now(UTC) - timedelta(minutes=3)
        instance["DBInstanceAutomatedBackupsReplications"] = [{"DBInstanceAutomatedBackupsArn": BACKUPS_COPY}]
        if instance["MultiAZ"]:
            instance["SecondaryAvailabilityZone"] = next(zone for zone in ZONES if zone != instance["AvailabilityZone"])


def _copied(asked: dict[str, Any]) -> dict[str, Any]:
    """moto copies no backups."""
    if asked.get("DBInstanceAutomatedBackupsArn") != BACKUPS_COPY:
        return {"DBInstanceAutomatedBackups": []}
    reached = {
        "EarliestTime": datetime.now(UTC) - timedelta(days=30),
        "LatestTime": datetime.now(UTC) - timedelta(minutes=9),
    }
    return {"DBInstanceAutomatedBackups": [{"DBInstanceAutomatedBackupsArn": BACKUPS_COPY, "RestoreWindow": reached}]}


def _issue(found: dict[str, Any]) -> None:
    """moto validates no certificate."""
    found["Certificate"] |= {"Status": "ISSUED", "NotAfter": datetime.now(UTC) + timedelta(days=300)}


def _replicate(found: dict[str, Any]) -> None:
    """moto makes no replica."""
    for group in found["ReplicationGroups"]:
        identifier, (nodes,) = group["ReplicationGroupId"], group["NodeGroups"]
        group["MemberClusters"] = [f"{identifier}-00{number}" for number in (1, 2)]
        nodes["NodeGroupMembers"] = [
            {
                "CacheClusterId": cluster,
                "CacheNodeId": "0001",
                "PreferredAvailabilityZone": zone,
                "CurrentRole": role,
            }
            for cluster, zone, role in zip(group["MemberClusters"], ZONES, ("primary", "replica"), strict=True)
        ]
