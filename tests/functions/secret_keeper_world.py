"""What the function meets in AWS: moto's Secrets Manager, and cache users, whose changes moto does not implement."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError

USER = "dify-prod"
TEMPLATE = "rediss://{username}:{password}@{host}:{port}/1"


@dataclass
class Clock:
    """A Lambda context and its time: sleeping uses it up."""

    seconds: float = 300

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)

    def remaining(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds -= seconds


@dataclass
class CacheUsers:
    """ElastiCache users with AWS's rules: closed at first, busy for `settles_after` looks after a change."""

    settles_after: int = 2
    modes: dict[str, str] = field(default_factory=lambda: {USER: "iam"})
    passwords: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    fail_next: str | None = None
    modified: int = 0
    _looks_left: int = 0

    def describe_users(self, **parameters: str) -> dict[str, Any]:
        user = parameters["UserId"]
        if user not in self.modes:
            raise refused("UserNotFound", "DescribeUsers")
        status = "modifying" if self._looks_left else "active"
        self._looks_left = max(0, self._looks_left - 1)
        return {"Users": [{"UserId": user, "Status": status, "Authentication": {"Type": self.modes[user]}}]}

    def modify_user(self, **parameters: Any) -> dict[str, Any]:
        if self.fail_next:
            code, self.fail_next = self.fail_next, None
            raise refused(code, "ModifyUser", message=f"rejected {parameters}")
        if self._looks_left:
            raise refused("InvalidUserState", "ModifyUser")
        user, mode = parameters["UserId"], parameters["AuthenticationMode"]
        self.modes[user], self.passwords[user] = mode["Type"], mode["Passwords"]
        self.modified += 1
        self._looks_left = self.settles_after
        return {"UserId": user, "Status": "modifying"}


class Secrets:
    """Secrets Manager of the test account, as the function's client and as the test's eyes."""

    def __init__(self) -> None:
        self._client = cast("Any", boto3.client("secretsmanager"))  # pyright: ignore[reportUnknownMemberType]
        self.before_next_write: Callable[[], None] | None = None

    def get_secret_value(self, **parameters: str) -> dict[str, Any]:
        return self._client.get_secret_value(**parameters)

    def put_secret_value(self, **parameters: str) -> dict[str, Any]:
        if self.before_next_write:
            first, self.before_next_write = self.before_next_write, None
            first()
        return self._client.put_secret_value(**parameters)

    def create(self, name: str) -> str:
        """A secret without a version, as the deployment makes it."""
        return self._client.create_secret(Name=name)["ARN"]

    def store(self, arn: str, text: str) -> None:
        self._client.put_secret_value(SecretId=arn, SecretString=text)

    def read(self, arn: str) -> dict[str, str]:
        return json.loads(self._client.get_secret_value(SecretId=arn)["SecretString"])

    def versions(self, arn: str) -> dict[str, list[str]]:
        return self._client.describe_secret(SecretId=arn).get("VersionIdsToStages", {})

    def go_back(self, arn: str, version: str) -> None:
        """Make an older version the current one, as an operator would."""
        current = next(name for name, stages in self.versions(arn).items() if "AWSCURRENT" in stages)
        self._client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current
        )


def refused(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def application(arn: str) -> dict[str, Any]:
    return {
        "arn": arn,
        "generate": {
            "SECRET_KEY": {"length": 64, "alphabet": "alphanumeric"},
            "INIT_PASSWORD": {"length": 30, "alphabet": "alphanumeric"},
        },
    }


def cache(arn: str, *, host: str = "cache.internal", literals: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {
        "arn": arn,
        "generate": {"password": {"length": 64, "alphabet": "alphanumeric"}},
        "literals": dict(literals or {"username": USER}),
        "compose": {"CELERY_BROKER_URL": TEMPLATE},
        "values": {"host": host, "port": "6379"},
    }


def cache_user(arn: str) -> dict[str, str]:
    return {"userId": USER, "secretArn": arn, "passwordField": "password"}
