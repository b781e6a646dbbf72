"""Services, releases, queues and secrets: what a stack of the newest release is made of, as one table."""

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.image import image_conflicts
from dify.queues import ALL_QUEUES, QUEUES, UNHEARD, misplaced
from dify.releases import RELEASES
from dify.routes import PREFIXES
from dify.secrets import SECRETS, Kind, secret_variables, used_secrets
from dify.services import BEAT, PLUGIN_DAEMON, SANDBOX, Service
from tests.dify.plans import AGENTS, BACKEND, EVERYTHING, LEAST, SERVICES, deployed


class _Row(NamedTuple):
    image: str
    port: int | None
    singleton: bool
    routes: int
    secrets: frozenset[str]


_LOGINS = {"application", "database-login", "cache", "plugin-daemon-key", "inner-api-key", "sandbox-key", "agent-token"}
_BACKEND = frozenset(_LOGINS)
_PLUGINS = frozenset({"plugin-database-login", "plugin-cache", "plugin-daemon-key", "inner-api-key"})
_AGENT = frozenset(
    {"agent-token", "agent-server-key", "agent-cache", "plugin-daemon-key", "inner-api-key", "local-sandbox-token"}
)
_NONE = frozenset[str]()

_TABLE = {
    "web": _Row("web", 3000, False, 0, _NONE),
    "api": _Row("api", 5001, False, 7, _BACKEND),
    "api-websocket": _Row("api", 5001, False, 1, _BACKEND),
    "worker": _Row("api", None, False, 0, _BACKEND),
    "beat": _Row("api", None, True, 0, _BACKEND),
    "migration": _Row("api", None, False, 0, _BACKEND),
    "plugin-daemon": _Row("plugin-daemon", 5002, True, 1, _PLUGINS),
    "sandbox": _Row("sandbox", 8194, False, 0, frozenset({"sandbox-key"})),
    "ssrf-proxy": _Row("ssrf-proxy", 3128, False, 0, _NONE),
    "agent-backend": _Row("agent-backend", 5050, True, 0, _AGENT),
    "local-sandbox": _Row("local-sandbox", 5004, True, 0, frozenset({"local-sandbox-token"})),
    "agent-ssrf-proxy": _Row("ssrf-proxy", 3128, False, 0, _NONE),
}
"""docker/docker-compose.yaml of langgenius/dify 1.17.1: every service that is Dify's own, and squid."""

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def test_the_table_has_every_service() -> None:
    assert set(_TABLE) == {service.name for service in SERVICES}


@each_service
def test_a_service_is_as_the_table_says(service: Service) -> None:
    references = secret_variables(deployed(service), EVERYTHING).values()
    row = _Row(
        image=service.image,
        port=service.port,
        singleton=service.singleton,
        routes=list(PREFIXES.values()).count(service.name),
        secrets=frozenset(secret for secret, _ in references),
    )
    assert row == _TABLE[service.name]


@each_service
def test_a_service_stops_within_what_fargate_allows(service: Service) -> None:
    assert 0 < service.stop_seconds <= 120


@each_service
def test_a_service_runs_as_root_only_where_its_image_must(service: Service) -> None:
    assert (service.user == "0") is (service is SANDBOX)
    assert service.read_only_root is not (service is SANDBOX)
    assert (service.drops == ("ALL",)) is (service is not SANDBOX)


@each_service
def test_a_singleton_is_what_breaks_when_it_runs_twice(service: Service) -> None:
    assert service.singleton is (service in (BEAT, PLUGIN_DAEMON, *AGENTS[:2]))


@pytest.mark.parametrize("version", RELEASES)
def test_a_release_brings_an_image_for_every_service(version: str) -> None:
    assert {service.image for service in SERVICES} - {"ssrf-proxy"} == set(RELEASES[version].images)


def test_releases_are_listed_newest_first() -> None:
    numbers = [tuple(map(int, version.split("."))) for version in RELEASES]
    assert numbers == sorted(numbers, reverse=True)
    assert all(release.version == version for version, release in RELEASES.items())


@pytest.mark.parametrize("version", RELEASES)
def test_images_that_share_a_number_carry_the_releases_own(version: str) -> None:
    images = RELEASES[version].images
    tags = {name: image.rsplit(":", 1)[1] for name, image in images.items()}
    assert {tags[name] for name in ("api", "web", "agent-backend", "local-sandbox")} == {version}


@pytest.mark.parametrize("version", RELEASES)
def test_the_daemon_of_a_release_knows_what_its_api_asks(version: str) -> None:
    tag = RELEASES[version].images["plugin-daemon"].rsplit(":", 1)[1]
    (daemon,) = re.findall(r"^0\.(\d+\.\d+)-local$", tag)
    asks_for_bindings = tuple(map(int, version.split("."))) >= (1, 17, 0)
    assert (tuple(map(int, daemon.split("."))) >= (6, 10)) is asks_for_bindings


@pytest.mark.parametrize("version", RELEASES)
def test_every_image_is_one_image_for_ever_from_a_known_registry(version: str) -> None:
    assert image_conflicts(["docker.io/langgenius"], RELEASES[version].images) == []


def test_no_queue_is_named_twice() -> None:
    assert len(set(ALL_QUEUES)) == len(QUEUES) + len(UNHEARD)


@given(st.lists(st.sampled_from(["runs", "indexing", "rest"]), min_size=len(ALL_QUEUES), max_size=len(ALL_QUEUES)))
def test_any_split_of_all_queues_is_accepted_and_every_change_of_it_refused(owners: list[str]) -> None:
    groups = {name: [q for q, owner in zip(ALL_QUEUES, owners, strict=True) if owner == name] for name in set(owners)}
    assert misplaced(groups) == []
    first = next(iter(groups))
    if groups[first]:
        moved = groups[first][0]
        assert misplaced({**groups, first: groups[first][1:]}) == [f"no group has {moved}"]
        assert misplaced({**groups, "twice": [moved]}) == [f"{moved} is in {first} and twice"]
    assert misplaced({**groups, "more": ["gone"]}) == ["gone is unknown"]


def test_pairs_that_must_match_are_one_field_of_one_secret() -> None:
    def of(service: str, variable: str) -> tuple[str, str]:
        (found,) = [one for one in SERVICES if one.name == service]
        return secret_variables(deployed(found), EVERYTHING)[variable]

    for pair in (
        [("api", "PLUGIN_DAEMON_KEY"), ("plugin-daemon", "SERVER_KEY"), ("agent-backend",
        "DIFY_AGENT_PLUGIN_DAEMON_API_KEY")], [("api", "INNER_API_KEY_FOR_PLUGIN"), ("plugin-daemon",
        "DIFY_INNER_API_KEY"), ("agent-backend", "DIFY_AGENT_INNER_API_KEY")], [("api", "CODE_EXECUTION_API_KEY"),
        ("sandbox", "API_KEY")], [("api", "AGENT_BACKEND_API_TOKEN"), ("agent-backend", "DIFY_AGENT_API_TOKEN")],
        [("agent-backend", "DIFY_AGENT_LOCAL_SANDBOX_AUTH_TOKEN"), ("local-sandbox", "SHELLCTL_AUTH_TOKEN")],
    ):  # fmt: skip
        assert len({of(*end) for end in pair}) == 1, pair


@each_service
def test_every_reference_names_a_field_that_is_made(service: Service) -> None:
    made = {secret.name: {*secret.generated, *secret.composed} for secret in SECRETS}
    for secret, field in secret_variables(deployed(service), EVERYTHING).values():
        assert field in made[secret] | ({"username"} if "password" in made[secret] else set())


def test_only_the_application_secret_is_never_rotated() -> None:
    assert [secret.name for secret in SECRETS if secret.kind is Kind.FIXED] == ["application"]


def test_every_mode_of_the_backend_reads_the_same_secrets() -> None:
    assert len({tuple(sorted(secret_variables(deployed(one), LEAST).items())) for one in BACKEND}) == 1


def test_a_stack_keeps_only_the_secrets_that_it_reads() -> None:
    without = [deployed(service) for service in SERVICES if service not in AGENTS]
    kept = {secret.name for secret, _ in used_secrets(without, replace(EVERYTHING, agent=False))}
    assert kept == {secret.name for secret in SECRETS} - {
        "agent-cache", "agent-token", "agent-server-key", "local-sandbox-token",
        "metrics-login",  # which no service reads, but the function that counts
    }  # fmt: skip


def test_a_cache_user_of_plugins_or_agents_reaches_its_own_keys_only() -> None:
    access = {secret.name: secret.access for secret in SECRETS if secret.kind is Kind.CACHE}
    assert access["plugin-cache"].startswith("on ~plugin_daemon* &plugin_daemon* ")
    assert access["agent-cache"].startswith("on ~dify-agent* &dify-agent* ")
    assert all("-@dangerous" in granted for granted in access.values())
