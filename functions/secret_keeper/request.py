"""The event, checked. Messages name the place and the rule, never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from composition import placeholders
from errors import SecretKeeperError
from generation import (
    ALPHABETS,
    ALPHANUMERIC,
    BASE64URL_32_BYTES,
    BASE64URL_32_BYTES_LENGTH,
    LENGTHS,
    Recipe,
    lengths_of,
)


@dataclass(frozen=True, kw_only=True)
class SecretRequest:
    """What one secret holds: `generate` where missing, `literals` always, `compose` from these and `values`."""

    arn: str
    generate: Mapping[str, Recipe]
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
    """The request in `event`. Raises SecretKeeperError at the first mistake."""
    top = _object(event, "event", required={"secrets"}, optional={"cacheUsers"})
    items = _array(top["secrets"], "event.secrets")
    secrets = tuple(_secret(item, f"event.secrets[{at}]") for at, item in enumerate(items))
    _refuse_repeated([secret.arn for secret in secrets], "event.secrets", "arn")
    users = tuple(
        _cache_user(item, f"event.cacheUsers[{at}]", secrets)
        for at, item in enumerate(_array(top.get("cacheUsers", []), "event.cacheUsers"))
    )
    _refuse_repeated([user.user_id for user in users], "event.cacheUsers", "userId")
    return Request(secrets=secrets, cache_users=users)


def _secret(raw: object, where: str) -> SecretRequest:
    item = _object(raw, where, required={"arn"}, optional={"generate", "literals", "compose", "values"})
    arn = _text(item["arn"], f"{where}.arn")
    if not (arn.startswith("arn:") and ":secretsmanager:" in arn):
        raise SecretKeeperError(f"{where}.arn: must be the ARN of a Secrets Manager secret")
    recipes = _object(item.get("generate", {}), f"{where}.generate")
    generate = {field: _recipe(field, raw, f"{where}.generate.{field}") for field, raw in recipes.items()}
    literals = _texts(item.get("literals", {}), f"{where}.literals")
    compose = _texts(item.get("compose", {}), f"{where}.compose")
    values = _texts(item.get("values", {}), f"{where}.values")
    _refuse_repeated([*generate, *literals, *compose, *values], where, "field")
    for field, template in compose.items():
        _check_template(template, known={*generate, *literals, *values}, where=f"{where}.compose.{field}")
    return SecretRequest(arn=arn, generate=generate, literals=literals, compose=compose, values=values)


def _recipe(field: str, raw: object, where: str) -> Recipe:
    item = _object(raw, where, required={"length", "alphabet"})
    alphabet, length = item["alphabet"], item["length"]
    if not isinstance(alphabet, str) or alphabet not in ALPHABETS:
        raise SecretKeeperError(f"{where}.alphabet: must be one of {', '.join(ALPHABETS)}")
    if not isinstance(length, int) or isinstance(length, bool):
        raise SecretKeeperError(f"{where}.length: must be a whole number")
    allowed = lengths_of(field)
    if length not in allowed:
        raise SecretKeeperError(f"{where}.length: must be {allowed.start} to {allowed.stop - 1}")
    if alphabet == BASE64URL_32_BYTES and length != BASE64URL_32_BYTES_LENGTH:
        raise SecretKeeperError(f"{where}.length: must be {BASE64URL_32_BYTES_LENGTH} with {BASE64URL_32_BYTES}")
    return Recipe(length=length, alphabet=alphabet)


def _check_template(template: str, *, known: set[str], where: str) -> None:
    try:
        names = placeholders(template)
    except ValueError:
        raise SecretKeeperError(f"{where}: must be text with plain {{name}} placeholders") from None
    if unknown := sorted(names - known):
        raise SecretKeeperError(f"{where}: no field or value is called {', '.join(unknown)}")


def _cache_user(raw: object, where: str, secrets: Sequence[SecretRequest]) -> CacheUserRequest:
    item = _object(raw, where, required={"userId", "secretArn", "passwordField"})
    user = CacheUserRequest(
        user_id=_text(item["userId"], f"{where}.userId"),
        secret_arn=_text(item["secretArn"], f"{where}.secretArn"),
        password_field=_text(item["passwordField"], f"{where}.passwordField"),
    )
    owner = next((secret for secret in secrets if secret.arn == user.secret_arn), None)
    if owner is None:
        raise SecretKeeperError(f"{where}.secretArn: is not among event.secrets")
    recipe = owner.generate.get(user.password_field)
    if recipe is None:
        raise SecretKeeperError(f"{where}.passwordField: is not generated in that secret")
    if recipe.alphabet != ALPHANUMERIC or recipe.length not in LENGTHS:
        raise SecretKeeperError(f"{where}.passwordField: must be {ALPHANUMERIC}, ElastiCache restricts punctuation")
    return user


def _object(
    raw: object, where: str, *, required: set[str] | None = None, optional: set[str] | None = None
) -> dict[str, object]:
    """A JSON object with text keys; with `required` or `optional`, no other keys than those."""
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in cast("dict[object, object]", raw)):
        raise SecretKeeperError(f"{where}: must be a JSON object")
    item = cast("dict[str, object]", raw)
    if required is None and optional is None:
        return item
    needed, known = required or set(), (required or set()) | (optional or set())
    if missing := sorted(needed - item.keys()):
        raise SecretKeeperError(f"{where}: {', '.join(missing)} is missing")
    if unknown := sorted(item.keys() - known):
        raise SecretKeeperError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return item


def _array(raw: object, where: str) -> list[object]:
    if not isinstance(raw, list):
        raise SecretKeeperError(f"{where}: must be a JSON array")
    return cast("list[object]", raw)


def _text(raw: object, where: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise SecretKeeperError(f"{where}: must be non-empty text")
    return raw


def _texts(raw: object, where: str) -> dict[str, str]:
    return {name: _text(value, f"{where}.{name}") for name, value in _object(raw, where).items()}


def _refuse_repeated(names: Sequence[str], where: str, kind: str) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise SecretKeeperError(f"{where}: {kind} {', '.join(repeated)} is given twice")
