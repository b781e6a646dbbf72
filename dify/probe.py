"""What a synthetic check asks Dify as a user would, and which answer shows that it works."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dify.sign_in import Access, access_to

SCHEDULE_MINUTES = 1
"""Every step but the stream is asked this often."""


class Step(StrEnum):
    """CONSOLE reads the database through the api, API is the service API, WEB the web service, STREAM a whole answer
    of an app: queue, plugin daemon and model."""

    CONSOLE = "console"
    API = "api"
    WEB = "web"
    STREAM = "stream"


@dataclass(frozen=True)
class Check:
    """GET `path` answers `status`."""

    step: Step
    path: str
    status: int


_SETUP = "/console/api/setup"
"""Reads whether Dify was set up from the database, for everybody (api/controllers/console/setup.py of langgenius/dify
1.17)."""

_FEATURES = "/console/api/system-features"
"""The one path of the console that sign-in at the load balancer leaves open, where published apps are."""

_INDEX = "/v1/"
"""Names the release, without a key (api/controllers/service_api/index.py)."""

_ICON = "/favicon.ico"
"""A file of the web service (web/public), which neither sign-in nor CloudFront's cache stands before."""

_FOUND, _UNAUTHORISED = 200, 401


def checks(services: Collection[str], *, signs_in: bool, published_open: bool) -> tuple[Check, ...]:
    """The steps that need no key, each on a path that is open. Where sign-in at the load balancer closes the whole
    console, its refusal is what is expected: it shows that the entry answers, and no more."""
    return (
        _console(services, signs_in=signs_in, published_open=published_open),
        Check(Step.API, _INDEX, _FOUND),
        Check(Step.WEB, _ICON, _FOUND),
    )


def steps(*, stream_minutes: int | None) -> Mapping[str, int]:
    """Every step and the minutes between two of it; None for no key to an app, and so no stream."""
    plain = {step.value: SCHEDULE_MINUTES for step in (Step.CONSOLE, Step.API, Step.WEB)}
    return plain if stream_minutes is None else {**plain, Step.STREAM.value: stream_minutes}


def _console(services: Collection[str], *, signs_in: bool, published_open: bool) -> Check:
    if not signs_in:
        return Check(Step.CONSOLE, _SETUP, _FOUND)
    if access_to(_FEATURES, services, published_open=published_open) is Access.OPEN:
        return Check(Step.CONSOLE, _FEATURES, _FOUND)
    return Check(Step.CONSOLE, _SETUP, _UNAUTHORISED)
