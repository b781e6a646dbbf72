"""Files on the host that a stack file names."""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.mistake import Mistake

_ABSOLUTE = re.compile(r"(?:/[A-Za-z0-9._@+-]+)+")


def _is_absolute(value: str) -> bool:
    return _ABSOLUTE.fullmatch(value) is not None and "/../" not in f"{value}/"


def _require_absolute(value: str) -> str:
    if not _is_absolute(value):
        raise Mistake("must be the absolute path of a file on the host", "write it like /etc/dify/file")
    return value


def _require_file(value: str) -> str:
    if not _is_absolute(value):
        # What is put here by mistake is the secret that belongs into the file.
        raise Mistake(
            "must be the absolute path of a file that holds the address", "write it like /etc/dify/file", hides=True
        )
    return value


HostFile = Annotated[str, AfterValidator(_require_absolute)]
"""An absolute path without blanks or `..`."""

HeldFile = Annotated[str, AfterValidator(_require_file)]
"""As HostFile, on the machine that operations run on, of a file that holds a secret."""
