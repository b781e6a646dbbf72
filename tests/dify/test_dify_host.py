"""What is Dify's on one Docker host: addresses, secrets and the database's memory, as pure functions."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify import host_secrets
from dify.environment import environment
from dify.environment.endpoints import Endpoints
from dify.host_addresses import INSTANCES, address
from dify.host_secrets import recipes, secret_files, volume_of
from dify.plan import Options
from dify.postgresql import maintenance_mib, postgresql_settings
from dify.secrets import secret_variables
from dify.services import API, API_WEBSOCKET, BEAT, MIGRATION, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY, WEB, WORKER, Service
from dify.variable_names import names
from tests.dify.plans import deployed

_OPTIONS = Options(idle_timeout_seconds=3600, collaboration=True, agent=False, vector_store="pgvector")
_SERVICES = (WEB, API, API_WEBSOCKET, WORKER, BEAT, MIGRATION, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY)
_ENDPOINTS = Endpoints(
    domain="dify.example.com",
    namespace="dify-host.internal",
    database_host="postgres-a.dify-host.internal,postgres-b.dify-host.internal",
    database_port=5432,
    database_name="dify",
    plugin_database_name="dify_plugin",
    cache_host="redis.dify-host.internal",
    cache_port=6379,
    encrypted=False,
)
_FILES = secret_files(
    [deployed(service) for service in _SERVICES], _OPTIONS, cache_host="redis.internal", cache_port=6379
)

each_service = pytest.mark.parametrize("service", _SERVICES, ids=lambda service: service.name)


def _variables(service: Service) -> dict[str, str]:
    return environment(deployed(service), _ENDPOINTS, _OPTIONS)


def _template(volume: str, name: str = "environment") -> str:
    (found,) = [file.template for file in _FILES if (file.volume, file.name) == (volume, name)]
    return found


@each_service
def test_every_variable_is_one_that_the_image_reads(service: Service) -> None:
    assert set(_variables(service)) - names(service.image) == set()


@each_service
def test_nothing_of_aws_is_in_the_environment(service: Service) -> None:
    assert not [name for name in _variables(service) if re.match("AWS_|S3_|OPENSEARCH", name)]


def test_stores_of_one_host_are_spoken_to_without_tls() -> None:
    api, daemon = _variables(API), _variables(PLUGIN_DAEMON)
    assert (api["DB_EXTRAS"], api["PGSSLMODE"], api["REDIS_USE_SSL"]) == ("sslmode=disable", "disable", "false")
    assert "REDIS_SSL_CERT_REQS" not in api
    assert (daemon["DB_SSL_MODE"], daemon["REDIS_USE_SSL"]) == ("disable", "false")


def test_a_port_other_than_that_of_https_is_in_every_public_address() -> None:
    assert replace(_ENDPOINTS, https_port=8443).public_url == "https://dify.example.com:8443"
    assert _ENDPOINTS.public_url == "https://dify.example.com"


@each_service
def test_a_file_of_secrets_holds_exactly_what_the_service_takes_on_aws(service: Service) -> None:
    volume = volume_of(deployed(service))
    wanted = sorted(secret_variables(deployed(service), _OPTIONS))
    if volume is None:
        assert wanted == []
    else:
        assert [line.partition("=")[0] for line in _template(volume).splitlines()] == wanted


def test_the_broker_is_redis_with_the_user_and_the_password_of_the_cache() -> None:
    assert "CELERY_BROKER_URL='redis://cache:{cache.password}@redis.internal:6379/1'\n" in _template("secrets-backend")


def test_plugins_and_programs_of_users_get_no_secret_of_the_backend() -> None:
    shared = {"plugin-daemon-key.KEY", "inner-api-key.KEY", "sandbox-key.KEY"}
    backend = set(re.findall(r"\{([\w.-]+)\}", _template("secrets-backend")))
    for volume in ("secrets-plugin-daemon", "secrets-sandbox"):
        assert set(re.findall(r"\{([\w.-]+)\}", _template(volume))) & backend <= shared


def test_redis_knows_digests_only_and_the_default_user_is_off() -> None:
    lines = _template("secrets-redis", "users.acl").splitlines()
    assert lines[0] == "user default off"
    assert [line.split()[1] for line in lines] == ["default", "health", "cache", "plugin-cache"]
    assert lines[1] == "user health on nopass resetkeys resetchannels -@all +ping"
    assert all("{sha256 " in line for line in lines[2:])
    assert not [line for line in lines if ">" in line]


def test_every_value_that_a_file_names_has_a_recipe_and_no_other_has() -> None:
    named = {name for file in _FILES for name in re.findall(r"\{(?:sha256 )?([\w.-]+)\}", file.template)}
    assert set(recipes(_FILES)) == named
    assert recipes(_FILES)["application.INIT_PASSWORD"].length == 30


def test_both_logins_of_the_databases_are_those_that_the_servers_make() -> None:
    assert "DB_USERNAME='dify'" in _template("secrets-backend")
    assert "DB_USERNAME='dify_plugin'" in _template("secrets-plugin-daemon")
    assert _template(host_secrets.BACKUP, "pgpass").startswith("*:*:*:replication:{")


@given(st.sampled_from(["web", "api", "api-websocket", "plugin-daemon"]), st.integers(1, INSTANCES))
def test_every_instance_has_an_address_of_its_own(kind: str, instance: int) -> None:
    everything = {
        (other, number): address("10.231.0.0/24", other, number)
        for other in ("nginx", "web", "api", "api-websocket", "plugin-daemon")
        for number in range(1, INSTANCES + 1)
    }
    own = everything[kind, instance]
    assert [place for place, found in everything.items() if found == own] == [(kind, instance)]
    assert own not in {"10.231.0.0", "10.231.0.1", "10.231.0.255"}


@pytest.mark.parametrize(("kind", "instance"), [("worker", 1), ("api", 0), ("api", INSTANCES + 1)])
def test_what_nginx_does_not_ask_has_no_address(kind: str, instance: int) -> None:
    with pytest.raises(ValueError, match="has no address of its own"):
        address("10.231.0.0/24", kind, instance)


@given(st.integers(256, 1_048_576), st.integers(20, 5000))
def test_the_database_never_plans_with_more_memory_than_it_has(memory: int, connections: int) -> None:
    settings = postgresql_settings(memory, connections)
    mib = {name: int(value.removesuffix("MB")) for name, value in settings.items() if value.endswith("MB")}
    assert mib["shared_buffers"] + mib["effective_cache_size"] <= memory
    assert mib["maintenance_work_mem"] == maintenance_mib(memory) <= 1024
    assert 4 <= mib["work_mem"] <= 64
    assert settings["max_connections"] == str(connections)
