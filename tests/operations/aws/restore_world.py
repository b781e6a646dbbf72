"""A stack with a past: a database that can be restored, files that were changed since, and a Pulumi with a state."""

import io
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

from moto.rds.models import rds_backends
from moto.s3.models import s3_backends

from dify.services import MIGRATION
from tests.operations.aws.aws_world import ACCOUNT, DATABASE, FAKE_PULUMI, NAME, REGION, AwsWorld

NOW = datetime.now(UTC).replace(microsecond=0)
MOMENT = NOW - timedelta(hours=3)
TO = MOMENT.isoformat(sep=" ")
FORMER, RESTORED = "db-FORMER", "db-RESTORED"
"""Resource ids; moto gives all instances one and the same."""

ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitoring"
LOGS = ["postgresql", "upgrade"]
URN = "urn:pulumi:prod::dify::dify:data:Database$aws:rds/instance:Instance::database-instance"
CIPHERTEXT = "v1:encrypted"

_TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}/migration-1"
_SCRIPT = """#!/bin/sh
if [ "$1 $2" = "stack import" ]; then cp "$4" pulumi-stack-export.json; fi
exec {python} -S {fake} "$@"
"""


@dataclass
class RestoreWorld:
    """`made` is what the set-up has to make in the restored database, beside what it changes; `exit_code` how the
    migration ends. `opened` are the services' counts whenever something that they write to changed."""

    world: AwsWorld
    made: list[str] = field(default_factory=list[str])
    exit_code: int = 0
    opened: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def instances(self) -> dict[str, dict[str, Any]]:
        """RDS instances by their names."""
        found = self.world.client("rds").describe_db_instances()["DBInstances"]
        return {one["DBInstanceIdentifier"]: one for one in found}

    @property
    def aside(self) -> dict[str, Any]:
        """The only instance that a restore has kept."""
        (name,) = [one for one in self.instances if one.startswith(f"{DATABASE}-before-")]
        return self.instances[name]

    @property
    def state(self) -> dict[str, Any]:
        """What Pulumi remembers."""
        return cast("dict[str, Any]", json.loads(Path("pulumi-stack-export.json").read_text()))

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        Path("pulumi-stack-export.json").write_text(json.dumps(state))

    @property
    def remembered(self) -> dict[str, Any]:
        """The database in it."""
        return next(one for one in self.state["deployment"]["resources"] if one["urn"] == URN)

    @property
    def ups(self) -> list[str]:
        """Commands of Pulumi that change something, in order."""
        return [one[0] if one[0] != "stack" else one[1] for one in self.world.pulumi_calls if one[1] != "output"]

    @property
    def counts(self) -> dict[str, int]:
        """Desired counts of services."""
        return {name: self.world.service(name)["desiredCount"] for name in self.world.outputs["services"]}

    def reach(self, **windows: tuple[datetime, datetime]) -> None:
        """RDS can restore these: the database, and those aside by the end of their names."""
        kept = [
            {
                "DBInstanceIdentifier": DATABASE if name == "database" else f"{DATABASE}-before-{name}",
                "DbiResourceId": name,
                "Status": "active",
                "RestoreWindow": {"EarliestTime": earliest, "LatestTime": latest},
            }
            for name, (earliest, latest) in windows.items()
        ]
        self.world.answers.give("rds:DescribeDBInstanceAutomatedBackups", {"DBInstanceAutomatedBackups": kept})

    def put(self, key: str, text: str, *, at: datetime, bucket: str = "files", **more: Any) -> str:
        """A version of an object that was written then; gives its id."""
        s3, name = self.world.client("s3"), self.world.outputs["buckets"][bucket]
        version = s3.put_object(Bucket=name, Key=key, Body=text.encode(), **more)["VersionId"]
        self._date(name, key, version, at)
        return version

    def delete(self, key: str, *, at: datetime, bucket: str = "files") -> None:
        """A deletion of then."""
        s3, name = self.world.client("s3"), self.world.outputs["buckets"][bucket]
        self._date(name, key, s3.delete_object(Bucket=name, Key=key)["VersionId"], at)

    def files(self, bucket: str = "files") -> dict[str, str]:
        """What a reader finds now: texts by their keys."""
        s3, name = self.world.client("s3"), self.world.outputs["buckets"][bucket]
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name).get("Contents", ())]
        return {key: s3.get_object(Bucket=name, Key=key)["Body"].read().decode() for key in keys}

    def _date(self, bucket: str, key: str, version: str, at: datetime) -> None:
        """moto dates everything now, and a test is over within a second."""
        found = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys.getlist(key)
        (one,) = [one for one in cast("list[Any]", found) if one.version_id == version]
        one.last_modified = at.replace(tzinfo=None)


def make_restore_world(world: AwsWorld, *, changed: bool = False) -> RestoreWorld:
    """`world`, with a database like production's in all that a restore does not take over; `changed`: also a file that
    was changed since MOMENT, one that was deleted, and one that is newer."""
    made = RestoreWorld(world=world)
    world.pulumi.write_text(_SCRIPT.format(python=sys.executable, fake=FAKE_PULUMI))
    _furnish(made)
    made.reach(database=(NOW - timedelta(days=30), NOW - timedelta(minutes=5)))
    made.state = _state(made)
    _play(made)
    if changed:
        for key in ("changed", "deleted"):
            made.put(key, "then", at=MOMENT - timedelta(days=1))
        made.put("changed", "now", at=MOMENT + timedelta(hours=1))
        made.delete("deleted", at=MOMENT + timedelta(hours=1))
        made.put("newer", "now", at=MOMENT + timedelta(hours=1))
    world.answers.asked.clear()
    return made


def _furnish(made: RestoreWorld) -> None:
    rds, key = made.world.client("rds"), made.world.client("kms").create_key()["KeyMetadata"]["Arn"]
    rds.create_db_parameter_group(
        DBParameterGroupName="dify-16", DBParameterGroupFamily="postgres16", Description="Dify"
    )
    rds.modify_db_instance(
        DBInstanceIdentifier=DATABASE,
        DBParameterGroupName="dify-16",
        MonitoringInterval=60,
        MonitoringRoleArn=ROLE,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": LOGS},
        PreferredMaintenanceWindow="sun:03:00-sun:04:00",
        CACertificateIdentifier="rds-ca-rsa2048-g1",
        CopyTagsToSnapshot=True,
        ManageMasterUserPassword=True,
        MasterUserSecretKmsKeyId=key,
        ApplyImmediately=True,
    )
    database: Any = rds_backends[ACCOUNT][REGION].databases[DATABASE]
    database.dbi_resource_id, database.storage_encrypted, database.kms_key_id = FORMER, True, key


def _state(made: RestoreWorld) -> dict[str, Any]:
    secret = made.instances[DATABASE]["MasterUserSecret"]
    owner = secret["SecretArn"]
    setup = "urn:pulumi:prod::dify::dify:data:DatabaseSetup$aws:lambda/invocation:Invocation::database-setup-finished"
    resources = [
        {"urn": "urn:pulumi:prod::dify::pulumi:pulumi:Stack::dify-prod", "type": "pulumi:pulumi:Stack"},
        {
            "urn": URN,
            "type": "aws:rds/instance:Instance",
            "id": FORMER,
            "protect": True,
            "inputs": {"identifier": DATABASE, "manageMasterUserPassword": True},
            "outputs": {
                **_outputs(made.instances[DATABASE]),
                "id": FORMER,
                "resourceId": FORMER,
                "identifier": DATABASE,
                "masterUserSecrets": [{"secretArn": owner, "secretStatus": "active", "kmsKeyId": secret["KmsKeyId"]}],
                "password": {"4dabf18193072939515e22adb298388d": "1b47061264138c4a", "ciphertext": CIPHERTEXT},
            },
        },
        {
            "urn": setup,
            "type": "aws:lambda/invocation:Invocation",
            "inputs": {"input": json.dumps({"ownerSecretArn": owner})},
            "outputs": {"result": json.dumps({"created": [], "changed": [], "unchanged": []})},
        },
    ]
    return {"version": 3, "deployment": {"resources": resources}}


def _outputs(instance: Mapping[str, Any]) -> dict[str, Any]:
    """What the AWS provider has read of an instance (pulumi_aws, rds.Instance)."""
    return {
        "instanceClass": instance.get("DBInstanceClass"),
        "engine": instance.get("Engine"),
        "engineVersionActual": instance.get("EngineVersion"),
        "username": instance.get("MasterUsername"),
        "kmsKeyId": instance.get("KmsKeyId"),
        "allocatedStorage": instance.get("AllocatedStorage"),
        "maxAllocatedStorage": instance.get("MaxAllocatedStorage"),
        "storageType": instance.get("StorageType"),
        "multiAz": instance.get("MultiAZ"),
        "publiclyAccessible": instance.get("PubliclyAccessible"),
        "caCertIdentifier": instance.get("CACertificateIdentifier"),
        "iamDatabaseAuthenticationEnabled": instance.get("IAMDatabaseAuthenticationEnabled"),
        "backupRetentionPeriod": instance.get("BackupRetentionPeriod"),
        "maintenanceWindow": instance.get("PreferredMaintenanceWindow"),
        "autoMinorVersionUpgrade": instance.get("AutoMinorVersionUpgrade"),
        "copyTagsToSnapshot": instance.get("CopyTagsToSnapshot"),
        "deletionProtection": instance.get("DeletionProtection"),
        "monitoringInterval": instance.get("MonitoringInterval"),
        "monitoringRoleArn": instance.get("MonitoringRoleArn"),
        "performanceInsightsEnabled": False,
        "performanceInsightsKmsKeyId": "",
        "performanceInsightsRetentionPeriod": 0,
        "enabledCloudwatchLogsExports": instance.get("EnabledCloudwatchLogsExports"),
        "port": instance["Endpoint"]["Port"],
        "dbSubnetGroupName": instance["DBSubnetGroup"]["DBSubnetGroupName"],
        "vpcSecurityGroupIds": [one["VpcSecurityGroupId"] for one in instance["VpcSecurityGroups"]],
        "parameterGroupName": instance["DBParameterGroups"][0]["DBParameterGroupName"],
        "tagsAll": {one["Key"]: one["Value"] for one in instance["TagList"]},
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": instance["MasterUserSecret"]["KmsKeyId"],
    }


def _play(made: RestoreWorld) -> None:
    """What moto leaves out of a restore, so that it is as bare as RDS makes it; the function, and the migration."""
    answers = made.world.answers

    def bare(_: dict[str, Any]) -> None:
        (name,) = [one for one in rds_backends[ACCOUNT][REGION].databases if "-restored-" in one]
        instance: Any = rds_backends[ACCOUNT][REGION].databases[name]
        instance.dbi_resource_id = RESTORED
        instance.monitoring_interval, instance.monitoring_role_arn = 0, None
        instance.enabled_cloudwatch_logs_exports = []
        instance.backup_retention_period = 1
        instance.preferred_maintenance_window = "mon:05:00-mon:05:30"
        instance.manage_master_user_password = False
        if hasattr(instance, "master_user_secret"):
            del instance.master_user_secret
        made.opened.append(made.counts)

    def copied(_: dict[str, Any]) -> None:
        with made.lock:
            made.opened.append(made.counts)

    def set_up(_: dict[str, Any]) -> dict[str, Any]:
        answer = {"created": made.made, "changed": ["password of dify_a"], "unchanged": []}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}

    def begun(_: dict[str, Any]) -> dict[str, Any]:
        made.opened.append(made.counts)
        return {"tasks": [{"taskArn": _TASK}], "failures": []}

    def migrated(_: dict[str, Any]) -> dict[str, Any]:
        containers = [{"name": MIGRATION.name, "exitCode": made.exit_code}]
        return {"tasks": [{"taskArn": _TASK, "lastStatus": "STOPPED", "containers": containers}]}

    def dated(found: dict[str, Any]) -> None:
        found["ResponseMetadata"]["HTTPHeaders"]["date"] = format_datetime(datetime.now(UTC), usegmt=True)

    answers.change("s3:HeadBucket", dated)
    answers.change("rds:RestoreDBInstanceToPointInTime", bare)
    answers.change("s3:CopyObject", copied)
    answers.give("ecs:RunTask", begun)
    answers.give("ecs:DescribeTasks", migrated)
    answers.give("lambda:Invoke", set_up)
    answers.give("logs:GetLogEvents", {"events": [{"message": "the migration failed"}]})
