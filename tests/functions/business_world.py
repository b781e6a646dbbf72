"""Dify's tables on a real PostgreSQL, the login that reads them, and moto's Secrets Manager, CloudWatch and S3."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import boto3
import pytest
from moto.cloudwatch.models import cloudwatch_backends

from functions.business_metrics.business_metrics import FunctionError, handler
from functions.business_metrics.dify_columns import COLUMNS
from functions.business_metrics.published import PUBLISHED
from functions.database_setup import database_setup
from tests.functions.database_world import PASSWORD, DatabaseWorld, run
from tests.functions.dify_tables import INDEXES, TABLES, identity, statements
from tests.servers.postgresql import PostgreSQL

STACK, NAMESPACE, BUCKET = "dify-prod", "Dify/Business", "history"
READER_PASSWORD = "planted-Password-of-metrics-a"  # noqa: S105  made up
_ACCOUNT = "123456789012"
"""Moto's."""

NOON = "2026-11-20T12:06:00Z"
"""Of a run that counts from 12:00 to 12:05."""


def reader(secret_arn: str) -> dict[str, Any]:
    """What the set-up is told of the login."""
    return {
        "name": "dify_metrics",
        "secretArn": secret_arn,
        "database": "dify",
        "columns": {table: list(columns) for table, columns in COLUMNS.items()},
        "connections": 3,
        "statementSeconds": 20,
    }


@dataclass(frozen=True)
class World:
    """One server that was set up, one account, and the function's environment."""

    database: DatabaseWorld
    monkeypatch: pytest.MonkeyPatch
    secret_arn: str

    @classmethod
    def make(cls, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch, tables: str = TABLES + INDEXES) -> "World":
        """Set up as a deployment does: the reader first, and Dify's migrations after it."""
        database = DatabaseWorld.make(server)
        stored = json.dumps({"username": "dify_metrics_a", "password": READER_PASSWORD})
        arn = database.secrets.create_secret(Name="metrics", SecretString=stored)["ARN"]
        database_setup.handler(database.event(readers=[reader(arn)]), None)
        _aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        world = cls(database, monkeypatch, arn)
        world.sql(*statements(tables))
        return world

    def sql(self, *given: str) -> list[Any]:
        """Rows of the last statement of `given`, run as Dify."""
        with self.database.session("dify_a", PASSWORD, "dify") as session:
            return [run(session, statement) for statement in given][-1]

    def insert(self, table: str, *rows: Mapping[str, object]) -> None:
        def statement(row: Mapping[str, object]) -> str:
            values = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
            return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"  # noqa: S608

        self.sql(*(statement(row) for row in rows))

    def message(self, at: str, **columns: object) -> None:
        """A message of 2026-11-20 unless `at` names a day."""
        common = {"app_id": identity(1), "conversation_id": identity(100), "invoke_from": "web-app"}
        self.insert("messages", {**common, "created_at": _day(at), **columns})

    def workflow(self, at: str, finished: str | None, **columns: object) -> None:
        """A run of 2026-11-20 unless `at` names a day."""
        common = {"app_id": identity(2), "type": "workflow", "triggered_from": "app-run", "status": "succeeded"}
        ended = None if finished is None else _day(finished)
        self.insert("workflow_runs", {**common, "created_at": _day(at), "finished_at": ended, **columns})

    def settings(self, **changed: object) -> dict[str, object]:
        return {
            "stack": STACK,
            "namespace": NAMESPACE,
            "secretArn": self.secret_arn,
            "host": self.database.server.host,
            "port": self.database.server.port,
            "database": "dify",
            "apps": 10,
            "models": 10,
            "loudFactor": 10,
            "currencies": ["USD"],
            "historyBucket": BUCKET,
            **changed,
        }

    def run(self, time: str = NOON, **changed: object) -> dict[str, Any]:
        """One run of the function, with its settings changed."""
        self.monkeypatch.setenv("BUSINESS_METRICS", json.dumps(self.settings(**changed)))
        return cast("dict[str, Any]", handler({"time": time}, None))

    def failure(self, time: str = NOON, **changed: object) -> str:
        """The line of a run that must fail."""
        with pytest.raises(FunctionError) as caught:
            self.run(time, **changed)
        return str(caught.value)

    def published(self) -> dict[tuple[str, ...], float]:
        """Every figure in CloudWatch, by metric name and the values of its dimensions after the stack."""
        return {key: value for key, (value, _) in self._published().items()}

    def times(self) -> set[datetime]:
        """The times that figures have in CloudWatch."""
        return {time for _, time in self._published().values()}

    def _published(self) -> dict[tuple[str, ...], tuple[float, datetime]]:
        found: dict[tuple[str, ...], tuple[float, datetime]] = {}
        for datum in _cloudwatch().metric_data:
            names = tuple(one.name for one in datum.dimensions)
            values = {one.name: one.value for one in datum.dimensions}
            assert (datum.namespace, values.pop("Stack")) == (NAMESPACE, STACK)
            assert names in PUBLISHED[datum.name]
            key = (datum.name, *(f"{name}={value}" for name, value in values.items()))
            assert key not in found
            found[key] = float(datum.value), datum.timestamp
        return found

    def kept(self) -> dict[str, list[list[str]]]:
        """Key -> lines of every file of the history, each split at its commas."""
        client = _aws("s3")
        keys = [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: [line.split(",") for line in self.file(key).splitlines()] for key in keys}

    def file(self, key: str) -> str:
        return gzip.decompress(self.stored(key)).decode()

    def stored(self, key: str) -> bytes:
        return _aws("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def keep(self, key: str) -> None:
        """As if the record had been written."""
        _aws("s3").put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(b""))

    def remove(self, key: str) -> None:
        _aws("s3").delete_object(Bucket=BUCKET, Key=key)

    def forget(self) -> None:
        """Take everything out of CloudWatch, which has no call for it."""
        _cloudwatch().reset()


def _day(at: str) -> str:
    return at if "-" in at else f"2026-11-20 {at}"


def _cloudwatch() -> Any:
    """What was put, figure by figure: moto's own statistics mix what has more dimensions into what has fewer."""
    return cast("Any", cloudwatch_backends)[_ACCOUNT]["eu-central-1"]


def _aws(service: str) -> Any:
    return cast("Any", boto3).client(service)
