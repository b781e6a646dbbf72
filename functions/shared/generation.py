"""Random values and the lengths their readers accept."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALPHANUMERIC = "alphanumeric"
BASE64URL_32_BYTES = "base64url-32-bytes"
ALPHABETS = (ALPHANUMERIC, BASE64URL_32_BYTES)

BASE64URL_32_BYTES_LENGTH = 43
"""Characters of 32 bytes in base64url without padding (RFC 4648, section 5)."""

LENGTHS = range(16, 129)
"""ElastiCache accepts user passwords of 16 to 128 characters (Amazon ElastiCache User Guide, role based access
control); the lower end is also the least that this function calls a secret."""

FIELD_LENGTHS: Mapping[str, range] = MappingProxyType(
    {
        # Dify asks for 42 random bytes or more (langgenius/dify docs, environment variables, SECRET_KEY).
        "SECRET_KEY": range(42, 129),
        # The set-up page accepts no more than 30 characters (langgenius/dify docs, INIT_PASSWORD).
        "INIT_PASSWORD": range(16, 31),
    }
)

_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a missing field is made: `length` characters of `alphabet`."""

    length: int
    alphabet: str


def lengths_of(field: str) -> range:
    """Lengths, in characters, that the reader of `field` accepts."""
    return FIELD_LENGTHS.get(field, LENGTHS)


def generate(recipe: Recipe) -> str:
    """A new random value. Either alphabet is safe in a URL, a shell and JSON without quoting."""
    if recipe.alphabet == BASE64URL_32_BYTES:
        return secrets.token_urlsafe(32)
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(recipe.length))
