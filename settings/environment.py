"""The decisions that every other section's rules depend on."""

from enum import StrEnum


class Target(StrEnum):
    """What a stack is made of: services of AWS, or containers on one Docker host."""

    AWS = "aws"
    DOCKER = "docker"


class Environment(StrEnum):
    """What a stack is for. Production refuses everything below the security and availability baseline."""

    PROD = "prod"
    STAGING = "staging"
    DEV = "dev"


class Lifecycle(StrEnum):
    """Whether the data outlives the stack.

    RETAIN protects every stateful resource from deletion and takes a final snapshot; DISPOSABLE lets a destroy
    leave nothing behind.
    """

    RETAIN = "retain"
    DISPOSABLE = "disposable"
