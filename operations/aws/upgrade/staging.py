"""Whether a release was tried on another stack before this one."""

from dataclasses import replace
from pathlib import Path

from operations.aws.deployed import Deployed
from operations.outcome import FailedError, RefusedError
from settings.stack import Environment

STAGING = "staging"
"""The stack that production's releases go through first, unless the call names another."""


def refuse_untried(deployed: Deployed, release: str, tried_on: str | None) -> None:
    """Raises RefusedError where the stack `tried_on` was not brought to `release` as a whole by its last update. Only
    production must name one, and has STAGING by default.

    Another account's services cannot be asked with these credentials: Pulumi's history says what was brought there, and
    whoever brought it looked whether it works."""
    if tried_on is None and deployed.settings.environment is not Environment.PROD:
        return
    stack = tried_on or STAGING
    insist = "try it there, name another stack with --tried-on, or insist with --skip-staging-check REASON"
    if not Path(f"Pulumi.{stack}.yaml").exists():
        raise RefusedError(f"upgrade: there is no stack {stack} that {release} was tried on; {insist}")
    try:
        runs = replace(deployed.program, stack=stack).tried_release()
    except FailedError as error:
        raise RefusedError(f"upgrade: what {stack} runs is unknown: {error}; {insist}") from None
    if runs != release:
        brought = f"its last whole update brought {runs}" if runs else "no whole update has brought it a release"
        raise RefusedError(f"upgrade: {release} was not tried on {stack}: {brought}; {insist}")
