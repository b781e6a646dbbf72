"""What the function meets: a real Redis with Celery's queues in it, and moto's Secrets Manager and CloudWatch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.queue_depth.queue_depth import FunctionError, handler
from tests.functions.published_metrics import only_point
from tests.servers.redis_server import RedisServer

STACK, NAMESPACE = "dify-prod", "Dify/Queues"
USER, PASSWORD = "dify-prod-user", "q" * 64
GROUPS = {"worker": ["dataset", "workflow_based_app_execution"], "worker-mail": ["mail"]}
CELERY_DATABASE = 1


@dataclass(frozen=True)
class World:
    """One cache, one account, and the function's environment."""

    server: RedisServer
    monkeypatch: pytest.MonkeyPatch
    secret_arn: str

    def push(self, queue: str, tasks: int, *, priority: int = 0, prefix: str = "", database: int = 1) -> None:
        """Put tasks where kombu 5.7.0 puts them (transport/redis.py, Channel._put and _q_for_pri)."""
        key = prefix + (f"{queue}\x06\x16{priority}" if priority else queue)
        with self.server.client(USER, PASSWORD, database=database) as client:
            client.lpush(key, *["{}"] * tasks)

    def run(self, **changed: object) -> dict[str, int]:
        """One run of the function, with its settings changed."""
        self.monkeypatch.setenv("QUEUE_DEPTH", json.dumps(self.settings(**changed)))
        return handler({}, None)

    def failure(self, **changed: object) -> str:
        """The line of a run that must fail."""
        with pytest.raises(FunctionError) as caught:
            self.run(**changed)
        return str(caught.value)

    def settings(self, **changed: object) -> dict[str, object]:
        return {
            "stack": STACK,
            "namespace": NAMESPACE,
            "secretArn": self.secret_arn,
            "host": self.server.host,
            "port": self.server.port,
            "database": CELERY_DATABASE,
            "keyPrefix": "",
            "groups": GROUPS,
            **changed,
        }

    def forbid(self, command: str) -> None:
        cast("Any", self.server.admin).acl_setuser(USER, enabled=True, commands=[f"-{command}"])

    def server_reads(self) -> int:
        """How often the server has read from a connection so far."""
        return cast("Any", self.server.admin).info("stats")["total_reads_processed"]

    def refuse(self, service: str, operation: str, code: str) -> None:
        """Make AWS answer one API operation with an error."""
        make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]

        def refusing(name: str, **options: Any) -> Any:
            client = make(name, **options)
            if name == service:
                client.meta.events.register(f"before-call.{service}.{operation}", answer)
            return client

        def answer(**_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        self.monkeypatch.setattr(boto3, "client", refusing)

    def store_secret(self, text: str) -> None:
        _aws("secretsmanager").put_secret_value(SecretId=self.secret_arn, SecretString=text)

    def published(self) -> dict[tuple[str, ...], float]:
        """Every figure in CloudWatch, by metric name and the values of its dimensions after the stack."""
        client = _aws("cloudwatch")
        return {
            (metric["MetricName"], *_dimensions(metric["Dimensions"])): _counted(client, metric)
            for metric in client.list_metrics(Namespace=NAMESPACE)["Metrics"]
        }


def make_secret() -> str:
    """The cache user's secret, as functions/secret_keeper leaves it."""
    fields = {"username": USER, "password": PASSWORD}
    return _aws("secretsmanager").create_secret(Name="cache", SecretString=json.dumps(fields))["ARN"]


def _dimensions(dimensions: Sequence[Mapping[str, str]]) -> list[str]:
    values = {dimension["Name"]: dimension["Value"] for dimension in dimensions}
    assert values.pop("Stack") == STACK
    return [f"{name}={value}" for name, value in values.items()]


def _counted(client: Any, metric: Mapping[str, Any]) -> float:
    point = only_point(client, NAMESPACE, metric)
    assert point["Unit"] == "Count"
    return point["Sum"]


def _aws(service: str) -> Any:
    return cast("Any", boto3).client(service)
