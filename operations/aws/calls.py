"""Calls of AWS: what is refused is one line that says what mends it, and long work is waited for."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from operations.outcome import FailedError
from operations.output import duration, say

PAUSE_SECONDS = 10.0
"""Between two looks at what is waited for. Tests set it to 0."""

_PROGRESS_SECONDS = 60.0
_LOOKS_UNTIL_TOLD = 6

_SHOWN = 300
"""Characters of a message; EC2 appends a whole encoded policy to some."""

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException")
_BUSY = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
"""AWS's codes differ from service to service (AWS General Reference, "Common errors", and each API's own page)."""


@contextmanager
def asking(action: str) -> Generator[None]:
    """What AWS refuses within is a FailedError of one line. `action` is the IAM action of the call, for example
    `rds:CreateDBSnapshot`, which is what the caller lacks where access is denied."""
    try:
        yield
    except ClientError as error:
        told = cast("Mapping[str, str]", cast("Any", error).response.get("Error", {}))
        code, message = told.get("Code", "Unknown"), " ".join(told.get("Message", "").split())[:_SHOWN]
        raise FailedError(f"{action}: got {code}: {message}; {_remedy(action, code)}") from None
    except NoCredentialsError:
        raise FailedError(f"{action}: got no AWS credentials; log in, or set AWS_PROFILE") from None
    except BotoCoreError as error:
        why = " ".join(str(error).split())[:_SHOWN]
        raise FailedError(f"{action}: got no answer: {why}; look at the network and call again") from None


def wait_until(
    what: str,
    look: Callable[[], str | None],
    *,
    seconds: float,
    otherwise: str,
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Look again and again, until `look` gives None; gives the seconds that it took. A text from `look` is how far it
    is, and is said every minute. Raises FailedError after `seconds`, which says `otherwise`: what to look at."""
    begun = told = clock()
    while (state := look()) is not None:
        now = clock()
        if now - begun > seconds:
            raise FailedError(f"{what}: got {state} after {duration(seconds)}; {otherwise}")
        if now - told >= _PROGRESS_SECONDS:
            told = now
            say(f"  {what}: {state}, {duration(now - begun)} so far")
        time.sleep(PAUSE_SECONDS)
    return clock() - begun


def watch(what: str, look: Callable[[], str | None], *, looks: int, otherwise: str) -> None:
    """Look so many times, with a pause after each. Raises FailedError as soon as `look` gives a text: what is wrong."""
    for number in range(looks):
        if (wrong := look()) is not None:
            raise FailedError(f"{what}: {wrong}; {otherwise}")
        if number and number % _LOOKS_UNTIL_TOLD == 0:
            say(f"  {what}: well after {number} of {looks} looks")
        time.sleep(PAUSE_SECONDS)


def _remedy(action: str, code: str) -> str:
    if code in _DENIED:
        return f"the caller needs `{action}` (docs/operate-aws.md)"
    if code in _EXPIRED:
        return "log in again"
    if code in _BUSY:
        return "AWS is busy; call it again in a minute"
    return "mend it and call it again"
