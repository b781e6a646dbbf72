"""The columns of Dify's tables that are read, and no other: what the login of this function is admitted to.

None holds what somebody wrote, a name, an address or a password. Source: api/models/*.py of langgenius/dify 1.17.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accounts": ("id",),
        "apps": ("id", "mode"),
        "datasets": ("id",),
        "document_segments": ("document_id",),
        "documents": ("created_at", "dataset_id", "id", "indexing_status", "is_paused", "processing_started_at"),
        "end_users": ("created_at",),
        "messages": (
            *("answer_tokens", "app_id", "conversation_id", "created_at", "currency", "from_account_id"),
            *("from_end_user_id", "invoke_from", "message_tokens", "model_id", "model_provider"),
            *("provider_response_latency", "status", "total_price"),
        ),
        "workflow_runs": (
            *("app_id", "created_at", "created_by", "elapsed_time", "finished_at", "status", "total_tokens"),
            *("triggered_from", "type"),
        ),
    }
)
