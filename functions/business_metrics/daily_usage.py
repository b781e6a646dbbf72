# ruff: noqa: S608  constants are joined here; values are parameters
"""What every app and model was used for on one day, kept in S3: Dify's clean-up removes the rows it is counted from.

A day is written once, an hour after its end, when its last answers have ended too; days that were missed follow, one
in each run. Its file is the same whenever it is written, for as long as the rows are there.
"""

import csv
import gzip
import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from business_questions import RUN, USED, Question
from business_reading import Reading
from daily_columns import COLUMNS, key_of
from errors import refusal

_READY_AFTER = timedelta(hours=1)
"""An answer ends after APP_MAX_EXECUTION_TIME, 1200 s by default (Dify, docker/.env.example)."""

_DAYS_BACK = 14
"""How far missed days are made good. Dify keeps messages for 22 days at least (cleanup.messagesAfterDays)."""

DAY = Question(
    metrics=tuple(COLUMNS),
    needs={
        "apps": ("id", "mode"),
        "messages": (
            *("answer_tokens", "app_id", "conversation_id", "created_at", "currency", "from_account_id"),
            *("from_end_user_id", "invoke_from", "message_tokens", "model_id", "model_provider"),
            *("provider_response_latency", "status", "total_price"),
        ),
        "workflow_runs": (
            *("app_id", "created_at", "created_by", "elapsed_time", "status", "total_tokens", "triggered_from", "type"),
        ),
    },
    sql=f"""
SELECT 'messages', CAST(app_id AS text) AS app, mode, model_provider AS provider, model_id AS model, currency,
    count(*), count(*) FILTER (WHERE messages.status = 'error'), count(DISTINCT conversation_id),
    count(DISTINCT coalesce(from_end_user_id, from_account_id)), sum(message_tokens), sum(answer_tokens),
    sum(message_tokens + answer_tokens), sum(total_price),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY provider_response_latency)
        FILTER (WHERE provider_response_latency > 0)
FROM messages LEFT JOIN apps ON apps.id = app_id
WHERE messages.created_at >= :first AND messages.created_at < :after AND {USED}
GROUP BY app_id, mode, model_provider, model_id, currency
UNION ALL
SELECT 'workflows', CAST(app_id AS text), mode, NULL, NULL, NULL, count(*),
    count(*) FILTER (WHERE workflow_runs.status = 'failed'), NULL, count(DISTINCT created_by), NULL, NULL,
    sum(total_tokens), NULL, percentile_cont(0.95) WITHIN GROUP (ORDER BY elapsed_time)
FROM workflow_runs LEFT JOIN apps ON apps.id = app_id
WHERE workflow_runs.created_at >= :first AND workflow_runs.created_at < :after AND {RUN}
GROUP BY app_id, mode
ORDER BY 1, 2, 3, 4, 5, 6""",
)


class S3(Protocol):
    """The part of the S3 client that is used here."""

    def list_objects_v2(self, **parameters: Any) -> Mapping[str, Any]: ...
    def put_object(self, **parameters: Any) -> object: ...


def missed_day(client: S3, bucket: str, now: datetime) -> date | None:
    """The earliest day that could have been written by `now` and is not there. Raises FunctionError."""
    last = (now - _READY_AFTER).date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in reversed(range(_DAYS_BACK))]
    try:
        # Keys are in the order of days, and what comes after the first of these is two weeks of them at most.
        found = client.list_objects_v2(Bucket=bucket, Prefix="daily/", StartAfter=f"daily/day={days[0]}")
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"bucket {bucket}", "ListObjectsV2", error) from None
    written = {one["Key"] for one in found.get("Contents", [])}
    return next((day for day in days if key_of(day) not in written), None)


def keep_day(client: S3, bucket: str, day: date, read: Reading) -> None:
    """Write the record of `day`. Raises FunctionError."""
    first = datetime.combine(day, time())
    rows = read.rows(DAY, {"first": first, "after": first + timedelta(days=1)})
    try:
        client.put_object(Bucket=bucket, Key=key_of(day), Body=_file(rows), ContentType="application/gzip")
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"bucket {bucket}", "PutObject", error) from None


def _file(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_plain(value) for value in row] for row in rows])
    # Without the time of day, which gzip would write into the file.
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _plain(value: object) -> object:
    """Text without what parts fields and lines: Hive's reader of plain text knows no quotes (daily_columns.py)."""
    if not isinstance(value, str):
        return value
    return "".join("_" if one in ',"\\' or not one.isprintable() else one for one in value)
