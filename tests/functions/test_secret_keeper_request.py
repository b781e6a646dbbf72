"""Every mistake in the event is one line that names the place, and never a value."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.secret_keeper.index import FunctionError
from functions.secret_keeper.request import parse
from tests.functions.secret_keeper_world import application, cache, cache_user

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cache-AbCdEf"


def good() -> dict[str, Any]:
    return {"secrets": [cache(ARN)], "cacheUsers": [cache_user(ARN)]}


def test_a_good_event_is_read_as_it_is() -> None:
    request = parse(good())
    assert request.secrets[0].arn == ARN
    assert request.secrets[0].generate["password"].length == 64
    assert request.cache_users[0].password_field in request.secrets[0].generate


def test_every_part_but_the_arn_is_optional() -> None:
    assert parse({"secrets": [{"arn": ARN}]}).cache_users == ()


Mistake = Callable[[dict[str, Any]], object]
_recipe: Callable[[dict[str, Any]], dict[str, Any]] = lambda event: event["secrets"][0]["generate"]["password"]  # noqa: E731

MISTAKES: list[tuple[Mistake, str]] = [
    (lambda e: e.clear(), "event: secrets is missing"),
    (lambda e: e.update(extra=1), "event: unknown key extra; known are cacheUsers, secrets"),
    (lambda e: e.update(secrets={}), "event.secrets: must be a JSON array"),
    (lambda e: e["secrets"].append("s3cret"), "event.secrets[1]: must be a JSON object"),
    (lambda e: e["secrets"][0].pop("arn"), "event.secrets[0]: arn is missing"),
    (
        lambda e: e["secrets"][0].update(arn="s3cret"),
        "event.secrets[0].arn: must be the ARN of a Secrets Manager secret",
    ),
    (lambda e: e["secrets"].append(cache(ARN)), f"event.secrets: arn {ARN} is given twice"),
    (lambda e: _recipe(e).pop("length"), "event.secrets[0].generate.password: length is missing"),
    (lambda e: _recipe(e).update(length="64"), "event.secrets[0].generate.password.length: must be a whole number"),
    (lambda e: _recipe(e).update(length=True), "event.secrets[0].generate.password.length: must be a whole number"),
    (lambda e: _recipe(e).update(length=15), "event.secrets[0].generate.password.length: must be 16 to 128"),
    (lambda e: _recipe(e).update(length=129), "event.secrets[0].generate.password.length: must be 16 to 128"),
    (
        lambda e: _recipe(e).update(alphabet="s3cret"),
        "event.secrets[0].generate.password.alphabet: must be one of alphanumeric, base64url-32-bytes",
    ),
    (
        lambda e: _recipe(e).update(alphabet="base64url-32-bytes"),
        "event.secrets[0].generate.password.length: must be 43 with base64url-32-bytes",
    ),
    (
        lambda e: _recipe(e).update(alphabet="base64url-32-bytes", length=43),
        "event.cacheUsers[0].passwordField: must be alphanumeric, ElastiCache restricts punctuation",
    ),
    (lambda e: e["secrets"][0]["values"].update(port=6379), "event.secrets[0].values.port: must be non-empty text"),
    (
        lambda e: e["secrets"][0]["literals"].update(username=""),
        "event.secrets[0].literals.username: must be non-empty text",
    ),
    (
        lambda e: e["secrets"][0]["literals"].update({"password": "s3cret"}),
        "event.secrets[0]: field password is given twice",
    ),
    (
        lambda e: e["secrets"][0]["values"].pop("host"),
        "event.secrets[0].compose.CELERY_BROKER_URL: no field or value is called host",
    ),
    (
        lambda e: e["secrets"][0]["compose"].update(CELERY_BROKER_URL="s3cret{"),
        "event.secrets[0].compose.CELERY_BROKER_URL: must be text with plain {name} placeholders",
    ),
    (
        lambda e: e["secrets"][0]["compose"].update(CELERY_BROKER_URL="{password.__class__}"),
        "event.secrets[0].compose.CELERY_BROKER_URL: must be text with plain {name} placeholders",
    ),
    (
        lambda e: e["secrets"][0]["compose"].update(CELERY_BROKER_URL="{password!r}"),
        "event.secrets[0].compose.CELERY_BROKER_URL: must be text with plain {name} placeholders",
    ),
    (lambda e: e["cacheUsers"][0].pop("userId"), "event.cacheUsers[0]: userId is missing"),
    (
        lambda e: e["cacheUsers"][0].update(secretArn="other"),
        "event.cacheUsers[0].secretArn: is not among event.secrets",
    ),
    (
        lambda e: e["cacheUsers"][0].update(passwordField="username"),
        "event.cacheUsers[0].passwordField: is not generated in that secret",
    ),
    (lambda e: e["cacheUsers"].append(cache_user(ARN)), "event.cacheUsers: userId dify-prod is given twice"),
]


@pytest.mark.parametrize(("mistake", "line"), MISTAKES, ids=[line for _, line in MISTAKES])
def test_a_mistake_is_one_line(mistake: Mistake, line: str) -> None:
    event = good()
    mistake(event)
    with pytest.raises(FunctionError) as caught:
        parse(event)
    assert str(caught.value) == line
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("event", [None, [], "text", {1: 2}])
def test_an_event_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(FunctionError, match=r"^event: must be a JSON object$"):
        parse(event)


@pytest.mark.parametrize(
    ("field", "length", "rule"),
    [("SECRET_KEY", 41, "42 to 128"), ("INIT_PASSWORD", 31, "16 to 30"), ("INIT_PASSWORD", 15, "16 to 30")],
)
def test_lengths_that_dify_does_not_accept_are_refused(field: str, length: int, rule: str) -> None:
    secret = application(ARN)
    secret["generate"][field]["length"] = length
    with pytest.raises(FunctionError, match=rf"^event.secrets\[0\].generate.{field}.length: must be {rule}$"):
        parse({"secrets": [secret]})
