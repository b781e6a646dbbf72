"""After a restore the real engine goes on with the instance that has taken the database's place."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import boto3
import botocore.validate
import pytest
from sandboxes import Place

from operations.aws.restore.database_settings import changes, made_alike
from operations.aws.restore.remembered import remembered
from operations.aws.restore.state import Place as Stands
from operations.aws.restore.state import StateOf, asked_of, instance_of
from operations.pulumi_program import PulumiProgram

pytestmark = pytest.mark.engine

IDENTIFIER = "dify-prod-database"
OWNER = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-restored-1a2b3c"
RESTORED = Stands(resource_id="db-RESTORED00000000000000000", secret_arn=OWNER)
READERS = {
    *("database-setup-role-policy", "database-setup-finished"),
    *("rotation-role-policy", "rotation-function"),
}
"""What names the owner's login."""


def _program(place: Place, folder: Path) -> PulumiProgram:
    """The sandbox's Pulumi as an operator would call it: one executable that finds everything by itself."""
    workspace = place.workspace
    (pulumi, *_) = workspace.command(["stack"])
    file, copy = folder / "pulumi", ["--config-file", str(workspace.config_file)]
    file.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"given = ['pulumi', *sys.argv[1:], *({copy!r} if sys.argv[1] == 'refresh' else [])]\n"
        f"os.execve({pulumi!r}, given, {workspace.variables()!r})\n"
    )
    file.chmod(0o700)
    return PulumiProgram(stack=workspace.stack, folder=workspace.program, pulumi=str(file))


def _by_urn(state: Any) -> dict[str, Any]:
    return {one["urn"]: one for one in state["deployment"]["resources"]}


def test_the_state_follows_a_restored_database_and_only_readers_of_its_owners_login_change(
    dify: Callable[[str], Place], tmp_path: Path
) -> None:
    place = dify("prod")
    assert place.up().code == 0
    state, kept = StateOf(program=_program(place, tmp_path)), tmp_path / "kept.state"
    before = state.read()
    former = instance_of(before, IDENTIFIER)

    state.point_at(IDENTIFIER, RESTORED, kept)
    after = state.read()
    differing = {urn for urn, one in _by_urn(before).items() if _by_urn(after)[urn] != one}
    assert differing == {former["urn"]}
    found = instance_of(after, IDENTIFIER)
    assert (found["id"], found["outputs"]["resourceId"]) == (RESTORED.resource_id, RESTORED.resource_id)
    assert found["protect"]

    state.refresh(former["urn"])
    assert instance_of(state.read(), IDENTIFIER)["id"] == RESTORED.resource_id
    done = place.up()
    assert done.code == 0, done.text
    changed = {urn.rpartition("::")[2]: what for urn, what in done.operations.items() if what != "same"}
    assert changed == {
        "database-setup-role-policy": "update",
        "database-setup-finished": "delete-replaced",
        "rotation-role-policy": "update",
        "rotation-function": "update",
    }
    request, _ = asked_of(state.read(), "database-setup-finished")
    assert json.loads(request)["ownerSecretArn"] == OWNER
    assert place.preview("--expect-no-changes").code == 0

    # What was kept is a state that Pulumi takes back, with its secrets as encrypted as they were.
    assert json.loads(kept.read_text())["deployment"]["resources"] == before["deployment"]["resources"]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_pulumi_remembers_of_a_database_that_is_gone_is_all_that_its_successor_needs(
    dify: Callable[[str], Place], tmp_path: Path
) -> None:
    place = dify("prod")
    assert place.up().code == 0
    state = StateOf(program=_program(place, tmp_path))
    resource = instance_of(state.read(), IDENTIFIER)
    asked, like = resource["inputs"], remembered(resource)

    rds = cast("Any", boto3).client("rds", region_name="eu-central-1").meta.service_model
    for operation, arguments in (
        ("RestoreDBInstanceToPointInTime", {"TargetDBInstanceIdentifier": "x", **made_alike(like)}),
        ("ModifyDBInstance", {"DBInstanceIdentifier": "x", **changes(like, _bare(like))}),
    ):
        cast("Any", botocore.validate).validate_parameters(arguments, rds.operation_model(operation).input_shape)
    made, changed = made_alike(like), changes(like, _bare(like))
    assert (made["DBSubnetGroupName"], made["DBParameterGroupName"], made["VpcSecurityGroupIds"]) == (
        asked["dbSubnetGroupName"],
        asked["parameterGroupName"],
        asked["vpcSecurityGroupIds"],
    )
    assert {"Key": "stack", "Value": "dify-prod"} in made["Tags"]
    assert changed == {
        "DBInstanceClass": asked["instanceClass"],
        "MultiAZ": True,
        "MaxAllocatedStorage": asked["maxAllocatedStorage"],
        "StorageType": "gp3",
        "CACertificateIdentifier": asked["caCertIdentifier"],
        "EnableIAMDatabaseAuthentication": True,
        "BackupRetentionPeriod": asked["backupRetentionPeriod"],
        "PreferredMaintenanceWindow": asked["maintenanceWindow"],
        "AutoMinorVersionUpgrade": True,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": True,
        "MonitoringInterval": asked["monitoringInterval"],
        "MonitoringRoleArn": asked["monitoringRoleArn"],
        "EnablePerformanceInsights": True,
        "PerformanceInsightsKMSKeyId": asked["performanceInsightsKmsKeyId"],
        "PerformanceInsightsRetentionPeriod": asked["performanceInsightsRetentionPeriod"],
        "DatabaseInsightsMode": asked["databaseInsightsMode"],
        "VpcSecurityGroupIds": asked["vpcSecurityGroupIds"],
        "DBParameterGroupName": asked["parameterGroupName"],
        "ManageMasterUserPassword": True,
        "MasterUserSecretKmsKeyId": asked["masterUserSecretKmsKeyId"],
    }
    assert like["EnabledCloudwatchLogsExports"] == asked["enabledCloudwatchLogsExports"]
    assert {like[field] for field in ("Engine", "MasterUsername", "KmsKeyId", "EngineVersion")} == {
        asked[name] for name in ("engine", "username", "kmsKeyId", "engineVersion")
    }
    assert like["AllocatedStorage"] == asked["allocatedStorage"]

    state.point_at(IDENTIFIER, RESTORED, tmp_path / "kept.state")
    done = place.preview()
    assert done.code == 0, done.text
    changed_parts = {urn.rpartition("::")[2] for urn, what in done.operations.items() if what != "same"}
    assert changed_parts == READERS
    assert set(done.stateful().values()) == {"same"}


def _bare(like: Mapping[str, Any]) -> dict[str, Any]:
    """An instance as RDS makes it where it is told nothing."""
    return {name: like[name] for name in ("DBInstanceIdentifier", "Engine", "EngineVersion")}
