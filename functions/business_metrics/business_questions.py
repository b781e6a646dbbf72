# ruff: noqa: S608  constants are joined here; values are parameters
"""What is asked of Dify's database, each question with the columns it cannot do without.

How things are counted (Dify 1.17.1, api/models and api/controllers/console/app/statistic.py):
- A turn of a chatflow writes a message and a run of type `chat`: its tokens are the message's, and only runs of type
  `workflow` are counted as runs. What people try out in the editor is in neither.
- A message begins at `created_at`, and is counted there. Its tokens and price are written when it ends, which is
  `provider_response_latency` seconds later: they are counted there, so that every answer counts once and whole. An
  answer that was paused for a person is whole in the day's record only.
- A run is counted when it ends. Dify keeps no price of a run: Cost is that of messages.
- Dify does not say which API token a message came with (`api_tokens` knows the last use only), hence no figure of it.

Ranges of `created_at` come first in all that grows: messages(created_at, id) and workflow_runs(created_at, id) serve
them. end_users has no such index and is read whole, as are the small tables that are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Rows of `sql` are figures of `metrics`, after a value of `dimension` where there is one. NULL is no figure."""

    metrics: tuple[str, ...]
    needs: Columns
    sql: str
    dimension: str | None = None
    hourly: bool = False


USED = "invoke_from IS DISTINCT FROM 'debugger'"
RUN = "type = 'workflow' AND triggered_from IS DISTINCT FROM 'debugging'"

_ANSWERS = f"""
WITH answers AS (
    SELECT app_id, conversation_id, message_tokens, answer_tokens, total_price, currency, provider_response_latency,
        coalesce(model_provider || '/' || model_id, 'unknown') AS model, created_at >= :start AS begun,
        created_at + provider_response_latency * interval '1 second' >= :start
            AND created_at + provider_response_latency * interval '1 second' < :end AS ended
    FROM messages WHERE created_at >= :answers_from AND created_at < :end AND {USED})
"""
_ANSWER_COLUMNS = (
    *("app_id", "conversation_id", "message_tokens", "answer_tokens", "total_price", "currency"),
    *("provider_response_latency", "model_provider", "model_id", "created_at", "invoke_from"),
)
_TOKENS = """
    coalesce(sum(message_tokens) FILTER (WHERE ended), 0), coalesce(sum(answer_tokens) FILTER (WHERE ended), 0)"""
_LATENCY = """
    percentile_cont(0.95) WITHIN GROUP (ORDER BY provider_response_latency)
        FILTER (WHERE ended AND provider_response_latency > 0)"""

_RUNS = f"""
WITH runs AS (
    SELECT app_id, status, total_tokens, elapsed_time FROM workflow_runs
    WHERE created_at >= :runs_from AND created_at < :end AND {RUN} AND finished_at >= :start AND finished_at < :end)
"""
_RUN_COLUMNS = (
    *("app_id", "created_at", "elapsed_time", "finished_at", "status", "total_tokens", "triggered_from", "type"),
)
_RUN_FIGURES = """
    count(*), count(*) FILTER (WHERE status = 'failed'), coalesce(sum(total_tokens), 0),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY elapsed_time)"""
_RUN_METRICS = ("WorkflowRuns", "WorkflowFailures", "WorkflowTokens", "WorkflowLatency")

_UNFINISHED = "indexing_status IN ('waiting', 'parsing', 'cleaning', 'splitting', 'indexing') AND is_paused IS NOT TRUE"


def _total(metric: str, table: str) -> Question:
    return Question(metrics=(metric,), needs={table: ("id",)}, sql=f"SELECT count(id) FROM {table}")


QUESTIONS = (
    Question(
        metrics=("Messages", "Conversations", "TokensIn", "TokensOut", "Latency", "MessagesInOtherCurrencies"),
        needs={"messages": _ANSWER_COLUMNS},
        sql=f"""{_ANSWERS}
SELECT count(*) FILTER (WHERE begun), count(DISTINCT conversation_id) FILTER (WHERE begun), {_TOKENS}, {_LATENCY},
    count(*) FILTER (WHERE ended AND total_price > 0 AND coalesce(currency, '') <> ALL (CAST(:currencies AS text[])))
FROM answers""",
    ),
    Question(
        dimension="App",
        metrics=("Messages", "TokensIn", "TokensOut", "Latency"),
        needs={"messages": _ANSWER_COLUMNS},
        sql=f"""{_ANSWERS}, most AS (
    SELECT app_id FROM messages WHERE created_at >= :day_ago AND created_at < :end AND {USED}
    GROUP BY app_id ORDER BY count(*) DESC, app_id LIMIT :apps)
SELECT coalesce(CAST(most.app_id AS text), :other), count(*) FILTER (WHERE begun), {_TOKENS}, {_LATENCY}
FROM answers LEFT JOIN most USING (app_id) GROUP BY 1""",
    ),
    Question(
        dimension="Model",
        metrics=("Messages", "TokensIn", "TokensOut"),
        needs={"messages": _ANSWER_COLUMNS},
        sql=f"""{_ANSWERS}, most AS (
    SELECT coalesce(model_provider || '/' || model_id, 'unknown') AS model FROM messages
    WHERE created_at >= :day_ago AND created_at < :end AND {USED}
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :models)
SELECT coalesce(most.model, :other), count(*) FILTER (WHERE begun), {_TOKENS}
FROM answers LEFT JOIN most USING (model) GROUP BY 1""",
    ),
    Question(
        dimension="Currency",
        metrics=("Cost",),
        needs={"messages": _ANSWER_COLUMNS},
        sql=f"""{_ANSWERS}
SELECT listed.currency, coalesce(sum(total_price), 0)
FROM unnest(CAST(:currencies AS text[])) AS listed (currency)
LEFT JOIN answers ON answers.currency = listed.currency AND ended GROUP BY 1""",
    ),
    Question(
        metrics=("LoudestUserShare",),
        needs={
            "messages": (
                *("answer_tokens", "app_id", "created_at", "from_account_id", "from_end_user_id", "invoke_from"),
                "message_tokens",
            )
        },
        sql=f"""
WITH users AS (
    SELECT sum(message_tokens + answer_tokens) AS tokens FROM messages
    WHERE created_at >= :hour_ago AND created_at < :end AND {USED}
    GROUP BY app_id, coalesce(from_end_user_id, from_account_id))
SELECT 100.0 * max(tokens) / nullif(sum(tokens), 0) FROM users""",
    ),
    Question(
        metrics=("UsersAboveNorm",),
        needs={
            "messages": ("answer_tokens", "app_id", "created_at", "from_end_user_id", "invoke_from", "message_tokens")
        },
        sql=f"""
WITH loud AS (
    SELECT app_id, from_end_user_id, sum(message_tokens + answer_tokens) AS tokens FROM messages
    WHERE created_at >= :hour_ago AND created_at < :end AND {USED} AND from_end_user_id IS NOT NULL
    GROUP BY app_id, from_end_user_id HAVING sum(message_tokens + answer_tokens) >= :noticed
    ORDER BY tokens DESC LIMIT 20)
SELECT count(*) FROM loud CROSS JOIN LATERAL (
    SELECT sum(message_tokens + answer_tokens) / count(DISTINCT date_trunc('hour', created_at)) AS tokens
    FROM messages WHERE messages.app_id = loud.app_id AND messages.from_end_user_id = loud.from_end_user_id
        AND created_at >= :week_ago AND created_at < :hour_ago AND {USED}
    HAVING count(*) > 0) AS norm
WHERE loud.tokens > :loud_factor * norm.tokens""",
    ),
    Question(
        metrics=_RUN_METRICS,
        needs={"workflow_runs": _RUN_COLUMNS},
        sql=f"{_RUNS} SELECT {_RUN_FIGURES} FROM runs",
    ),
    Question(
        dimension="App",
        metrics=_RUN_METRICS,
        needs={"workflow_runs": _RUN_COLUMNS},
        sql=f"""{_RUNS}, most AS (
    SELECT app_id FROM workflow_runs WHERE created_at >= :day_ago AND created_at < :end AND {RUN}
    GROUP BY app_id ORDER BY count(*) DESC, app_id LIMIT :apps)
SELECT coalesce(CAST(most.app_id AS text), :other), {_RUN_FIGURES}
FROM runs LEFT JOIN most USING (app_id) GROUP BY 1""",
    ),
    Question(
        metrics=("StuckRuns",),
        needs={"workflow_runs": ("created_at", "status")},
        sql="""
SELECT count(*) FROM workflow_runs
WHERE created_at >= :day_ago AND created_at < :lost_since AND status = 'running'""",
    ),
    Question(
        metrics=("ActiveUsers",),
        needs={
            "messages": ("created_at", "from_account_id", "from_end_user_id", "invoke_from"),
            "workflow_runs": ("created_at", "created_by", "triggered_from", "type"),
        },
        sql=f"""
SELECT count(DISTINCT who) FROM (
    SELECT coalesce(from_end_user_id, from_account_id) AS who FROM messages
    WHERE created_at >= :midnight AND created_at < :end AND {USED}
    UNION ALL
    SELECT created_by FROM workflow_runs
    WHERE created_at >= :midnight AND created_at < :end AND type = 'workflow' AND triggered_from = 'app-run'
) AS seen""",
    ),
    Question(
        metrics=("NewEndUsers",),
        needs={"end_users": ("created_at",)},
        sql="SELECT count(*) FROM end_users WHERE created_at >= :start AND created_at < :end",
    ),
    Question(
        metrics=("IndexingBacklog", "StuckDocuments"),
        needs={"documents": ("created_at", "indexing_status", "is_paused", "processing_started_at")},
        sql=f"""
SELECT count(*), count(*) FILTER (WHERE greatest(created_at, processing_started_at) < :stuck_since)
FROM documents WHERE {_UNFINISHED}""",
    ),
    _total("Apps", "apps"),
    _total("Datasets", "datasets"),
    _total("Documents", "documents"),
    _total("Accounts", "accounts"),
    Question(
        metrics=("OrphanSegments",),
        needs={"document_segments": ("document_id",), "documents": ("id",)},
        sql="""
SELECT count(*) FROM document_segments
WHERE NOT EXISTS (SELECT FROM documents WHERE documents.id = document_segments.document_id)""",
        hourly=True,
    ),
    Question(
        metrics=("OrphanDocuments",),
        needs={"documents": ("dataset_id",), "datasets": ("id",)},
        sql="""
SELECT count(*) FROM documents
WHERE NOT EXISTS (SELECT FROM datasets WHERE datasets.id = documents.dataset_id)""",
        hourly=True,
    ),
)
