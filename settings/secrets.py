"""Finds secrets that were written into a stack file. None belongs there: AWS generates them.

Published defaults: docker/.env.example and docker/docker-compose.yaml of langgenius/dify.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

Path = tuple[str | int, ...]
"""Where a value is: keys of mappings, indices of lists."""

_NAME = re.compile(
    r"passw|passphrase|secret|token(?!endpoint$)|credential|privatekey|keymaterial|(?:^pass|^pwd|key|pwd)$"
)
_VALUE = re.compile(
    r"difyai123456|dify-sandbox$|dify-inner-api-key|lYkiYYT6owG|QaHbTe77CtuXmsfyhR7"
    r"|\bsk-[A-Za-z0-9_-]{8,}|\bA[KS]IA[A-Z0-9]{16}\b|-----BEGIN|://[^/@\s]*:[^/@\s]+@"
)


def looks_secret(name: str) -> bool:
    """Whether a key of this name would hold a secret, such as `apiKey`, `SECRET_KEY` or `dbPassword`."""
    return _NAME.search(re.sub(r"[^a-z0-9]", "", name.lower())) is not None


def _is_named_secret(path: Path) -> bool:
    return bool(path) and isinstance(path[-1], str) and looks_secret(path[-1])


def _is_secret_value(value: object) -> bool:
    if isinstance(value, Mapping):
        return set(cast("Mapping[str, object]", value)) == {"secure"}
    return isinstance(value, str) and _VALUE.search(value) is not None


def find_secrets(value: object, path: Path = ()) -> Iterator[Path]:
    """Paths under `value` that hold a secret, judged by name, by Pulumi's `secure:` and by the value's form."""
    if _is_named_secret(path) or _is_secret_value(value):
        yield path
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from find_secrets(item, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from find_secrets(item, (*path, index))
