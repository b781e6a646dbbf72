"""An address that is a secret, kept in a file that only its owner reads."""

import os
import re
import stat
from pathlib import Path
from urllib.parse import urlsplit

from operations.outcome import FailedError

_HTTPS = re.compile(r"https://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][!-~]*)?")
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?(?:[/?][!-~]*)?")
"""In the clear only to this very machine, where a relay may listen."""


def read_address(file: Path, key: str) -> str:
    """The address in `file`, which is `key` of dify:alarms. Raises FailedError, which never shows it."""
    where = f"config dify:alarms.{key}: {file}"
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(_LONGEST).decode("ascii", errors="replace").strip()
    except OSError as error:
        raise FailedError(f"{where}: got {error.strerror}; write the address there, with mode 600") from None
    if stat.S_IMODE(mode) & 0o077:
        raise FailedError(f"{where}: others may read it, and the address in it is a secret; chmod 600 {file}")
    if not (_HTTPS.fullmatch(content) or _LOOPBACK.fullmatch(content)) or not _has_port(content):
        raise FailedError(f"{where}: got [hidden]; it must hold one https:// address and nothing else; mend it")
    return content


_LONGEST = 8192


def _has_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False
