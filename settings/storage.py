"""`dify:storage`: how long objects stay in S3, and in which class."""

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.section import Section


class Storage(Section):
    """Lifecycle rules of the files bucket and of the log bucket."""

    infrequent_access_after_days: int = Field(
        default=90,
        ge=30,
        le=3650,
        description="Days after which files move to Standard-IA; S3 allows no fewer than 30.",
        examples=[90],
    )
    expire_noncurrent_after_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days that overwritten or deleted files can be brought back, at least 30 in prod.",
        examples=[90],
    )
    abort_uploads_after_days: int = Field(
        default=7, ge=1, le=30, description="Days after which an unfinished upload is dropped.", examples=[7]
    )
    expire_logs_after_days: int = Field(
        default=400,
        ge=30,
        le=3653,
        description="Days that access logs are kept, at least 365 in prod.",
        examples=[400],
    )

    @field_validator("expire_noncurrent_after_days")
    @classmethod
    def _require_way_back(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 30, info, "days to bring a file back")

    @field_validator("expire_logs_after_days")
    @classmethod
    def _require_year_of_logs(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 365, info, "days of access logs")
