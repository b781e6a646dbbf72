"""The host name that users open."""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.mistake import Mistake

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z]{{2,63}}")
_LONGEST_DOMAIN = 253


def _require_host_name(value: str) -> str:
    if _DOMAIN.fullmatch(value) is None or len(value) > _LONGEST_DOMAIN:
        raise Mistake(
            "must be one lower-case host name without scheme, port, path or wildcard",
            "write it like dify.example.com",
        )
    return value


Domain = Annotated[str, AfterValidator(_require_host_name)]
"""One lower-case host name."""
