"""The variables of each service: known to its image, complete, consistent and without a secret."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dify.environment import Endpoints, environment
from dify.plan import Mail, Options
from dify.queues import ALL_QUEUES
from dify.secrets import secret_variables
from dify.services import API, API_WEBSOCKET, BEAT, LOCAL_SANDBOX, PLUGIN_DAEMON, SANDBOX, WEB, WORKER, Service
from dify.variable_names import REQUIRED, names
from tests.dify.plans import AGENTS, BACKEND, ENDPOINTS, EVERYTHING, LEAST, SERVICES, deployed

_CLOSED = replace(EVERYTHING, internet=False)
_OPTIONS = {"everything": EVERYTHING, "least": LEAST, "closed": _CLOSED, "pooled": replace(EVERYTHING, pooled=True)}
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|PRIVATE|CREDENTIAL|API_KEY|ACCESS_KEY|(?<!MAX_)TOKEN|BROKER_URL|USERNAME")
_OURS = frozenset(
    re.findall(
        r"SSRF_PROXY_[A-Z_]+", (Path(__file__).parents[2] / "images/ssrf_proxy/entrypoint.sh").read_text("utf-8")
    )
)
"""What this project's own image of the SSRF proxy reads."""

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
each_backend = pytest.mark.parametrize("service", BACKEND, ids=lambda service: service.name)
each_option = pytest.mark.parametrize("options", _OPTIONS.values(), ids=_OPTIONS)


def _of(service: Service, options: Options = EVERYTHING, endpoints: Endpoints = ENDPOINTS) -> dict[str, str]:
    return environment(deployed(service), endpoints, options)


def _secret_names(service: Service, options: Options = EVERYTHING) -> set[str]:
    return set(secret_variables(deployed(service), options))


@each_service
@each_option
def test_every_variable_is_one_that_the_image_reads(service: Service, options: Options) -> None:
    known = names(service.image) | (_OURS if service.image == "ssrf-proxy" else frozenset[str]())
    given = {*_of(service, options), *_secret_names(service, options)}
    assert given - known == set()


@each_service
@each_option
def test_every_variable_that_must_not_be_left_to_its_default_is_set(service: Service, options: Options) -> None:
    assert REQUIRED[service.image] - set(_of(service, options)) - _secret_names(service, options) == set()


@each_service
def test_no_variable_is_both_plain_and_secret(service: Service) -> None:
    assert not set(_of(service)) & _secret_names(service)


@each_service
def test_no_plain_variable_has_the_name_of_a_secret(service: Service) -> None:
    assert not [name for name in _of(service) if _SECRET_NAME.search(name)]


@each_service
def test_no_value_carries_a_login_or_a_default_password(service: Service) -> None:
    text = "\n".join(_of(service).values())
    assert not re.search(r"://[^/\s]*@|difyai123456|dify-sandbox|PRIVATE KEY|AKIA", text)


@each_service
def test_no_address_is_the_task_itself(service: Service) -> None:
    addresses = {name: value for name, value in _of(service).items() if name != "NO_PROXY"}
    local = {name for name, value in addresses.items() if re.search(r"localhost|127\.0\.0\.1", value)}
    assert local <= {"PLUGIN_REMOTE_INSTALL_HOST"}


@each_backend
def test_only_the_migration_migrates(service: Service) -> None:
    assert (_of(service)["MIGRATION_ENABLED"] == "true") is (service.mode == "migration")


@each_backend
def test_the_image_is_told_its_mode(service: Service) -> None:
    assert _of(service)["MODE"] == service.mode


@each_backend
@pytest.mark.parametrize("name", ["CONSOLE_API_URL", "CONSOLE_WEB_URL", "SERVICE_API_URL", "APP_WEB_URL"])
def test_the_four_public_addresses_replace_the_loopback_ones_of_the_image(service: Service, name: str) -> None:
    assert _of(service)[name] == "https://dify.example.com"


def test_all_modes_of_the_api_image_agree_on_what_they_share() -> None:
    shared = {name for name in _of(API) if all(name in _of(service) for service in BACKEND)}
    shared -= {"MODE", "MIGRATION_ENABLED", "APPLICATION_NAME"}
    assert len(shared) > 60
    assert {name for name in shared if len({_of(service)[name] for service in BACKEND}) > 1} == set()


def test_processes_and_connections_arrive_at_the_api_alone() -> None:
    assert _of(API)["SERVER_WORKER_AMOUNT"] == "3"
    assert _of(API)["SERVER_WORKER_CONNECTIONS"] == "150"
    assert "SERVER_WORKER_AMOUNT" not in _of(WORKER)


def test_slots_arrive_at_the_worker_alone() -> None:
    assert _of(WORKER)["CELERY_WORKER_AMOUNT"] == "7"
    assert "CELERY_WORKER_AMOUNT" not in _of(BEAT)


def test_a_worker_listens_to_every_queue_unless_it_was_given_its_own() -> None:
    assert _of(WORKER)["CELERY_WORKER_QUEUES"].split(",") == list(ALL_QUEUES)
    own = environment(deployed(WORKER, queues=("dataset", "pipeline")), ENDPOINTS, EVERYTHING)
    assert own["CELERY_WORKER_QUEUES"] == "dataset,pipeline"


@each_backend
def test_the_pool_arrives_at_every_mode(service: Service) -> None:
    assert (_of(service)["SQLALCHEMY_POOL_SIZE"], _of(service)["SQLALCHEMY_MAX_OVERFLOW"]) == ("11", "13")


@each_backend
def test_every_store_is_reached_over_tls_only(service: Service) -> None:
    given = _of(service)
    assert given["DB_EXTRAS"] == "sslmode=require"
    assert given["PGSSLMODE"] == "require"
    assert (given["REDIS_USE_SSL"], given["REDIS_SSL_CERT_REQS"]) == ("true", "CERT_REQUIRED")
    assert (given["OPENSEARCH_SECURE"], given["OPENSEARCH_VERIFY_CERTS"]) == ("true", "true")


def test_the_plugin_daemon_reaches_its_stores_over_tls_only() -> None:
    given = _of(PLUGIN_DAEMON)
    assert (given["DB_SSL_MODE"], given["REDIS_USE_SSL"]) == ("require", "true")
    # CERT_REQUIRED without a file of authorities stops it at start; unset, it asks the system's.
    assert "REDIS_SSL_CERT_REQS" not in given


def test_gunicorn_keeps_connections_longer_than_the_load_balancer() -> None:
    (seconds,) = re.findall(r"--keep-alive (\d+)", _of(API)["GUNICORN_CMD_ARGS"])
    assert int(seconds) > 600


def test_web_keeps_connections_longer_than_the_load_balancer() -> None:
    assert int(_of(WEB)["KEEP_ALIVE_TIMEOUT"]) > 600 * 1000


def test_only_the_websocket_api_has_the_worker_class_of_websockets() -> None:
    classes = {service.name: _of(service)["SERVER_WORKER_CLASS"] for service in (API, API_WEBSOCKET)}
    assert classes == {
        "api": "gevent",
        "api-websocket": "geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
    }


def test_files_are_reached_with_the_tasks_role() -> None:
    for service in (API, PLUGIN_DAEMON):
        assert _of(service)["S3_USE_AWS_MANAGED_IAM"] == "true"
        assert not {"S3_ACCESS_KEY", "S3_SECRET_KEY", "AWS_ACCESS_KEY", "AWS_SECRET_KEY"} & set(_of(service))


def test_the_web_listens_on_every_network_and_asks_the_api_inside() -> None:
    assert _of(WEB)["HOSTNAME"] == "0.0.0.0"  # noqa: S104
    assert _of(WEB)["SERVER_CONSOLE_API_URL"] == "http://api.dify.internal:5001"


def test_code_and_agents_leave_through_their_own_proxies_only() -> None:
    assert _of(SANDBOX)["HTTP_PROXY"] == _of(SANDBOX)["HTTPS_PROXY"] == "http://ssrf-proxy.dify.internal:3128"
    proxies = {_of(LOCAL_SANDBOX)[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    assert proxies == {"http://agent-ssrf-proxy.dify.internal:3128"}


def test_both_sides_take_packages_of_one_size() -> None:
    assert _of(API)["PLUGIN_MAX_PACKAGE_SIZE"] == _of(PLUGIN_DAEMON)["MAX_PLUGIN_PACKAGE_SIZE"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(EVERYTHING, collaboration=False), {("web", "NEXT_PUBLIC_SOCKET_URL"), ("api",
        "ENABLE_COLLABORATION_MODE")}), (replace(EVERYTHING, agent=False), {("web", "NEXT_PUBLIC_ENABLE_AGENT_V2"),
        ("api", "AGENT_BACKEND_BASE_URL")}), ],
    ids=["collaboration", "agent"],
)  # fmt: skip
def test_a_feature_that_is_off_is_hidden_and_not_asked_for(changed: Options, expected: set[tuple[str, str]]) -> None:
    differing = {
        (service.name, name)
        for service in (WEB, API)
        for name in {*_of(service), *_of(service, changed)}
        if _of(service).get(name) != _of(service, changed).get(name)
    }
    assert differing == expected


@each_backend
def test_no_service_of_the_api_asks_its_makers_servers_in_a_closed_network(service: Service) -> None:
    given = _of(service, _CLOSED)
    assert (given["MARKETPLACE_ENABLED"], given["CHECK_UPDATE_URL"]) == ("false", "")
    assert given["HOSTED_FETCH_APP_TEMPLATES_MODE"] == given["HOSTED_FETCH_PIPELINE_TEMPLATES_MODE"] == "builtin"


@each_backend
def test_nobody_is_told_that_this_stack_exists(service: Service) -> None:
    assert (_of(service)["DISABLE_TELEMETRY"], _of(service)["DO_NOT_TRACK"]) == ("true", "true")


def test_behind_a_pooler_connections_bring_no_start_options() -> None:
    assert _of(API, replace(EVERYTHING, pooled=True))["DB_SESSION_TIMEZONE_OVERRIDE"] == ""
    assert "DB_SESSION_TIMEZONE_OVERRIDE" not in _of(API)


@pytest.mark.parametrize(("port", "starttls"), [(587, "true"), (2587, "true"), (465, "false"), (2465, "false")])
def test_mail_is_encrypted_from_the_start_or_by_starttls_as_its_port_wants(port: int, starttls: str) -> None:
    mail = Mail(server="smtp.example.com", port=port, sender="dify@example.com")
    given = _of(WORKER, replace(EVERYTHING, mail=mail))
    assert (given["SMTP_USE_TLS"], given["SMTP_OPPORTUNISTIC_TLS"]) == ("true", starttls)


@pytest.mark.parametrize("service", [BEAT, WORKER], ids=lambda service: service.name)
def test_clean_up_reaches_who_starts_it_and_who_does_it(service: Service) -> None:
    given = _of(service)
    assert (given["WORKFLOW_LOG_CLEANUP_ENABLED"], given["WORKFLOW_LOG_RETENTION_DAYS"]) == ("true", "90")
    assert (given["ENABLE_CLEAN_MESSAGES"], given["SANDBOX_EXPIRED_RECORDS_RETENTION_DAYS"]) == ("true", "365")
    assert _of(service, LEAST)["WORKFLOW_LOG_CLEANUP_ENABLED"] == "false"
    assert _of(service, LEAST)["ENABLE_CLEAN_MESSAGES"] == "false"


def test_an_inner_address_is_of_a_service_that_has_one() -> None:
    with pytest.raises(ValueError, match="worker has no address"):
        ENDPOINTS.inside(WORKER)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(ENDPOINTS, database_host="other"), {"DB_HOST", "PGVECTOR_HOST"}),
        (replace(ENDPOINTS, cache_host="other"), {"REDIS_HOST"}),
        (replace(ENDPOINTS, files_bucket="other"), {"S3_BUCKET_NAME"}),
        (replace(ENDPOINTS, search_host="other"), {"OPENSEARCH_HOST"}),
    ],
    ids=["database", "cache", "files", "search"],
)
def test_an_address_arrives_where_it_is_used_and_nowhere_else(changed: Endpoints, expected: set[str]) -> None:
    before, after = _of(API), _of(API, endpoints=changed)
    assert {name for name in after if after[name] != before[name]} == expected


def test_services_of_agents_have_variables_of_their_own() -> None:
    assert all(_of(service) for service in AGENTS)
