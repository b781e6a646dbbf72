"""What a restored RDS instance must have like the one whose place it takes. A restore takes over the data and little
else: by default it makes an instance in one zone, in the default groups (Amazon RDS API Reference,
RestoreDBInstanceToPointInTime)."""

from collections.abc import Mapping
from typing import Any, cast

Instance = Mapping[str, Any]
"""An instance as DescribeDBInstances answers (Amazon RDS API Reference, "DBInstance")."""

_KEPT_ALONE = {
    "DBInstanceClass": "DBInstanceClass",
    "MultiAZ": "MultiAZ",
    "MaxAllocatedStorage": "MaxAllocatedStorage",
    "StorageType": "StorageType",
    "PubliclyAccessible": "PubliclyAccessible",
    "CACertificateIdentifier": "CACertificateIdentifier",
    "IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "PreferredMaintenanceWindow": "PreferredMaintenanceWindow",
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "DeletionProtection": "DeletionProtection",
}
"""A field of an instance, and the argument of ModifyDBInstance that sets it. Each can be changed by itself."""

_KEPT_TOGETHER = (
    {"MonitoringInterval": "MonitoringInterval", "MonitoringRoleArn": "MonitoringRoleArn"},
    {
        "PerformanceInsightsEnabled": "EnablePerformanceInsights",
        "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
        "DatabaseInsightsMode": "DatabaseInsightsMode",
    },
)
"""Those that RDS takes only with one another."""

_KEPT_FROM_THE_START = (
    *("DBInstanceClass", "MultiAZ", "StorageType", "MaxAllocatedStorage", "NetworkType", "CACertificateIdentifier"),
    *("AutoMinorVersionUpgrade", "CopyTagsToSnapshot", "DeletionProtection"),
)
"""Fields of an instance that are arguments of a restore by the same name."""

_TAGS_OF_AWS = "aws:"
"""Nobody but AWS may set these."""


def misfit(source: Mapping[str, Any], like: Instance) -> str | None:
    """Why what is made of `source`, a snapshot or a log as RDS describes it, cannot take the place of `like`, and what
    mends it; None where it can."""
    for field in ("Engine", "MasterUsername"):
        if _differ(like, source, field):
            return f"its {field} is {source.get(field)}, not {like.get(field)}: it is of another program"
    if _differ(like, source, "KmsKeyId"):
        key = like.get("KmsKeyId")
        return (
            f"it is encrypted with {source.get('KmsKeyId', 'no key')}; copy it under the key of the database first: "
            f"`aws rds copy-db-snapshot --kms-key-id {key}`"
        )
    if _major(source) != _major(like):
        return (
            f"it is of PostgreSQL {source.get('EngineVersion')}, the database is {like.get('EngineVersion')}; bring it "
            "there first: `aws rds modify-db-snapshot --engine-version`"
        )
    return None


def made_alike(like: Instance) -> dict[str, Any]:
    """Arguments of a restore for an instance like `like`: where it is, who reaches it, and what a
    change afterwards would restart it for. No logs: RDS would make log groups by a name that is not to stay, which
    nobody encrypts or empties. The key is always that of the source."""
    arguments = {
        **{name: like.get(name) for name in _KEPT_FROM_THE_START},
        "Port": like.get("Endpoint", {}).get("Port"),
        "DBSubnetGroupName": like["DBSubnetGroup"]["DBSubnetGroupName"],
        "VpcSecurityGroupIds": _groups(like),
        "PubliclyAccessible": bool(like.get("PubliclyAccessible")),
        "DBParameterGroupName": _parameters(like),
        "EnableIAMDatabaseAuthentication": like.get("IAMDatabaseAuthenticationEnabled"),
        "Tags": [tag for tag in like.get("TagList", ()) if not tag["Key"].startswith(_TAGS_OF_AWS)],
    }
    return {name: value for name, value in arguments.items() if value is not None}


def changes(like: Instance, found: Instance) -> dict[str, Any]:
    """Arguments of ModifyDBInstance that make `found` like `like`; none where it is.

    The owner's password is in no secret after a restore and is that of the moment: RDS makes a new one, in a secret of
    its own (Amazon RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager").
    """
    arguments = {
        argument: like[field]
        for field, argument in _KEPT_ALONE.items()
        if field in like and _differ(like, found, field)
    }
    for together in _KEPT_TOGETHER:
        if any(_differ(like, found, field) for field in together):
            arguments |= {argument: like[field] for field, argument in together.items() if field in like}
    if sorted(_groups(like)) != sorted(_groups(found)):
        arguments["VpcSecurityGroupIds"] = _groups(like)
    if _parameters(like) != _parameters(found):
        arguments["DBParameterGroupName"] = _parameters(like)
    if like.get("MasterUserSecret") and not found.get("MasterUserSecret"):
        arguments["ManageMasterUserPassword"] = True
        if key := like["MasterUserSecret"].get("KmsKeyId"):
            arguments["MasterUserSecretKmsKeyId"] = key
    return arguments


def busy(found: Instance) -> str | None:
    """RDS's word for what it is at; None where it takes requests (Amazon RDS User Guide, "Viewing Amazon RDS DB
    instance status")."""
    status = cast("str", found["DBInstanceStatus"])
    return None if status in ("available", "storage-optimization") else status


def unsettled(found: Instance) -> str | None:
    """What has been asked for and is not there yet, for people; None where the instance is as it is to be."""
    if status := busy(found):
        return status
    if pending := found.get("PendingModifiedValues"):
        return f"{', '.join(sorted(pending))} is pending"
    secret = found.get("MasterUserSecret")
    if secret and secret.get("SecretStatus") != "active":
        return f"the owner's secret is {secret.get('SecretStatus')}"
    return None


def wants_restart(found: Instance) -> bool:
    """Whether parameters wait for one."""
    return any(one.get("ParameterApplyStatus") == "pending-reboot" for one in found.get("DBParameterGroups", ()))


def _major(described: Mapping[str, Any]) -> str:
    return cast("str", described.get("EngineVersion", "")).partition(".")[0]


def _differ(like: Instance, found: Instance, field: str) -> bool:
    """RDS leaves out some of what is off."""
    return (like.get(field) or None) != (found.get(field) or None)


def _groups(one: Instance) -> list[str]:
    return [group["VpcSecurityGroupId"] for group in one.get("VpcSecurityGroups", ())]


def _parameters(one: Instance) -> str | None:
    groups = one.get("DBParameterGroups", ())
    return groups[0]["DBParameterGroupName"] if groups else None
