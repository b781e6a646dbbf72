"""A moment that a call names."""

from datetime import datetime

from operations.outcome import WrongCallError

_LIKE = 'write it like "2026-01-31 12:00:00+00:00"'


def moment_of(option: str, text: str) -> datetime:
    """The moment `text` of `option`. Raises WrongCallError: without its zone, a time may be hours off."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongCallError(f"{option}: got {text}; it is no time; {_LIKE}") from None
    if moment.tzinfo is None:
        raise WrongCallError(f"{option}: got {text}; its zone is missing; {_LIKE}")
    return moment
