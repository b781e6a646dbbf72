"""`dify:logs`: how much of its log each container keeps."""

from pydantic import Field

from settings.section import Section


class HostLogs(Section):
    """Docker's json-file driver: a full file is put aside, and the oldest is removed."""

    max_size_mib: int = Field(default=50, ge=1, le=10_240, description="Size of one file in MiB.", examples=[50])
    max_files: int = Field(default=5, ge=2, le=100, description="Files of one container.", examples=[5])
