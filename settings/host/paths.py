"""Files on the host that a stack file names."""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.mistake import Mistake

_ABSOLUTE = re.compile(r"(?:/[A-Za-z0-9._@+-]+)+")


def _require_absolute(value: str) -> str:
    if _ABSOLUTE.fullmatch(value) is None or "/../" in f"{value}/":
        raise Mistake("must be the absolute path of a file on the host", "write it like /etc/dify/file")
    return value


HostFile = Annotated[str, AfterValidator(_require_absolute)]
"""An absolute path without blanks or `..`."""
