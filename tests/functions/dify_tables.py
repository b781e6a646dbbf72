"""Dify's tables, as far as anything of this project reads them."""

TABLES = """
CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text, password text);
CREATE TABLE apps (id uuid PRIMARY KEY, tenant_id uuid, name text, mode text NOT NULL);
CREATE TABLE datasets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
CREATE TABLE documents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), dataset_id uuid, name text,
    indexing_status text DEFAULT 'completed', is_paused boolean, processing_started_at timestamp,
    created_at timestamp NOT NULL DEFAULT '2026-01-01');
CREATE TABLE document_segments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), document_id uuid NOT NULL, content text);
CREATE TABLE end_users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id text, created_at timestamp NOT NULL);
CREATE TABLE messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), app_id uuid NOT NULL, model_provider text,
    model_id text, conversation_id uuid NOT NULL, query text, answer text, message_tokens int NOT NULL DEFAULT 0,
    answer_tokens int NOT NULL DEFAULT 0, provider_response_latency float8 NOT NULL DEFAULT 0,
    total_price numeric(10,7), currency text NOT NULL DEFAULT 'USD', invoke_from text,
    from_source text NOT NULL DEFAULT 'api', from_end_user_id uuid, from_account_id uuid,
    status text NOT NULL DEFAULT 'normal', workflow_run_id uuid, created_at timestamp NOT NULL);
CREATE TABLE workflow_runs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), app_id uuid NOT NULL, type text NOT NULL,
    triggered_from text NOT NULL, status text NOT NULL, total_tokens bigint NOT NULL DEFAULT 0,
    elapsed_time float8 NOT NULL DEFAULT 0, created_by uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamp NOT NULL, finished_at timestamp);
"""
"""The columns that are read, with those beside them that must not be (api/models of langgenius/dify 1.17.1)."""

INDEXES = """
CREATE INDEX message_app_id_idx ON messages (app_id, created_at);
CREATE INDEX message_created_at_id_idx ON messages (created_at, id);
CREATE INDEX message_end_user_idx ON messages (app_id, from_source, from_end_user_id);
CREATE INDEX workflow_run_created_at_id_idx ON workflow_runs (created_at, id);
"""
"""Those of api/models/model.py and workflow.py that matter here."""


def identity(number: int) -> str:
    """A UUID that is easy to name."""
    return f"00000000-0000-0000-0000-{number:012d}"


def statements(text: str) -> list[str]:
    """The statements of `text`, one by one."""
    return [one for one in text.split(";\n") if one.strip()]
