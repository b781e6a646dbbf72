"""The boundary: everything that the stack's roles are allowed lies within it, and what must never happen does not."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components.boundary import bounds, snapshots_role
from tests.components.component_graphs import ACCOUNT, site
from tests.identity.containment import escapes
from tests.identity.documents_of_stacks import STACKS, Document, Kind, account, documents, graph, several
from tests.identity.patterns import covers, overlaps

LIMIT = 6144
"""Characters of a managed policy (IAM User Guide, "IAM and AWS STS quotas")."""

HOLDS = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
"""True of every request of this stack's roles: nothing of another account is named in a policy."""

MANAGED: dict[str, tuple[str, ...]] = {
    "AWSLambdaVPCAccessExecutionRole": (
        *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
        *("ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
        *("logs:CreateLogStream", "logs:PutLogEvents"),
    ),
    "AmazonRDSEnhancedMonitoringRole": (
        *("logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:CreateLogStream", "logs:PutLogEvents"),
        *("logs:DescribeLogStreams", "logs:GetLogEvents"),
    ),
    "AWSBackupServiceRolePolicyForBackup": (
        *("rds:AddTagsToResource", "rds:ListTagsForResource", "rds:DescribeDBSnapshots", "rds:CreateDBSnapshot"),
        *("rds:CopyDBSnapshot", "rds:DescribeDBInstances", "rds:DeleteDBInstanceAutomatedBackup"),
        *("rds:ModifyDBInstance", "rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"),
        *("backup:DescribeBackupVault", "backup:CopyIntoBackupVault", "backup:CopyFromBackupVault"),
        *("backup:TagResource", "kms:DescribeKey", "kms:CreateGrant", "tag:GetResources"),
    ),
    "AWSBackupServiceRolePolicyForRestores": (
        *("rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime", "rds:CreateDBInstance"),
        *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo", "kms:ReEncryptFrom"),
        *("backup:StartRestoreJob", "backup:ListRestoreJobs", "backup:DescribeRestoreJob"),
        "backup:ListRecoveryPointsByBackupVault",
    ),
    "AWSBackupServiceRolePolicyForS3Backup": (
        *("cloudwatch:GetMetricData", "events:DeleteRule", "events:PutTargets", "events:DescribeRule"),
        *("events:EnableRule", "events:PutRule", "events:RemoveTargets", "events:ListTargetsByRule"),
        *("events:DisableRule", "events:ListRules", "kms:Decrypt", "kms:DescribeKey", "s3:GetBucketTagging"),
        *("s3:GetInventoryConfiguration", "s3:ListBucketVersions", "s3:ListBucket", "s3:GetBucketVersioning"),
        *("s3:GetBucketLocation", "s3:GetBucketAcl", "s3:PutInventoryConfiguration", "s3:GetBucketNotification"),
        *("s3:PutBucketNotification", "s3:GetObjectAcl", "s3:GetObject", "s3:GetObjectVersionTagging"),
        *("s3:GetObjectVersionAcl", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:ListAllMyBuckets"),
        *("s3:ListTagsForResource", "backup:TagResource"),
    ),
    "AWSBackupServiceRolePolicyForS3Restore": (
        *("s3:ListBucketVersions", "s3:ListBucket", "s3:GetBucketVersioning", "s3:GetBucketLocation"),
        *("s3:PutBucketVersioning", "s3:GetBucketOwnershipControls", "s3:GetObject", "s3:GetObjectVersion"),
        *("s3:DeleteObject", "s3:PutObjectVersionAcl", "s3:GetObjectVersionAcl", "s3:GetObjectTagging"),
        *("s3:PutObjectTagging", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:ListMultipartUploadParts"),
        *("s3:PutObject", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"),
        *("s3:CreateBucket", "s3:PutBucketOwnershipControls"),
    ),
}
"""AWS's own policies that roles here have, and what of them this stack needs: databases and buckets. The rest of them,
for other stores, is held back."""

PASSED = snapshots_role(site())
"""The only role that a role of the stack hands on, and only to OpenSearch."""

NEVER = (
    *("iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole", "organizations:LeaveOrganization"),
    *("account:CloseAccount", "sts:AssumeRole"),
    *("cloudtrail:StopLogging", "config:StopConfigurationRecorder", "guardduty:DeleteDetector"),
    *("kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    *("secretsmanager:DeleteSecret", "logs:DeleteLogGroup", "rds:DeleteDBInstance", "backup:DeleteRecoveryPoint"),
)

BOUNDS = [dict(statement) for statement in bounds(site(), ["eu-west-1"])]
ALLOWED = [statement for statement in BOUNDS if statement["Effect"] == "Allow"]
DENIED = [statement for statement in BOUNDS if statement["Effect"] == "Deny"]


def of_roles(stack: str) -> list[Document]:
    """What roles of the stack itself may do; the pipeline's roles stand outside of it."""
    found = [
        one for one in documents(stack) if one.kind is Kind.IDENTITY and one.type == "aws:iam/rolePolicy:RolePolicy"
    ]
    return [one for one in found if not one.owner.startswith("pipeline-")]


def names(statements: list[dict[str, Any]], action: str) -> bool:
    return any(covers(one.lower(), action.lower()) for found in statements for one in several(found["Action"]))


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "pipeline"])
def test_everything_that_a_role_is_allowed_lies_within_the_boundary(stack: str) -> None:
    (own,) = [one.statements for one in documents(stack) if one.owner == "boundary-policy"]
    of_account = {"StringEquals": {"aws:ResourceAccount": account(stack)}}
    escaped = [
        (one.owner, *found)
        for one in of_roles(stack)
        for statement in one.statements
        if statement["Effect"] == "Allow"
        for found in escapes(statement, own, of_account)
    ]
    assert of_roles(stack)
    assert escaped == []


def test_a_wider_statement_is_seen_to_leave_the_boundary() -> None:
    inside = {"Action": "secretsmanager:GetSecretValue", "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:x"}
    assert escapes(inside, BOUNDS, HOLDS) == []
    assert escapes({**inside, "Resource": "*"}, BOUNDS, HOLDS)
    assert escapes({**inside, "Action": "secretsmanager:*"}, BOUNDS, HOLDS)
    key = {"Action": "kms:Decrypt", "Resource": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"}
    assert escapes(key, BOUNDS, HOLDS)
    assert (
        escapes(
            {**key, "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}}, BOUNDS, HOLDS
        )
        == []
    )
    assert escapes({"Action": "s3:DeleteObject*", "Resource": "arn:aws:s3:::x/*"}, BOUNDS, HOLDS)


@pytest.mark.parametrize("policy", MANAGED)
def test_what_aws_itself_must_do_is_let_through(policy: str) -> None:
    given = json.loads(aws_managed_policies_data)[policy]["Document"]["Statement"]
    offered = {action for statement in given for action in several(statement["Action"])}
    assert {*MANAGED[policy]} <= offered
    assert [action for action in MANAGED[policy] if not names(ALLOWED, action)] == []
    always = [statement for statement in DENIED if "Condition" not in statement]
    assert [action for action in MANAGED[policy] if names(always, action)] == []


def test_a_role_may_make_the_buckets_of_restore_tests_and_no_other() -> None:
    (makes,) = [one for one in ALLOWED if names([one], "s3:CreateBucket")]
    assert several(makes["Resource"]) == ["arn:aws:s3:::awsbackup-restore-test-*"]


@pytest.mark.parametrize("stack", STACKS)
def test_every_policy_of_aws_that_a_role_has_is_judged(stack: str) -> None:
    attached = [one.inputs["policyArn"] for one in graph(stack).of("iam/rolePolicyAttachment:RolePolicyAttachment")]
    named = {str(arn).rsplit("/", 1)[-1] for arn in attached if str(arn).startswith("arn:aws:iam::aws:policy/")}
    assert named <= {*MANAGED}


@pytest.mark.parametrize("action", NEVER)
def test_no_role_ever_does_it(action: str) -> None:
    always = [statement for statement in DENIED if "Condition" not in statement]
    assert names(always, action)
    assert all(several(one.get("Resource")) == ["*"] or several(one["NotResource"]) == [PASSED] for one in always)
    assert not [one for one in ALLOWED if names([one], action) and several(one["Resource"]) != [PASSED]]


def test_of_the_role_that_is_passed_on_nothing_but_that_is_allowed() -> None:
    (spared,) = [one for one in DENIED if "NotResource" in one]
    about_it = [one for one in ALLOWED if any(overlaps(place, PASSED) for place in several(one["Resource"]))]
    allowed = [action for one in about_it if "*" not in several(one["Resource"]) for action in several(one["Action"])]
    (passing,) = [one for one in about_it if several(one["Resource"]) == [PASSED]]
    assert allowed == ["iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "es.amazonaws.com"}}
    everywhere = [action for one in about_it if "*" in several(one["Resource"]) for action in several(one["Action"])]
    assert not [action for action in everywhere if any(overlaps(one, action) for one in several(spared["Action"]))]


def test_no_role_passes_on_another_one() -> None:
    pass_on = {"Action": "iam:PassRole", "Condition": {"StringEquals": {"iam:PassedToService": "es.amazonaws.com"}}}
    own = PASSED.replace("*", "1a2b3c4")
    assert escapes({**pass_on, "Resource": own}, BOUNDS, HOLDS) == []
    assert escapes({**pass_on, "Resource": own.replace("snapshots", "setup")}, BOUNDS, HOLDS)
    assert escapes({**pass_on, "Resource": "*"}, BOUNDS, HOLDS)
    elsewhere = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert escapes({**pass_on, "Resource": own, "Condition": elsewhere}, BOUNDS, HOLDS)


def test_no_role_acts_in_a_region_that_is_not_the_stacks() -> None:
    (elsewhere,) = [statement for statement in DENIED if "*" in several(statement["Action"])]
    assert elsewhere["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}


def test_the_code_of_a_function_makes_no_network_interfaces() -> None:
    (by_code,) = [one for one in DENIED if "Null" in cast("dict[str, Any]", one.get("Condition", {}))]
    assert by_code["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}
    assert names([by_code], "ec2:CreateNetworkInterface")


def test_the_boundary_of_the_longest_name_is_within_the_quota() -> None:
    longest = replace(site(), name="dify-staging-" + "x" * 20)
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": bounds(longest, ["ap-southeast-1"])}, separators=(",", ":")
    )
    assert len(text) <= LIMIT


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "pipeline"])
def test_every_role_that_a_service_acts_with_has_the_boundary(stack: str) -> None:
    unbounded = [
        role.name
        for role in graph(stack).of("aws:iam/role:Role")
        if '"Service"' in role.inputs["assumeRolePolicy"] and "permissionsBoundary" not in role.inputs
    ]
    assert unbounded == []
