"""Which calls count as a change of access, of what is recorded, of data, as a login or a session: one table."""

import pytest

from tests.queries.athena_world import World, event

_ACCESS, _RECORDING, _DATA = "changes-of-access", "changes-of-recording", "deletions-of-data"
_LOGINS, _SESSIONS, _ROLES, _SECRETS = "console-logins", "container-sessions", "roles-assumed", "reads-of-secrets"

_ANSWERS: dict[str, set[str]] = {
    "iam:AddUserToGroup": {_ACCESS},
    "iam:AttachRolePolicy": {_ACCESS},
    "iam:CreateAccessKey": {_ACCESS},
    "iam:DeactivateMFADevice": {_ACCESS},
    "iam:DeleteRolePermissionsBoundary": {_ACCESS},
    "iam:DetachUserPolicy": {_ACCESS},
    "iam:PutRolePolicy": {_ACCESS},
    "iam:RemoveUserFromGroup": {_ACCESS},
    "iam:SetDefaultPolicyVersion": {_ACCESS},
    "iam:UpdateAssumeRolePolicy": {_ACCESS},
    "iam:UploadSSHPublicKey": {_ACCESS},
    "iam:GetRole": set(),
    "ec2:AuthorizeSecurityGroupIngress": {_ACCESS},
    "ec2:CreateNetworkAclEntry": {_ACCESS},
    "ec2:ReplaceRoute": {_ACCESS},
    "ec2:AttachInternetGateway": {_ACCESS},
    "ec2:ModifyVpcEndpoint": {_ACCESS},
    "ec2:AcceptVpcPeeringConnection": {_ACCESS},
    "ec2:DescribeSecurityGroups": set(),
    "ec2:GetRouteServerRoutingDatabase": set(),
    "ec2:RunInstances": set(),
    "ec2:DeleteFlowLogs": {_RECORDING},
    "kms:CreateGrant": {_ACCESS},
    "kms:DisableKey": {_ACCESS, _DATA},
    "kms:DisableKeyRotation": {_ACCESS},
    "kms:PutKeyPolicy": {_ACCESS},
    "kms:ReplicateKey": {_ACCESS},
    "kms:RevokeGrant": {_ACCESS},
    "kms:ScheduleKeyDeletion": {_ACCESS, _DATA},
    "kms:Decrypt": set(),
    "s3:DeleteBucketPolicy": {_ACCESS},
    "s3:DeletePublicAccessBlock": {_ACCESS},
    "s3:PutBucketAcl": {_ACCESS},
    "s3:PutBucketPolicy": {_ACCESS},
    "s3:PutBucketPublicAccessBlock": {_ACCESS},
    "s3:PutBucketReplication": {_ACCESS},
    "s3:DeleteBucket": {_DATA},
    "s3:DeleteBucketReplication": {_DATA},
    "s3:PutBucketLifecycle": {_DATA},
    "s3:PutBucketVersioning": {_DATA},
    "s3:PutObjectLockConfiguration": {_DATA},
    "s3:PutBucketLogging": {_RECORDING},
    "s3:GetBucketPolicy": set(),
    "secretsmanager:PutResourcePolicy": {_ACCESS},
    "secretsmanager:DeleteResourcePolicy": {_ACCESS},
    "secretsmanager:DeleteSecret": {_DATA},
    "secretsmanager:GetSecretValue": {_SECRETS},
    "secretsmanager:BatchGetSecretValue": {_SECRETS},
    "secretsmanager:DescribeSecret": set(),
    "backup:DeleteRecoveryPoint": {_DATA},
    "backup:DisassociateRecoveryPoint": {_DATA},
    "backup:StopBackupJob": {_DATA},
    "backup:UpdateRecoveryPointLifecycle": {_DATA},
    "backup:ListBackupPlans": set(),
    "rds:DeleteDBSnapshot": {_DATA},
    "rds:DescribeDBSnapshots": set(),
    "elasticache:DeleteReplicationGroup": {_DATA},
    "es:DeleteDomain": {_DATA},
    "cloudtrail:DeleteTrail": {_RECORDING},
    "cloudtrail:PutEventSelectors": {_RECORDING},
    "cloudtrail:StopLogging": {_RECORDING},
    "cloudtrail:UpdateTrail": {_RECORDING},
    "cloudtrail:LookupEvents": set(),
    "config:StopConfigurationRecorder": {_RECORDING},
    "config:PutDeliveryChannel": {_RECORDING},
    "config:DescribeConfigRules": set(),
    "guardduty:DeleteDetector": {_RECORDING},
    "guardduty:UpdateDetector": {_RECORDING},
    "guardduty:DisassociateMembers": {_RECORDING},
    "securityhub:DisableSecurityHub": {_RECORDING},
    "access-analyzer:DeleteAnalyzer": {_RECORDING},
    "logs:DeleteLogGroup": {_RECORDING},
    "logs:PutRetentionPolicy": {_RECORDING},
    "logs:DisassociateKmsKey": {_RECORDING},
    "logs:PutLogEvents": set(),
    "monitoring:DeleteAlarms": {_RECORDING},
    "monitoring:DisableAlarmActions": {_RECORDING},
    "monitoring:PutMetricAlarm": {_RECORDING},
    "monitoring:GetMetricData": set(),
    "wafv2:DeleteLoggingConfiguration": {_RECORDING},
    "sns:Unsubscribe": {_RECORDING},
    "signin:ConsoleLogin": {_LOGINS},
    "signin:SwitchRole": {_LOGINS},
    "signin:CheckMfa": {_LOGINS},
    "signin:PasswordRecoveryRequested": {_LOGINS},
    "signin:UserAuthentication": {_LOGINS},
    "signin:RenewRole": set(),
    "sso:Authenticate": {_LOGINS},
    "sso:Federate": {_LOGINS},
    "sso:ListAccounts": set(),
    "ecs:ExecuteCommand": {_SESSIONS},
    "ecs:RunTask": set(),
    "ssm:StartSession": {_SESSIONS},
    "ssm:ResumeSession": {_SESSIONS},
    "ssm:GetParameter": set(),
    "sts:AssumeRole": {_ROLES},
    "sts:AssumeRoleWithSAML": {_ROLES},
    "sts:AssumeRoleWithWebIdentity": {_ROLES},
    "sts:GetCallerIdentity": set(),
}
"""A call, and which of the questions about kinds of calls find it."""


@pytest.mark.parametrize("query", [_ACCESS, _RECORDING, _DATA, _LOGINS, _SESSIONS, _ROLES, _SECRETS])
def test_a_question_about_a_kind_of_calls_finds_all_of_them_and_no_other(query: str) -> None:
    rows = [
        {"day": "2026/11/24"}
        | event(
            eventTime="2026-11-24T10:00:00Z",
            eventSource=f"{call.partition(':')[0]}.amazonaws.com",
            eventName=call.partition(":")[2],
            eventID=call,
            userIdentity={"type": "AWSService", "invokedBy": "somebody"},
            requestParameters={"roleArn": "arn:aws:iam::111122223333:role/any"},
        )
        for call in _ANSWERS
    ]
    asked = ["", "2026/11/24", "2026/11/24"] if query in {_ROLES, _SECRETS} else ["2026/11/24", "2026/11/24"]
    answer = World().add("cloudtrail_logs", *rows).ask(query, *asked)
    assert {row["eventid"] for row in answer} == {call for call, queries in _ANSWERS.items() if query in queries}
    assert {row["principal"] for row in answer} == {"AWSService" if query == _LOGINS else "somebody"}
