"""Entry point: the steps of Secrets Manager for logins, and what an operator asks for. Answers names only.

{"Step": "createSecret", "SecretId": "<arn>", "ClientRequestToken": "<version>"}   from Secrets Manager
{"replace": "<arn>"}    new values for all keys of a secret of kind `keys`, then both sides are redeployed
{"redeploy": "<arn>"}   the readers of a secret are redeployed, nothing else
"""

import logging
import os
import uuid
from typing import Protocol

from clients import ecs, elasticache, secrets_manager
from errors import FunctionError
from generation import generate
from rotation_cache import CacheRotation
from rotation_database import DatabaseRotation
from rotation_kind import Kind
from rotation_plan import VARIABLE, DatabaseSecret, KeysSecret, Plan, RotatingSecret, parse_plan
from rotation_services import redeploy
from rotation_steps import LAST_STEP, STEPS, Rotation
from shapes import json_object, text
from stored_secret import current_version, put_version

__all__ = ["FunctionError", "handler"]

_LOG = logging.getLogger("rotation")
_LOG.setLevel(logging.INFO)

_REQUESTS = ("Step", "replace", "redeploy")


class Context(Protocol):
    """The part of the Lambda context that is used here."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: object, context: Context) -> dict[str, list[str]]:
    """Do what `event` asks for; the names of the services that were redeployed. Raises FunctionError."""
    asked = json_object(event, "event")
    plan = parse_plan(os.environ.get(VARIABLE))
    if "Step" in asked:
        done = _step(plan, asked, context)
    elif set(asked) == {"replace"}:
        done = _replace(plan, text(asked["replace"], "event.replace"))
    elif set(asked) == {"redeploy"}:
        done = _redeploy(plan, plan.secret(text(asked["redeploy"], "event.redeploy")))
    else:
        raise FunctionError(f"event: must have exactly one of {', '.join(_REQUESTS)}")
    return {"redeployed": list(done)}


def _step(plan: Plan, asked: dict[str, object], context: Context) -> tuple[str, ...]:
    step = text(asked["Step"], "event.Step")
    if step not in STEPS:
        raise FunctionError(f"event.Step: must be one of {', '.join(STEPS)}")
    secret = plan.secret(text(asked.get("SecretId"), "event.SecretId"))
    rotation = Rotation(
        secrets_manager(), secret.arn, text(asked.get("ClientRequestToken"), "event.ClientRequestToken")
    )
    kind = _kind(secret, context)
    if not rotation.is_done():
        STEPS[step](rotation, kind)
    _LOG.info("secret %s: %s done for version %s", secret.arn, step, rotation.token)
    # Also where the version was current before: the call that made it so may have ended before the readers were told.
    return _redeploy(plan, secret) if step == LAST_STEP else ()


def _kind(secret: RotatingSecret, context: Context) -> Kind:
    if isinstance(secret, KeysSecret):
        raise FunctionError(
            f"secret {secret.arn}: its keys are replaced on request only, on both sides at once; "
            f'call this function with {{"replace": "{secret.arn}"}}'
        )
    if isinstance(secret, DatabaseSecret):
        return DatabaseRotation(secret, secrets_manager())
    return CacheRotation(secret, elasticache(), lambda: context.get_remaining_time_in_millis() / 1000)


def _replace(plan: Plan, arn: str) -> tuple[str, ...]:
    secret = plan.secret(arn)
    if not isinstance(secret, KeysSecret):
        raise FunctionError(f"secret {arn}: is a login, which Secrets Manager rotates; ask it with RotateSecret")
    new = {field: generate(recipe) for field, recipe in secret.fields.items()}
    current = current_version(secrets_manager(), arn)
    put_version(secrets_manager(), arn, {**current.fields, **new}, str(uuid.uuid4()))
    _LOG.info("secret %s: replaced %s", arn, ", ".join(new))
    return _redeploy(plan, secret)


def _redeploy(plan: Plan, secret: RotatingSecret) -> tuple[str, ...]:
    return redeploy(ecs(), plan.cluster, secret.services, secret.arn)
