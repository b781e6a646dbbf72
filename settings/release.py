"""The Dify release of a stack."""

import re
from typing import Annotated

from pydantic import AfterValidator

from dify.releases import RELEASES
from settings.mistake import Mistake

_NUMBER = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def _require_known_release(value: str) -> str:
    if _NUMBER.fullmatch(value) is None:
        raise Mistake("must be a release number N.N.N", f"set one of {', '.join(RELEASES)}")
    if value not in RELEASES:
        raise Mistake("must be a release that was tested here", f"set one of {', '.join(RELEASES)}")
    return value


ReleaseNumber = Annotated[str, AfterValidator(_require_known_release)]
"""The number of a release of dify/releases.py."""
