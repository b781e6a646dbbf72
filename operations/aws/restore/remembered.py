"""The database as Pulumi remembers it, in RDS's words: what a gone instance was like."""

from collections.abc import Mapping
from typing import Any, cast

from operations.aws.restore.database_settings import Instance

_FIELDS = {
    "DBInstanceIdentifier": "identifier",
    "DBInstanceClass": "instanceClass",
    "Engine": "engine",
    "EngineVersion": "engineVersionActual",
    "MasterUsername": "username",
    "KmsKeyId": "kmsKeyId",
    "AllocatedStorage": "allocatedStorage",
    "MaxAllocatedStorage": "maxAllocatedStorage",
    "StorageType": "storageType",
    "MultiAZ": "multiAz",
    "NetworkType": "networkType",
    "PubliclyAccessible": "publiclyAccessible",
    "CACertificateIdentifier": "caCertIdentifier",
    "IAMDatabaseAuthenticationEnabled": "iamDatabaseAuthenticationEnabled",
    "BackupRetentionPeriod": "backupRetentionPeriod",
    "PreferredMaintenanceWindow": "maintenanceWindow",
    "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
    "CopyTagsToSnapshot": "copyTagsToSnapshot",
    "DeletionProtection": "deletionProtection",
    "MonitoringInterval": "monitoringInterval",
    "MonitoringRoleArn": "monitoringRoleArn",
    "PerformanceInsightsEnabled": "performanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "performanceInsightsKmsKeyId",
    "PerformanceInsightsRetentionPeriod": "performanceInsightsRetentionPeriod",
    "DatabaseInsightsMode": "databaseInsightsMode",
    "EnabledCloudwatchLogsExports": "enabledCloudwatchLogsExports",
}
"""A field of an instance (Amazon RDS API Reference, "DBInstance"), and the output of `aws.rds.Instance` that has it."""

_ABSENT = ("", None)
"""What the provider has where RDS says nothing, beside 0."""

_ZERO_IS_TOLD = ("MonitoringInterval",)


def remembered(resource: Mapping[str, Any]) -> Instance:
    """What DescribeDBInstances answered of the instance `resource` of Pulumi's state, so far as a successor must be
    like it."""
    outputs = cast("Mapping[str, Any]", resource["outputs"])
    plain = {field: outputs.get(name) for field, name in _FIELDS.items()}
    owner = {"KmsKeyId": outputs.get("masterUserSecretKmsKeyId")}
    return {
        **{field: value for field, value in plain.items() if _is_told(field, value)},
        "Endpoint": {"Port": outputs.get("port")},
        "DBSubnetGroup": {"DBSubnetGroupName": outputs["dbSubnetGroupName"]},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": one} for one in outputs.get("vpcSecurityGroupIds", ())],
        "DBParameterGroups": [{"DBParameterGroupName": outputs["parameterGroupName"]}],
        "TagList": [{"Key": key, "Value": value} for key, value in outputs.get("tagsAll", {}).items()],
        **({"MasterUserSecret": owner} if outputs.get("manageMasterUserPassword") else {}),
    }


def _is_told(field: str, value: object) -> bool:
    return value not in _ABSENT and (value is False or value != 0 or field in _ZERO_IS_TOLD)
