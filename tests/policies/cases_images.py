"""Cases of the rules about images and their repositories."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, add, put, remove, together, unlink

PUBLIC = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}'

CASES = [
    Case(
        rule="ecr-repository-must-scan-on-push",
        at=t.REPOSITORY,
        breaks=put("imageScanningConfiguration.scanOnPush", False),
        loses="imageScanningConfiguration",
        hides="imageScanningConfiguration",
    ),
    Case(
        rule="ecr-repository-must-have-immutable-tags",
        at=t.REPOSITORY,
        breaks=put("imageTagMutability", "MUTABLE"),
        loses="imageTagMutability",
        hides="imageTagMutability",
    ),
    Case(
        rule="ecr-repository-must-use-own-key",
        at=t.REPOSITORY,
        breaks=together(put("encryptionConfigurations.0.kmsKey", ""), unlink("encryptionConfigurations")),
        loses="encryptionConfigurations",
        hides="encryptionConfigurations",
    ),
    Case(
        rule="ecr-repository-must-expire-images",
        at=t.REPOSITORY_LIFECYCLE,
        breaks=remove,
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="ecr-repository-policy-must-not-be-public",
        at=t.REPOSITORY,
        breaks=add(t.REPOSITORY_POLICY, {"policy": PUBLIC}),
        loses=add(t.REPOSITORY_POLICY, {}),
        hides="imageTagMutability",
        set_when_unknown=True,
    ),
    Case(
        rule="docker-login-must-stay-out-of-the-state",
        at=t.DOCKER_PROVIDER,
        breaks=put("registryAuth", '[{"address": "registry.example.com", "password": "in the state"}]'),
        loses="registryAuth",
        hides="registryAuth",
        safe_when_missing=True,
    ),
]
