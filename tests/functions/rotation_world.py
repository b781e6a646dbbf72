"""What the rotation meets inside AWS. Secrets Manager is moto's, PostgreSQL and Redis are real; ElastiCache changes the
real Redis. Any call of AWS can be made the last one before the function is gone."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest

from functions.rotation import rotation
from functions.rotation.rotation import handler
from tests.functions.secret_keeper_world import Clock, refused
from tests.servers.redis_server import RedisServer

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CLUSTER = "dify-prod"


class GoneError(Exception):
    """The function ended here: out of time, out of memory, or its host gone."""


@dataclass
class Interruption:
    """Ends the function after its `after`-th call of AWS; `calls` counts them."""

    after: int | None = None
    calls: int = 0

    def call(self, made: Callable[[], Any]) -> Any:
        answer = made()
        self.calls += 1
        if self.calls == self.after:
            raise GoneError
        return answer


@dataclass
class RotatingSecrets:
    """Secrets Manager: a rotation begins with an empty version that is pending, which moto does not make."""

    interruption: Interruption
    client: Any = field(
        default_factory=lambda: cast("Any", boto3.client("secretsmanager"))  # pyright: ignore[reportUnknownMemberType]
    )
    begun: dict[str, str] = field(default_factory=dict[str, str])

    def create(self, name: str, fields: Mapping[str, str]) -> str:
        return self.client.create_secret(Name=name, SecretString=json.dumps(fields))["ARN"]

    def store(self, arn: str, fields: Mapping[str, str]) -> None:
        self.client.put_secret_value(SecretId=arn, SecretString=json.dumps(fields))

    def read(self, arn: str, stage: str = "AWSCURRENT") -> dict[str, str]:
        return json.loads(self.client.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"])

    def versions(self, arn: str) -> dict[str, list[str]]:
        return self.client.describe_secret(SecretId=arn)["VersionIdsToStages"]

    def begin(self, arn: str) -> str:
        """The token of a new rotation."""
        self.begun[arn] = str(uuid.uuid4())
        return self.begun[arn]

    def describe_secret(self, **parameters: str) -> dict[str, Any]:
        answer = self.interruption.call(lambda: self.client.describe_secret(**parameters))
        token = self.begun.get(parameters["SecretId"])
        empty = {token: ["AWSPENDING"]} if token else {}
        return {**answer, "VersionIdsToStages": {**empty, **answer["VersionIdsToStages"]}}

    def get_secret_value(self, **parameters: str) -> dict[str, Any]:
        return self.interruption.call(lambda: self.client.get_secret_value(**parameters))

    def put_secret_value(self, **parameters: Any) -> dict[str, Any]:
        return self.interruption.call(lambda: self.client.put_secret_value(**parameters))

    def update_secret_version_stage(self, **parameters: str) -> dict[str, Any]:
        return self.interruption.call(lambda: self.client.update_secret_version_stage(**parameters))


@dataclass
class CacheUsers:
    """ElastiCache, whose changes reach the real server at once and are `active` after `settles_after` looks."""

    interruption: Interruption
    server: RedisServer
    settles_after: int = 0
    modified: int = 0
    _looks_left: int = 0

    def describe_users(self, **parameters: str) -> dict[str, Any]:
        status = "modifying" if self._looks_left else "active"
        self._looks_left = max(0, self._looks_left - 1)
        return self.interruption.call(lambda: {"Users": [{"UserId": parameters["UserId"], "Status": status}]})

    def modify_user(self, **parameters: Any) -> dict[str, Any]:
        return self.interruption.call(lambda: self._modify(parameters["UserId"], parameters["AuthenticationMode"]))

    def _modify(self, user: str, mode: Mapping[str, Any]) -> dict[str, Any]:
        if self._looks_left:
            raise refused("InvalidUserState", "ModifyUser")
        assert mode["Type"] == "password"
        assert len(mode["Passwords"]) <= 2
        passwords = [f"+{password}" for password in mode["Passwords"]]
        self.server.admin.acl_setuser(  # pyright: ignore[reportUnknownMemberType]
            user, enabled=True, passwords=passwords, categories=["+@all"], keys=["*"], reset_passwords=True
        )
        self.modified += 1
        self._looks_left = self.settles_after
        return {}


@dataclass
class Services:
    """ECS: the services that were told to deploy, in order; those in `missing` do not exist."""

    interruption: Interruption
    deployed: list[str] = field(default_factory=list[str])
    missing: set[str] = field(default_factory=set[str])

    def update_service(self, **parameters: Any) -> dict[str, Any]:
        return self.interruption.call(lambda: self._update(**parameters))

    def _update(self, *, cluster: str, service: str, forceNewDeployment: bool) -> dict[str, Any]:  # noqa: N803  AWS's
        if service in self.missing:
            raise refused("ServiceNotFoundException", "UpdateService")
        assert (cluster, forceNewDeployment) == (CLUSTER, True)
        self.deployed.append(service)
        return {}


class RotationWorld:
    """The function with its clients and its environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.interruption = Interruption()
        self.secrets = RotatingSecrets(self.interruption)
        self.services = Services(self.interruption)
        self.clock = Clock()
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(rotation, "secrets_manager", lambda: self.secrets)
        monkeypatch.setattr(rotation, "ecs", lambda: self.services)

    def plan(self, secrets: Mapping[str, object]) -> None:
        """What the function's environment says."""
        self._monkeypatch.setenv("ROTATION", json.dumps({"cluster": CLUSTER, "secrets": secrets}))

    def with_cache(self, server: RedisServer) -> CacheUsers:
        """Cache users on `server`."""
        users = CacheUsers(self.interruption, server)
        self._monkeypatch.setattr(rotation, "elasticache", lambda: users)
        # The system's authorities as OpenSSL finds them: here they are the test's own.
        self._monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
        return users

    def call(self, event: object) -> dict[str, list[str]]:
        return handler(event, self.clock)

    def step(self, step: str, arn: str, token: str) -> dict[str, list[str]]:
        """One step, as Secrets Manager asks for it."""
        return self.call({"Step": step, "SecretId": arn, "ClientRequestToken": token})

    def rotate(self, arn: str, token: str | None = None) -> str:
        """All four steps, of a new rotation unless `token` is of one that began before."""
        token = token or self.secrets.begin(arn)
        for step in STEPS:
            self.step(step, arn, token)
        return token

    def count_calls(self, arn: str) -> int:
        """Calls of AWS that a whole rotation makes."""
        self.interruption.calls = 0
        self.rotate(arn)
        return self.interruption.calls

    def rotate_with_interruption(self, arn: str, after: int) -> None:
        """A rotation whose function is gone after that many calls of AWS, and then all four steps once more."""
        token = self.secrets.begin(arn)
        self.interruption.calls, self.interruption.after = 0, after
        with pytest.raises(GoneError):
            self.rotate(arn, token)
        self.interruption.after = None
        self.services.deployed.clear()
        self.rotate(arn, token)
