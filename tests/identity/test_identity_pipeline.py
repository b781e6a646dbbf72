"""The pipeline: who may sign in as what, what they see, and what they cannot become."""

import json
from typing import Any, cast

import pytest

from components.pipeline_changes import PASSED_TO
from tests.components.component_graphs import ACCOUNT
from tests.identity.documents_of_stacks import STACKS, documents, graph, several
from tests.identity.patterns import covers, overlaps
from tests.recorder import Recorded

ROLES = {"preview": ["reads"], "drift": ["reads"], "deploy": ["reads", "entry", "tiers", "roles"]}
SUBJECTS = {
    "preview": "repo:example/dify-infrastructure:pull_request",
    "drift": "repo:example/dify-infrastructure:ref:refs/heads/main",
    "deploy": "repo:example/dify-infrastructure:environment:production",
}
CONTENTS = (
    *("secretsmanager:GetSecretValue", "logs:GetLogEvents", "logs:FilterLogEvents", "ecs:ExecuteCommand"),
    *("es:ESHttpGet", "rds-db:connect", "ssm:GetParameter", "sts:AssumeRole", "athena:GetQueryResults"),
    *("wafv2:GetSampledRequests", "codeartifact:GetAuthorizationToken", "elasticache:Connect"),
)
UNTOUCHED = {
    "aws:iam/policy": "policies, the boundary among them, are an administrator's",
    "aws:iam/openIdConnectProvider": "whom the account trusts is an administrator's",
    "aws:iam/accountPasswordPolicy": "rules of the whole account are an administrator's",
    "aws:s3/accountPublicAccessBlock": "same",
    "aws:ebs/encryptionByDefault": "same",
    "aws:cfg/": "who deploys cannot blind who watches",
    "aws:guardduty/": "same",
    "aws:securityhub/": "same",
    "aws:inspector2/": "same",
    "aws:accessanalyzer/": "same",
    "aws:cloudtrail/": "same",
    "aws:chatbot/": "its interface answers in regions of its own, outside of the stack's",
}
"""Types that the role which deploys leaves alone."""

SERVICES = {
    "alb": "elasticloadbalancing",
    "appautoscaling": "application-autoscaling",
    "lb": "elasticloadbalancing",
    "opensearch": "es",
    "vpc": "ec2",
}
"""IAM's names of services that the provider calls otherwise."""


def role(purpose: str) -> Recorded:
    return graph("pipeline").named(f"pipeline-{purpose}")


def statements(purpose: str) -> list[dict[str, Any]]:
    """Everything that a role of the pipeline is told."""
    owners = {f"pipeline-{part}" for part in ROLES[purpose]}
    return [statement for one in documents("pipeline") if one.owner in owners for statement in one.statements]


def decided(purpose: str, action: str, resource: str, *, surely: bool = False) -> bool:
    """Whether the role may do it to the resource; a denial under a condition counts only if not `surely`."""
    said = [
        statement["Effect"]
        for statement in statements(purpose)
        if any(covers(one.lower(), action.lower()) for one in several(statement["Action"]))
        and _is_about(statement, resource)
        and not (surely and statement["Effect"] == "Deny" and "Condition" in statement)
    ]
    return "Allow" in said and "Deny" not in said


def _is_about(statement: dict[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return not any(covers(one, resource) for one in several(statement["NotResource"]))
    return any(covers(one, resource) for one in several(statement["Resource"]))


@pytest.mark.parametrize("purpose", ROLES)
def test_a_role_trusts_one_subject_of_one_repository_word_for_word(purpose: str) -> None:
    (statement,) = json.loads(role(purpose).inputs["assumeRolePolicy"])["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
    assert statement["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": SUBJECTS[purpose]}
    }
    assert role(purpose).inputs["maxSessionDuration"] == 3600


@pytest.mark.parametrize("purpose", ROLES)
def test_a_role_has_its_parts_and_no_more(purpose: str) -> None:
    attached = graph("pipeline").of("iam/rolePolicyAttachment:RolePolicyAttachment")
    own = [one.inputs["policyArn"] for one in attached if one.inputs["role"] == f"dify-prod-{purpose}"]
    assert sorted(own) == sorted(f"pipeline-{part}-arn" for part in ROLES[purpose])


@pytest.mark.parametrize("purpose", ROLES)
@pytest.mark.parametrize("action", CONTENTS)
def test_no_workflow_sees_what_the_stack_holds(purpose: str, action: str) -> None:
    denials = [one for one in statements(purpose) if one["Effect"] == "Deny" and "Condition" not in one]
    assert any(covers(name.lower(), action.lower()) for one in denials for name in several(one["Action"]))
    assert not decided(purpose, action, "*")


@pytest.mark.parametrize("purpose", ROLES)
def test_of_all_objects_a_workflow_reads_those_of_the_state(purpose: str) -> None:
    assert decided(purpose, "s3:GetObject", "arn:aws:s3:::example-state/.pulumi/meta.yaml", surely=True)
    assert not decided(purpose, "s3:GetObject", "arn:aws:s3:::storage-files-bucket-1a2b3c4/secret.pdf")


@pytest.mark.parametrize("purpose", ["preview", "drift"])
def test_who_only_looks_changes_nothing(purpose: str) -> None:
    reading = ("Get", "Describe", "List", "View", "BatchGet", "BatchCheck", "Decrypt")
    for statement in statements(purpose):
        if statement["Effect"] == "Allow":
            assert all(name.split(":")[1].startswith(reading) for name in several(statement["Action"]))


@pytest.mark.parametrize("action", ["CreateRole", "PutRolePolicy", "AttachRolePolicy", "PutRolePermissionsBoundary"])
def test_who_deploys_makes_roles_of_the_stack_and_with_the_boundary_only(action: str) -> None:
    allowing = [
        one
        for one in statements("deploy")
        if one["Effect"] == "Allow" and any(covers(name, f"iam:{action}") for name in several(one["Action"]))
    ]
    (statement,) = allowing
    assert several(statement["Resource"]) == [f"arn:aws:iam::{ACCOUNT}:role/dify-prod/*"]
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/dify-prod-boundary"
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", "policy/dify-prod-boundary"),
        ("iam:DeletePolicy", "policy/dify-prod-boundary"),
        ("iam:DeleteRolePermissionsBoundary", "role/dify-prod/api-execution-1a2b3c4"),
        ("iam:UpdateAssumeRolePolicy", "role/dify-prod-pipeline/dify-prod-deploy"),
        ("iam:PutRolePolicy", "role/dify-prod-pipeline/dify-prod-deploy"),
        ("iam:AttachRolePolicy", "role/dify-prod-pipeline/dify-prod-preview"),
        ("iam:DeleteRole", "role/administrator"),
        ("iam:PassRole", "role/administrator"),
        ("iam:CreateUser", "user/anyone"),
        ("iam:CreateOpenIDConnectProvider", "oidc-provider/example.com"),
    ],
)
def test_who_deploys_cannot_become_more(action: str, resource: str) -> None:
    assert not decided("deploy", action, f"arn:aws:iam::{ACCOUNT}:{resource}", surely=True)


@pytest.mark.parametrize(
    "action",
    [
        *("cloudtrail:StopLogging", "cloudtrail:UpdateTrail", "config:StopConfigurationRecorder"),
        *("guardduty:UpdateDetector", "kms:ScheduleKeyDeletion", "rds:DeleteDBInstance", "s3:DeleteBucket"),
        "secretsmanager:DeleteSecret",
    ],
)
def test_who_deploys_neither_blinds_nor_destroys(action: str) -> None:
    denials = [one for one in statements("deploy") if one["Effect"] == "Deny" and "Condition" not in one]
    assert any(covers(name.lower(), action.lower()) for one in denials for name in several(one["Action"]))


def test_who_deploys_stays_in_the_regions_of_the_stack() -> None:
    (elsewhere,) = [one for one in statements("deploy") if several(one["Action"]) == ["*"]]
    assert elsewhere["Effect"] == "Deny"
    regions = ["eu-central-1", "us-east-1", "eu-west-1"]
    assert elsewhere["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": regions}}


@pytest.mark.parametrize("stack", STACKS)
def test_a_role_is_passed_to_every_service_that_acts_with_one(stack: str) -> None:
    acting = {
        service
        for one in graph(stack).of("aws:iam/role:Role")
        for statement in json.loads(one.inputs["assumeRolePolicy"])["Statement"]
        for service in several(cast("dict[str, Any]", statement["Principal"]).get("Service"))
    }
    # The set-up function passes OpenSearch its role (test_identity_boundary.py); who deploys passes it none.
    assert acting - {"cloudtrail.amazonaws.com", "chatbot.amazonaws.com", "es.amazonaws.com"} <= {*PASSED_TO}


@pytest.mark.parametrize("stack", STACKS)
def test_who_deploys_may_change_every_service_that_the_stack_uses(stack: str) -> None:
    used = {one.type for one in graph(stack).resources if one.custom and one.type.startswith("aws:")}
    untouched = tuple(UNTOUCHED)
    modules = {type_.split(":")[1].split("/")[0] for type_ in used if not type_.startswith(untouched)}
    services = {SERVICES.get(module, module) for module in modules}
    changed = {
        name.split(":")[0]
        for one in statements("deploy")
        if one["Effect"] == "Allow"
        for name in several(one["Action"])
        if not name.split(":")[1].startswith(("Get", "Describe", "List"))
    }
    assert {service for service in services if not any(overlaps(service, name) for name in changed)} == set()
