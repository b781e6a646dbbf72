"""`dify:uploads`: how large files of users may be."""

from typing import Annotated

from pydantic import Field

from dify.plan import Uploads as Planned
from settings.section import Section

_LARGEST_MIB = 500
"""Our own: the api holds a file in memory while it takes it."""

_Mib = Annotated[int, Field(ge=1, le=_LARGEST_MIB)]


class Uploads(Section):
    """Dify's own limits unless a stack says otherwise. What comes in front of Dify lets through what they admit."""

    file_mib: _Mib = Field(default=15, description="Largest document in MiB, 1 to 500.", examples=[50])
    image_mib: _Mib = Field(default=10, description="Largest image in MiB, 1 to 500.", examples=[20])
    audio_mib: _Mib = Field(default=50, description="Largest recording in MiB, 1 to 500.", examples=[100])
    video_mib: _Mib = Field(default=100, description="Largest video in MiB, 1 to 500.", examples=[200])
    files_at_once: int = Field(
        default=5, ge=1, le=100, description="Files that one upload may hold, 1 to 100.", examples=[20]
    )

    def planned(self) -> Planned:
        """What all services are told."""
        return Planned(
            file_mib=self.file_mib,
            image_mib=self.image_mib,
            audio_mib=self.audio_mib,
            video_mib=self.video_mib,
            files_at_once=self.files_at_once,
        )
