"""The whole function against moto's Secrets Manager."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.secret_keeper import index
from functions.secret_keeper.index import FunctionError, handler
from tests.functions.secret_keeper_world import USER, CacheUsers, Clock, Secrets, application, cache, cache_user


@pytest.fixture
def secrets() -> Iterator[Secrets]:
    with mock_aws():
        yield Secrets()


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch, secrets: Secrets) -> CacheUsers:
    """Cache users that settle at once, wired into the function together with the secrets."""
    users = CacheUsers(settles_after=0)
    monkeypatch.setattr(index, "elasticache", lambda: users)
    monkeypatch.setattr(index, "secrets_manager", lambda: secrets)
    return users


def call(event: object) -> dict[str, Any]:
    return handler(event, Clock())


def test_an_empty_secret_gets_every_field(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    result = call({"secrets": [cache(arn)], "cacheUsers": [cache_user(arn)]})
    stored = secrets.read(arn)
    assert stored["username"] == USER
    assert len(stored["password"]) == 64
    assert stored["CELERY_BROKER_URL"] == f"rediss://{USER}:{stored['password']}@cache.internal:6379/1"
    assert users.passwords[USER] == [stored["password"]]
    assert result == {"secrets": {arn: {"created": ["password"]}}, "cacheUsers": {USER: "set"}}


def test_a_second_call_has_no_effect(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    event = {"secrets": [cache(arn)], "cacheUsers": [cache_user(arn)]}
    call(event)
    before = secrets.versions(arn)
    assert call(event) == {"secrets": {arn: {"created": []}}, "cacheUsers": {USER: "unchanged"}}
    assert secrets.versions(arn) == before
    assert users.modified == 1


def test_an_initial_field_is_stored_once_and_then_belongs_to_the_rotation(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("login")
    event = {
        "secrets": [
            {
                "arn": arn,
                "generate": {"password": {"length": 64, "alphabet": "alphanumeric"}},
                "initial": {"username": "dify_a"},
            }
        ]
    }
    call(event)
    assert secrets.read(arn)["username"] == "dify_a"
    rotated = {"username": "dify_b", "password": "as a rotation left it"}
    secrets.store(arn, json.dumps(rotated))
    call(event)
    assert secrets.read(arn) == rotated


def test_only_what_is_missing_is_filled(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("application")
    secrets.store(arn, json.dumps({"SECRET_KEY": "kept", "OTHER": "kept too"}))
    assert call({"secrets": [application(arn)]})["secrets"][arn] == {"created": ["INIT_PASSWORD"]}
    stored = secrets.read(arn)
    assert (stored["SECRET_KEY"], stored["OTHER"], len(stored["INIT_PASSWORD"])) == ("kept", "kept too", 30)


def test_a_changed_host_composes_the_url_again_with_the_same_password(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    call({"secrets": [cache(arn)]})
    password = secrets.read(arn)["password"]
    assert call({"secrets": [cache(arn, host="other.internal")]})["secrets"][arn] == {"created": []}
    stored = secrets.read(arn)
    assert stored["password"] == password
    assert stored["CELERY_BROKER_URL"] == f"rediss://{USER}:{password}@other.internal:6379/1"


def test_parts_of_a_url_are_quoted(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    secrets.store(arn, json.dumps({"password": "p@ss/word"}))
    call({"secrets": [cache(arn)]})
    assert ":p%40ss%2Fword@" in secrets.read(arn)["CELERY_BROKER_URL"]


def test_a_changed_literal_replaces_the_old_one(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    call({"secrets": [cache(arn, literals={"username": "before"})]})
    call({"secrets": [cache(arn, literals={"username": "after"})]})
    assert secrets.read(arn)["username"] == "after"
    assert "//after:" in secrets.read(arn)["CELERY_BROKER_URL"]


def test_two_calls_at_once_end_with_one_value(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    event = {"secrets": [cache(arn)], "cacheUsers": [cache_user(arn)]}
    inner: list[dict[str, Any]] = []
    secrets.before_next_write = lambda: inner.append(call(event))
    outer = call(event)
    assert inner[0]["secrets"][arn] == {"created": ["password"]}
    assert outer["secrets"][arn] == {"created": []}
    assert len(secrets.versions(arn)) == 1
    assert users.passwords[USER] == [secrets.read(arn)["password"]]


def test_a_secret_moved_back_to_an_older_version_can_still_be_completed(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    call({"secrets": [cache(arn)]})
    (first,) = secrets.versions(arn)
    call({"secrets": [cache(arn, literals={"username": "second", "abandoned": "field"})]})
    secrets.go_back(arn, first)
    call({"secrets": [cache(arn, host="third.internal")]})
    stored = secrets.read(arn)
    assert "@third.internal:" in stored["CELERY_BROKER_URL"]
    assert "abandoned" not in stored


def test_a_failure_half_way_is_finished_by_the_next_call(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    event = {"secrets": [cache(arn)], "cacheUsers": [cache_user(arn)]}
    users.fail_next = "ServiceUnavailable"
    with pytest.raises(FunctionError, match=rf"^cache user {USER}: ModifyUser failed: ServiceUnavailable$"):
        call(event)
    password = secrets.read(arn)["password"]
    assert call(event) == {"secrets": {arn: {"created": []}}, "cacheUsers": {USER: "set"}}
    assert secrets.read(arn)["password"] == password
    assert users.passwords[USER] == [password]


def test_no_value_is_logged_returned_or_raised(
    secrets: Secrets, users: CacheUsers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = secrets.create("application"), secrets.create("cache")
    event = {"secrets": [application(first), cache(second)], "cacheUsers": [cache_user(second)]}
    users.fail_next = "InvalidParameterValue"
    with pytest.raises(FunctionError) as caught:
        call(event)
    seen = caplog.text + json.dumps(call(event)) + str(caught.value)
    assert f"secret {first}: new version, created INIT_PASSWORD, SECRET_KEY" in caplog.text
    values = [
        *secrets.read(first).values(),
        secrets.read(second)["password"],
        secrets.read(second)["CELERY_BROKER_URL"],
    ]
    assert not [value for value in values if value in seen]


def test_a_stored_text_that_is_not_an_object_is_left_as_it_is(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("application")
    secrets.store(arn, "precious-text")
    before = secrets.versions(arn)
    with pytest.raises(FunctionError, match="not a JSON object") as caught:
        call({"secrets": [application(arn)]})
    assert "precious" not in str(caught.value)
    assert secrets.versions(arn) == before


def test_an_empty_part_is_refused_before_anything_is_written(secrets: Secrets, users: CacheUsers) -> None:
    arn = secrets.create("cache")
    secrets.store(arn, json.dumps({"password": ""}))
    with pytest.raises(FunctionError, match="field password must be non-empty text to compose CELERY_BROKER_URL"):
        call({"secrets": [cache(arn)]})
    assert secrets.read(arn) == {"password": ""}


def test_a_secret_that_does_not_exist_is_named(secrets: Secrets, users: CacheUsers) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:absent-AbCdEf"
    with pytest.raises(FunctionError, match=r"absent-AbCdEf: PutSecretValue failed: ResourceNotFoundException$"):
        call({"secrets": [application(arn)]})


def test_the_folder_and_the_shared_one_are_the_whole_package(tmp_path: Path) -> None:
    own = Path(index.__file__).parent
    package = shutil.copytree(own, tmp_path / "package")
    shutil.copytree(own.parent / "shared", package, dirs_exist_ok=True)
    program = "import index, sys; sys.exit(0 if callable(index.handler) else 'no handler')"
    done = subprocess.run(  # noqa: S603  this interpreter, this text
        [sys.executable, "-c", program], cwd=package, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
