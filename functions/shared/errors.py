"""The one kind of failure that callers see: one line, names only."""

from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

_MESSAGE_IS_SAFE = frozenset({"AccessDenied", "AccessDeniedException"})
"""These messages name a principal, an action and a resource. Other messages may repeat a rejected parameter."""


class FunctionError(Exception):
    """What is wrong and where, in one line that never holds a value. It reaches the deployment's output."""


def refusal(subject: str, action: str, error: ClientError | BotoCoreError) -> FunctionError:
    """The line for a call that AWS refused: `subject` names the thing, `action` the API operation."""
    if not isinstance(error, ClientError):
        return FunctionError(f"{subject}: {action} failed: {type(error).__name__}")
    code = error_code(error)
    reason = f"{code}: {_details(error).get('Message', '')}" if code in _MESSAGE_IS_SAFE else code
    return FunctionError(f"{subject}: {action} failed: {reason}")


def error_code(error: ClientError) -> str:
    """AWS's own name of the failure, such as `ResourceExistsException`."""
    return _details(error).get("Code", "unknown")


def _details(error: ClientError) -> dict[str, str]:
    response = cast("dict[str, Any]", error.response)  # pyright: ignore[reportUnknownMemberType]
    return response.get("Error", {})
