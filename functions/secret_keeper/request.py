"""The event, checked. Messages name the place and the rule, never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from errors import FunctionError
from generation import ALPHANUMERIC, LENGTHS, Recipe
from shapes import json_array, json_object, recipes, refuse_repeated, secret_arn, templates, text, texts


@dataclass(frozen=True, kw_only=True)
class SecretRequest:
    """What one secret holds: `generate` and `initial` where missing (a rotation may change both later), `literals`
    always, `compose` from these and `values`."""

    arn: str
    generate: Mapping[str, Recipe]
    initial: Mapping[str, str]
    literals: Mapping[str, str]
    compose: Mapping[str, str]
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CacheUserRequest:
    """An ElastiCache user whose password is the field `password_field` of the secret `secret_arn`."""

    user_id: str
    secret_arn: str
    password_field: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """A whole event."""

    secrets: tuple[SecretRequest, ...]
    cache_users: tuple[CacheUserRequest, ...]


def parse(event: object) -> Request:
    """The request in `event`. Raises FunctionError at the first mistake."""
    top = json_object(event, "event", required={"secrets"}, optional={"cacheUsers"})
    items = json_array(top["secrets"], "event.secrets")
    secrets = tuple(_secret(item, f"event.secrets[{at}]") for at, item in enumerate(items))
    refuse_repeated([secret.arn for secret in secrets], "event.secrets", "arn")
    users = tuple(
        _cache_user(item, f"event.cacheUsers[{at}]", secrets)
        for at, item in enumerate(json_array(top.get("cacheUsers", []), "event.cacheUsers"))
    )
    refuse_repeated([user.user_id for user in users], "event.cacheUsers", "userId")
    return Request(secrets=secrets, cache_users=users)


def _secret(raw: object, where: str) -> SecretRequest:
    item = json_object(raw, where, required={"arn"}, optional={"generate", "initial", "literals", "compose", "values"})
    arn = secret_arn(item["arn"], f"{where}.arn")
    generate = recipes(item.get("generate", {}), f"{where}.generate")
    initial = texts(item.get("initial", {}), f"{where}.initial")
    literals = texts(item.get("literals", {}), f"{where}.literals")
    values = texts(item.get("values", {}), f"{where}.values")
    known = {*generate, *initial, *literals, *values}
    compose = templates(item.get("compose", {}), f"{where}.compose", known=known)
    refuse_repeated([*generate, *initial, *literals, *compose, *values], where, "field")
    return SecretRequest(arn=arn, generate=generate, initial=initial, literals=literals, compose=compose, values=values)


def _cache_user(raw: object, where: str, secrets: Sequence[SecretRequest]) -> CacheUserRequest:
    item = json_object(raw, where, required={"userId", "secretArn", "passwordField"})
    user = CacheUserRequest(
        user_id=text(item["userId"], f"{where}.userId"),
        secret_arn=text(item["secretArn"], f"{where}.secretArn"),
        password_field=text(item["passwordField"], f"{where}.passwordField"),
    )
    owner = next((secret for secret in secrets if secret.arn == user.secret_arn), None)
    if owner is None:
        raise FunctionError(f"{where}.secretArn: is not among event.secrets")
    recipe = owner.generate.get(user.password_field)
    if recipe is None:
        raise FunctionError(f"{where}.passwordField: is not generated in that secret")
    if recipe.alphabet != ALPHANUMERIC or recipe.length not in LENGTHS:
        raise FunctionError(f"{where}.passwordField: must be {ALPHANUMERIC}, ElastiCache restricts punctuation")
    return user
