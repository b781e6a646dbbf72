"""`dify:cleanup`: what Dify removes by itself, so that its database does not grow for ever (langgenius/dify#12991)."""

from pydantic import Field

from settings.section import Section


class Cleanup(Section):
    """Clean-up jobs of Dify. Without a number of days nothing is removed."""

    workflow_logs_after_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Days after which logs of workflow runs are removed.",
        examples=[90],
    )
    messages_after_days: int | None = Field(
        default=None,
        ge=22,
        le=3650,
        description="Days after which messages are removed; Dify's grace period is 21 days.",
        examples=[365],
    )
    embedding_cache: bool = Field(
        default=False, description="Whether cached embeddings that nobody asks for are removed.", examples=[True]
    )
    unused_datasets: bool = Field(
        default=False,
        description="Whether the index of a data set that nobody uses is removed; it is built again when used.",
        examples=[True],
    )
