"""Cases of the rules about containers, functions, identity, scaling and accounts."""

from policies.guardrails import tokens as t
from tests.policies.case import (
    Case,
    add,
    every_container,
    every_statement,
    named,
    put,
    remove,
)
from tests.policies.graph_adapter import Declared, Stack


def scaled(resource: Declared) -> bool:
    return resource.props.get("minCapacity", 0) >= 2


def same_role(_: Stack, subject: Declared) -> None:
    subject.links["taskRoleArn"] = subject.links["executionRoleArn"]


CONTAINERS = "containerDefinitions"


CASES = [
    Case(
        rule="ecs-task-definition-must-keep-secrets-out-of-environment",
        at=t.TASK_DEFINITION,
        breaks=every_container(environment=[{"name": "SECRET_KEY", "value": "a value that anyone could read"}]),
        loses=CONTAINERS,
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-task-definition-must-not-be-privileged",
        at=t.TASK_DEFINITION,
        breaks=every_container(privileged=True),
        loses="networkMode",
        hides="networkMode",
    ),
    Case(
        rule="ecs-task-definition-must-have-read-only-root",
        at=t.TASK_DEFINITION,
        where=named("migration-definition"),  # no service runs it, so that none needs to be isolated
        breaks=every_container(readonlyRootFilesystem=False),
        loses=every_container(readonlyRootFilesystem=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-task-definition-must-log",
        at=t.TASK_DEFINITION,
        breaks=every_container(logConfiguration={"logDriver": "none"}),
        loses=every_container(logConfiguration=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-task-definition-must-pin-its-image",
        at=t.TASK_DEFINITION,
        breaks=every_container(image="registry.example.com:5000/langgenius/dify-api:latest"),
        also=frozenset({"ecs-task-definition-must-run-images-by-digest"}),
        loses=every_container(image="registry.example.com:5000/langgenius/dify-api"),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-task-definition-must-separate-its-roles",
        at=t.TASK_DEFINITION,
        breaks=same_role,
        loses="taskRoleArn",
        hides="taskRoleArn",
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-service-must-have-no-public-address",
        at=t.SERVICE,
        breaks=put("networkConfiguration.assignPublicIp", True),
        loses="networkConfiguration",
        hides="networkConfiguration.assignPublicIp",
    ),
    Case(
        rule="ecs-service-must-roll-back",
        at=t.SERVICE,
        breaks=put("deploymentCircuitBreaker.rollback", False),
        loses="deploymentCircuitBreaker",
        hides="deploymentCircuitBreaker.enable",
    ),
    Case(
        rule="ecs-service-must-scale-or-be-a-singleton",
        at=t.SCALING_TARGET,
        where=scaled,
        breaks=put("minCapacity", 1),
        loses=remove,
        hides="minCapacity",
    ),
    Case(
        rule="appautoscaling-policy-must-leave-room-for-a-zone",
        at=t.SCALING_POLICY,
        where=named("web-cpu"),
        breaks=put("targetTrackingScalingPolicyConfiguration.targetValue", 80),
        loses="targetTrackingScalingPolicyConfiguration",
        hides="targetTrackingScalingPolicyConfiguration",
        safe_when_missing=True,
    ),
    Case(
        rule="ecs-cluster-must-have-insights",
        at=t.CLUSTER,
        breaks=put("settings", [{"name": "containerInsights", "value": "disabled"}]),
        loses="settings",
        hides="settings",
    ),
    Case(
        rule="lambda-function-must-run-a-supported-runtime",
        at=t.FUNCTION,
        breaks=put("runtime", "python3.8"),
        loses="runtime",
        hides="runtime",
    ),
    Case(
        rule="lambda-function-must-keep-secrets-out-of-environment",
        at=t.FUNCTION,
        breaks=put("environment.variables", {"DATABASE": "postgresql://dify:open@database:5432/dify"}),
        loses="environment",
        hides="environment",
        safe_when_missing=True,
    ),
    Case(
        rule="lambda-permission-must-name-its-source",
        at=t.FUNCTION,
        breaks=add(t.PERMISSION, {"principal": "events.amazonaws.com", "action": "lambda:InvokeFunction"}),
        loses=add(t.PERMISSION, {"action": "lambda:InvokeFunction"}),
        hides="runtime",
        set_when_unknown=True,
    ),
    Case(
        rule="iam-policy-must-name-its-actions",
        at=t.ROLE_POLICY,
        where=named("search-setup-role-policy"),
        breaks=every_statement(Action=["s3:*"])("policy"),
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="iam-policy-must-name-its-resources",
        at=t.ROLE_POLICY,
        where=named("search-setup-role-policy"),
        breaks=every_statement(Action=["s3:GetObject"], Resource="*")("policy"),
        loses=every_statement(Action=["s3:GetObject"], Resource=None)("policy"),
        hides="policy",
    ),
    Case(
        rule="iam-role-must-bound-its-trust",
        at=t.ROLE,
        breaks=every_statement(Principal={"AWS": "*"}, Condition=None)("assumeRolePolicy"),
        also=frozenset({"iam-role-must-trust-who-is-given-it"}),
        loses="assumeRolePolicy",
        hides="assumeRolePolicy",
    ),
    Case(
        rule="iam-role-must-not-be-administrator",
        at=t.ROLE_POLICY_ATTACHMENT,
        breaks=put("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        loses="policyArn",
        hides="policyArn",
    ),
    Case(
        rule="aws-provider-must-name-its-account",
        at=t.PROVIDER,
        breaks=put("allowedAccountIds", "[]"),
        loses="allowedAccountIds",
        hides="allowedAccountIds",
    ),
    Case(
        rule="cloudwatch-log-group-must-have-retention",
        at=t.LOG_GROUP,
        breaks=put("retentionInDays", 30),
        loses="retentionInDays",
        hides="retentionInDays",
    ),
    Case(
        rule="cloudwatch-log-group-must-use-own-key",
        at=t.LOG_GROUP,
        breaks=put("kmsKeyId", ""),
        loses="kmsKeyId",
        hides="kmsKeyId",
        set_when_unknown=True,
    ),
    Case(
        rule="sns-topic-policy-must-not-be-public",
        at=t.TOPIC_POLICY,
        breaks=every_statement(Principal="*", Condition=None)("policy"),
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="sns-subscription-must-be-private",
        at=t.SUBSCRIPTION,
        breaks=put("protocol", "http"),
        loses="protocol",
        hides="protocol",
    ),
]
