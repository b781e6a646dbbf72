"""AWS clients. Importing this keeps secret values out of the log."""

import logging
from typing import Any, cast

import boto3
from elasticache_user import ElastiCache
from stored_secret import SecretsManager

# botocore's debug records hold whole requests, secret values included; they stay off whatever the root logger's level.
for _name in ("boto3", "botocore"):
    logging.getLogger(_name).setLevel(logging.INFO)


def secrets_manager() -> SecretsManager:
    """Secrets Manager of the function's own region."""
    return cast("SecretsManager", _client("secretsmanager"))


def elasticache() -> ElastiCache:
    """ElastiCache of the function's own region."""
    return cast("ElastiCache", _client("elasticache"))


def ecs() -> Any:
    """ECS of the function's own region."""
    return _client("ecs")


def sns(region: str) -> Any:
    """SNS of a region, which need not be the function's own."""
    return _client("sns", region_name=region)


def _client(service: str, **where: str) -> Any:
    make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(service, **where)
