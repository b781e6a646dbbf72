"""What PostgreSQL stores instead of a password."""

from base64 import b64encode
from typing import Any, cast

from scramp import ScramMechanism

_ITERATIONS = 4096
"""What PostgreSQL itself uses (documentation, scram_iterations)."""


def verifier(password: str) -> str:
    """The SCRAM-SHA-256 verifier of `password` under a new random salt.

    PostgreSQL takes it wherever it takes a password (documentation, CREATE ROLE), so that the password itself is in no
    statement, and in no log of statements.
    """
    mechanism = cast("Any", ScramMechanism())
    made: tuple[bytes, bytes, bytes, int] = mechanism.make_auth_info(password, _ITERATIONS)
    salt, stored_key, server_key = (b64encode(part).decode() for part in made[:3])
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt}${stored_key}:{server_key}"
