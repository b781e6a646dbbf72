"""A restored instance gets every setting of the one whose place it takes."""

import copy
from typing import Any, cast

import boto3
import botocore.validate
import pytest

from operations.aws.restore.database_settings import busy, changes, made_alike, unsettled, wants_restart

LIKE: dict[str, Any] = {
    "DBInstanceIdentifier": "dify-prod-database",
    "DBInstanceClass": "db.m7g.xlarge",
    "DBInstanceStatus": "available",
    "Endpoint": {"Address": "dify-prod-database.abc.eu-central-1.rds.amazonaws.com", "Port": 5432},
    "DBSubnetGroup": {"DBSubnetGroupName": "data"},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "dify-16", "ParameterApplyStatus": "in-sync"}],
    "MultiAZ": True,
    "MaxAllocatedStorage": 1000,
    "StorageType": "gp3",
    "NetworkType": "IPV4",
    "PubliclyAccessible": False,
    "CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "IAMDatabaseAuthenticationEnabled": True,
    "BackupRetentionPeriod": 30,
    "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
    "AutoMinorVersionUpgrade": True,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "MonitoringInterval": 60,
    "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
    "PerformanceInsightsEnabled": True,
    "PerformanceInsightsKMSKeyId": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "PerformanceInsightsRetentionPeriod": 465,
    "DatabaseInsightsMode": "advanced",
    "MasterUserSecret": {
        "SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1",
        "SecretStatus": "active",
        "KmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/1",
    },
    "TagList": [{"Key": "stack", "Value": "dify-prod"}, {"Key": "aws:backup:source", "Value": "x"}],
}
ALONE = {
    "DBInstanceClass": "db.m7g.large",
    "MultiAZ": False,
    "MaxAllocatedStorage": None,
    "StorageType": "gp2",
    "PubliclyAccessible": True,
    "CACertificateIdentifier": "rds-ca-ecc384-g1",
    "IAMDatabaseAuthenticationEnabled": False,
    "BackupRetentionPeriod": 1,
    "PreferredMaintenanceWindow": "mon:05:00-mon:05:30",
    "AutoMinorVersionUpgrade": False,
    "CopyTagsToSnapshot": False,
    "DeletionProtection": False,
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-default"}],
    "DBParameterGroups": [{"DBParameterGroupName": "default.postgres16"}],
}
TOGETHER = {
    "MonitoringInterval": 0,
    "MonitoringRoleArn": None,
    "PerformanceInsightsEnabled": False,
    "PerformanceInsightsKMSKeyId": None,
    "PerformanceInsightsRetentionPeriod": 7,
    "DatabaseInsightsMode": "standard",
}


def _valid(operation: str, **arguments: Any) -> None:
    """What is asked for is what RDS knows."""
    model = cast("Any", boto3).client("rds", region_name="eu-central-1").meta.service_model
    cast("Any", botocore.validate).validate_parameters(arguments, model.operation_model(operation).input_shape)


def test_one_that_is_alike_is_not_changed() -> None:
    other: dict[str, Any] = {**LIKE, "DBInstanceIdentifier": "dify-prod-database-restored", "TagList": []}
    assert changes(LIKE, other) == {}


@pytest.mark.parametrize("field", [*ALONE, *TOGETHER])
def test_each_setting_that_a_restore_may_lose_is_given_back(field: str) -> None:
    found = {**LIKE, field: {**ALONE, **TOGETHER}[field]}
    if found[field] is None:
        del found[field]
    arguments = changes(LIKE, found)
    _valid("ModifyDBInstance", DBInstanceIdentifier="x", **arguments)
    if field in ALONE:
        assert len(arguments) == 1
    else:
        assert len(arguments) in (2, 4), "RDS takes these only together"


def test_a_restored_owners_password_goes_into_a_secret_under_the_same_key() -> None:
    found = copy.deepcopy(LIKE)
    del found["MasterUserSecret"]
    assert changes(LIKE, found) == {
        "ManageMasterUserPassword": True,
        "MasterUserSecretKmsKeyId": LIKE["MasterUserSecret"]["KmsKeyId"],
    }


def test_a_restore_asks_for_what_rds_would_else_choose() -> None:
    arguments = made_alike(LIKE)
    _valid("RestoreDBInstanceToPointInTime", TargetDBInstanceIdentifier="x", **arguments)
    assert arguments["DBSubnetGroupName"] == "data"
    assert arguments["VpcSecurityGroupIds"] == ["sg-1"]
    assert arguments["DBParameterGroupName"] == "dify-16"
    assert arguments["MultiAZ"]
    assert arguments["DeletionProtection"]
    assert arguments["PubliclyAccessible"] is False
    assert arguments["Tags"] == [{"Key": "stack", "Value": "dify-prod"}], "nobody may set those of AWS"


def test_an_instance_whose_reach_is_not_told_is_made_private() -> None:
    like = {name: value for name, value in LIKE.items() if name != "PubliclyAccessible"}
    assert made_alike(like)["PubliclyAccessible"] is False


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"DBInstanceStatus": "modifying"}, "modifying"),
        ({"PendingModifiedValues": {"MultiAZ": True}}, "MultiAZ is pending"),
        ({"MasterUserSecret": {"SecretStatus": "creating"}}, "the owner's secret is creating"),
        ({"PendingModifiedValues": {}}, None),
        ({"DBInstanceStatus": "storage-optimization"}, None),
    ],
)
def test_what_rds_is_still_at_is_waited_for(found: dict[str, Any], said: str | None) -> None:
    assert unsettled({**LIKE, **found}) == said


def test_an_instance_that_takes_requests_is_not_busy() -> None:
    assert busy({**LIKE, "PendingModifiedValues": {"MultiAZ": True}}) is None
    assert busy({**LIKE, "DBInstanceStatus": "renaming"}) == "renaming"


def test_parameters_that_wait_for_a_restart_get_one() -> None:
    waits = [{"DBParameterGroupName": "dify-16", "ParameterApplyStatus": "pending-reboot"}]
    assert not wants_restart(LIKE)
    assert wants_restart({**LIKE, "DBParameterGroups": waits})
