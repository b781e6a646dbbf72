"""Lambda functions: what runs, with what in its environment, who may call it, and for how long events try."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .literals import holds_secret
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import EVENT_TARGET, FUNCTION, FUNCTION_URL, PERMISSION
from .values import is_one_of, mapping, number

SUPPORTED_RUNTIMES = frozenset(
    {"python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x", "java21", "java25", "dotnet8", "dotnet10"}
    | {"provided.al2023", "ruby3.3", "ruby3.4"}
)
"""Runtimes without a deprecation date in reach (Lambda developer guide, lambda-runtimes)."""


@rule(
    "lambda-function-must-run-a-supported-runtime",
    FUNCTION,
    severity=Severity.MEDIUM,
    description="Functions run on a runtime that still gets security fixes.",
    remediation="Set runtime to a current one, for Python python3.13.",
    references=References(fsbp="Lambda.2", checkov="CKV_AWS_363"),
)
def supported_runtime(resource: Resource) -> Iterator[Finding]:
    if resource.get("packageType") == "Image":
        return
    yield from expect(
        resource, "runtime", lambda name: is_one_of(name, SUPPORTED_RUNTIMES), "runtime is missing or deprecated"
    )


@rule(
    "lambda-function-must-keep-secrets-out-of-environment",
    FUNCTION,
    severity=Severity.CRITICAL,
    description="No secret is written into a function's environment.",
    remediation="Pass the ARN of the secret and read it in the function.",
    references=References(checkov="CKV_AWS_45", practice="SEC02-BP03"),
    url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
)
def no_secret_in_environment(resource: Resource) -> Iterator[Finding]:
    for name, value in mapping(resource.get("environment", "variables")).items():
        if holds_secret(name, value):
            yield f"has a secret in the variable {name}"


@rule(
    "lambda-permission-must-name-its-source",
    PERMISSION,
    severity=Severity.HIGH,
    description="A permission to call a function names the caller and, for a service, on whose behalf it calls.",
    remediation="Set sourceArn or sourceAccount beside the service principal; never principal *.",
    references=References(fsbp="Lambda.1", checkov="CKV_AWS_301, CKV_AWS_364"),
)
def permission_names_source(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "principal", lambda name: name not in (None, "", "*"), "admits every principal")
    service = str(resource.props.get("principal")).endswith(".amazonaws.com")
    if service and not any(resource.has(name) for name in ("sourceArn", "sourceAccount", "principalOrgId")):
        yield "admits a service on anyone's behalf"


@rule(
    "cloudwatch-event-target-must-bound-its-retries",
    EVENT_TARGET,
    severity=Severity.MEDIUM,
    description="An event that fails is dropped after a time that was chosen, or kept for someone to look at.",
    remediation="Set retryPolicy, or deadLetterConfig; AWS tries 185 times over a day where both are missing.",
    references=References(practice="REL05-BP03"),
    url="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
)
def bounds_retries(resource: Resource) -> Iterator[Finding]:
    if not resource.has("retryPolicy") and not resource.has("deadLetterConfig"):
        yield "has neither retryPolicy nor deadLetterConfig"


@rule(
    "lambda-function-must-bound-its-concurrency",
    FUNCTION,
    severity=Severity.MEDIUM,
    description="So many calls run at once as were chosen, and no function takes the account's share from the others.",
    remediation="Set reservedConcurrentExecutions to 1 or more.",
    references=References(checkov="CKV_AWS_115", practice="REL05-BP02"),
    url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
)
def bounds_concurrency(resource: Resource) -> Iterator[Finding]:
    name = "reservedConcurrentExecutions"
    # -1, which AWS starts out with, is no bound; 0 is one that lets nothing run.
    yield from expect(resource, name, lambda calls: number(calls) >= 1, f"{name} is missing or no number of calls")


@rule(
    "lambda-function-url-must-authenticate",
    FUNCTION_URL,
    severity=Severity.CRITICAL,
    description="A function with a URL of its own answers to signed calls only.",
    remediation="Set authorizationType to AWS_IAM.",
    references=References(checkov="CKV_AWS_258", practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
)
def url_authenticates(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "authorizationType", lambda kind: kind == "AWS_IAM", "authorizationType is not AWS_IAM")
