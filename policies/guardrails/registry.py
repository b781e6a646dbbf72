"""Images and their repositories: scanned, unchangeable, encrypted with our key, cleaned up, closed, no passwords."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements
from .graph import Graph, known, single
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    DOCKER_IMAGE,
    DOCKER_PROVIDER,
    KEY,
    REGISTRY_IMAGE,
    REMOTE_IMAGE,
    REPOSITORY,
    REPOSITORY_LIFECYCLE,
    REPOSITORY_POLICY,
)
from .values import UNKNOWN, is_true, items, look, mapping, parsed


@rule(
    "ecr-repository-must-scan-on-push",
    REPOSITORY,
    severity=Severity.HIGH,
    description="Each image is scanned for known vulnerabilities when it arrives.",
    remediation="Set imageScanningConfiguration.scanOnPush to true.",
    references=References(fsbp="ECR.1", checkov="CKV_AWS_163"),
    remedy=(Setting(path="imageScanningConfiguration.scanOnPush"),),
)
def scans(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "imageScanningConfiguration.scanOnPush", is_true, "scanOnPush is not true")


@rule(
    "ecr-repository-must-have-immutable-tags",
    REPOSITORY,
    severity=Severity.HIGH,
    description="A tag means the same image for ever: nobody can put another one under the name of a release.",
    remediation="Set imageTagMutability to IMMUTABLE.",
    references=References(fsbp="ECR.2", checkov="CKV_AWS_51"),
    remedy=(Setting(path="imageTagMutability", value="IMMUTABLE"),),
)
def immutable(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "imageTagMutability", lambda value: value == "IMMUTABLE", "imageTagMutability is not IMMUTABLE"
    )


@rule(
    "ecr-repository-must-use-own-key",
    REPOSITORY,
    severity=Severity.MEDIUM,
    description="Images are encrypted with a key of this stack.",
    remediation="Set encryptionConfigurations to one entry with encryptionType KMS and kmsKey.",
    references=References(fsbp="ECR.5", checkov="CKV_AWS_136"),
)
def own_key(resource: Resource, graph: Graph) -> Iterator[Finding]:
    entries = resource.entries("encryptionConfigurations")
    if look(entries, "encryptionType") != "KMS":
        yield "encryptionType is not KMS"
        return
    given = any(mapping(entry).get("kmsKey") for entry in entries)
    # The ARN of a key that is still to be made is unknown; that it comes from one is not.
    if not given and not graph.linked(resource, "encryptionConfigurations", KEY):
        yield "kmsKey is missing"


@rule(
    "ecr-repository-must-expire-images",
    REPOSITORY,
    severity=Severity.MEDIUM,
    description="Old images are deleted, and with them what nobody patches any more.",
    remediation="Add one LifecyclePolicy to the repository with a rule whose action is expire.",
    references=References(fsbp="ECR.3"),
)
def expires(resource: Resource, graph: Graph) -> Iterator[Finding]:
    lifecycle = single(graph.pointing_at(resource, "repository", REPOSITORY_LIFECYCLE))
    if lifecycle is None:
        yield "does not have exactly one LifecyclePolicy"
        return
    rules = items(mapping(parsed(known(lifecycle, "policy"))).get("rules"))
    if not any(look(entry, "action", "type") == "expire" for entry in rules):
        yield "no rule of its lifecycle expires images"


@rule(
    "ecr-repository-policy-must-not-be-public",
    REPOSITORY_POLICY,
    severity=Severity.CRITICAL,
    description="No policy of a repository lets anyone pull or push.",
    remediation="Name the accounts or the organisation, or remove the policy: roles of this account need none.",
    references=References(checkov="CKV_AWS_32", practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
    late=("policy",),
)
def not_public(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("policy"), "policy"):
        if statement.is_public:
            yield "its policy admits anyone"


@rule(
    "docker-login-must-stay-out-of-the-state",
    DOCKER_PROVIDER,
    REMOTE_IMAGE,
    REGISTRY_IMAGE,
    DOCKER_IMAGE,
    severity=Severity.HIGH,
    description="No password of a registry is given to Docker's resources: whatever they take is kept in the state.",
    remediation="Name the registry's address alone and let a credential helper of Docker's configuration log in.",
    references=References(practice="SEC02-BP03"),
    url="https://www.pulumi.com/registry/packages/docker/api-docs/provider/",
)
def no_login(resource: Resource, graph: Graph) -> Iterator[Finding]:  # noqa: ARG001  makes it a stack rule
    for path in (("authConfig",), ("build", "authConfigs"), ("registry", "password")):
        if resource.get(*path):
            yield f"{'.'.join(path)} is set"
    # The engine hands a provider's nested inputs over as JSON text.
    logins = items(parsed(resource.get("registryAuth")))
    for name in ("password", "configFileContent"):
        if any(login is not UNKNOWN and mapping(login).get(name) for login in logins):
            yield f"registryAuth has {name}"
