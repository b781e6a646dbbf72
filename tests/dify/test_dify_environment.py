"""The variables of each service: complete, consistent and without a secret."""

import re
from dataclasses import replace

import pytest

from dify.environment import Endpoints, Tuning, api_environment, api_secrets, web_environment

_MODES = ("api", "worker", "beat", "migration")
_ENDPOINTS = Endpoints(
    domain="dify.example.com",
    region="eu-central-1",
    internal_api_url="http://api.dify.internal:5001",
    database_host="database.example",
    database_port=5432,
    database_name="dify",
    cache_host="cache.example",
    cache_port=6379,
    files_bucket="files",
)
_TUNING = Tuning(processes=3, connections=150, slots=7, pool_size=11, max_overflow=13)
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|PRIVATE|CREDENTIAL|API_KEY|ACCESS_KEY|(?<!MAX_)TOKEN|BROKER_URL|USERNAME")


def _api(mode: str, tuning: Tuning = _TUNING, endpoints: Endpoints = _ENDPOINTS) -> dict[str, str]:
    return api_environment(mode, endpoints, tuning, idle_timeout_seconds=600)


@pytest.mark.parametrize("mode", _MODES)
def test_only_the_migration_migrates(mode: str) -> None:
    assert (_api(mode)["MIGRATION_ENABLED"] == "true") is (mode == "migration")


@pytest.mark.parametrize("mode", _MODES)
def test_the_image_is_told_its_mode(mode: str) -> None:
    assert _api(mode)["MODE"] == mode


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("name", ["CONSOLE_API_URL", "CONSOLE_WEB_URL", "SERVICE_API_URL", "APP_WEB_URL"])
def test_the_four_public_addresses_replace_the_loopback_ones_of_the_image(mode: str, name: str) -> None:
    assert _api(mode)[name] == "https://dify.example.com"


@pytest.mark.parametrize("environment", [*map(_api, _MODES), web_environment(_ENDPOINTS)])
def test_no_variable_points_at_the_task_itself(environment: dict[str, str]) -> None:
    assert not [name for name, value in environment.items() if "localhost" in value or "127.0.0.1" in value]


@pytest.mark.parametrize("environment", [*map(_api, _MODES), web_environment(_ENDPOINTS)])
def test_no_plain_variable_has_the_name_of_a_secret(environment: dict[str, str]) -> None:
    assert not [name for name in environment if _SECRET_NAME.search(name)]


@pytest.mark.parametrize("environment", [*map(_api, _MODES), web_environment(_ENDPOINTS)])
def test_no_value_carries_a_login_or_a_default_password(environment: dict[str, str]) -> None:
    text = "\n".join(environment.values())
    assert not re.search(r"://[^/\s]*@|difyai123456|PRIVATE KEY|AKIA", text)


def test_secrets_are_references_to_one_field_of_a_secret() -> None:
    secrets = api_secrets(application_arn="arn:application", cache_arn="arn:cache", database_arn="arn:database")
    assert all(re.fullmatch(r"arn:(application|cache|database):\w+::", source) for source in secrets.values())
    expected = {
        "SECRET_KEY": "application:SECRET_KEY",
        "DB_PASSWORD": "database:password",
        "REDIS_PASSWORD": "cache:password",
    }
    assert {name: secrets[name] for name in expected} == {name: f"arn:{of}::" for name, of in expected.items()}


def test_no_variable_is_both_plain_and_secret() -> None:
    secrets = api_secrets(application_arn="a", cache_arn="b", database_arn="c")
    assert not [name for mode in _MODES for name in _api(mode) if name in secrets]


def test_all_modes_of_the_api_image_agree_on_what_they_share() -> None:
    shared = {name for name in _api("api") if all(name in _api(mode) for mode in _MODES)} - {
        "MODE",
        "MIGRATION_ENABLED",
    }
    assert len(shared) > 40
    assert all(len({_api(mode)[name] for mode in _MODES}) == 1 for name in shared)


def test_processes_and_connections_arrive_at_the_api_alone() -> None:
    assert _api("api")["SERVER_WORKER_AMOUNT"] == "3"
    assert _api("api")["SERVER_WORKER_CONNECTIONS"] == "150"
    assert "SERVER_WORKER_AMOUNT" not in _api("worker")


def test_slots_arrive_at_the_worker_alone() -> None:
    assert _api("worker")["CELERY_WORKER_AMOUNT"] == "7"
    assert "CELERY_WORKER_AMOUNT" not in _api("beat")


@pytest.mark.parametrize("mode", _MODES)
def test_the_pool_arrives_at_every_mode(mode: str) -> None:
    assert (_api(mode)["SQLALCHEMY_POOL_SIZE"], _api(mode)["SQLALCHEMY_MAX_OVERFLOW"]) == ("11", "13")


@pytest.mark.parametrize("mode", _MODES)
def test_both_stores_are_reached_over_tls_only(mode: str) -> None:
    environment = _api(mode)
    assert environment["DB_EXTRAS"] == "sslmode=require"
    assert environment["PGSSLMODE"] == "require"
    assert environment["REDIS_USE_SSL"] == "true"
    assert environment["REDIS_SSL_CERT_REQS"] == "CERT_REQUIRED"


def test_gunicorn_keeps_connections_longer_than_the_load_balancer() -> None:
    (seconds,) = re.findall(r"--keep-alive (\d+)", _api("api")["GUNICORN_CMD_ARGS"])
    assert int(seconds) > 600


def test_files_are_reached_with_the_tasks_role() -> None:
    environment = _api("api")
    assert environment["S3_USE_AWS_MANAGED_IAM"] == "true"
    assert not [name for name in environment if name in {"S3_ACCESS_KEY", "S3_SECRET_KEY"}]


def test_the_web_listens_on_every_network_and_asks_the_api_inside() -> None:
    environment = web_environment(_ENDPOINTS)
    assert environment["HOSTNAME"] == "0.0.0.0"  # noqa: S104
    assert environment["SERVER_CONSOLE_API_URL"] == "http://api.dify.internal:5001"
    assert environment["CONSOLE_API_URL"] == "https://dify.example.com"


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        (replace(_ENDPOINTS, database_host="other"), {"DB_HOST", "PGVECTOR_HOST"}),
        (replace(_ENDPOINTS, cache_host="other"), {"REDIS_HOST"}),
        (replace(_ENDPOINTS, files_bucket="other"), {"S3_BUCKET_NAME"}),
    ],
)
def test_an_address_arrives_where_it_is_used_and_nowhere_else(changed: Endpoints, names: set[str]) -> None:
    before, after = _api("api"), _api("api", endpoints=changed)
    assert {name for name in after if after[name] != before[name]} == names
