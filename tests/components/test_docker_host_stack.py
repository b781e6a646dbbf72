"""What stands around the containers of a Docker host: networks, volumes, order, ports, and what is said of it."""

import re
from typing import Any

import pytest

from dify.nginx import HTTP_PORT, HTTPS_PORT
from dify.releases import NGINX, POSTGRESQL, POSTGRESQL_MAJOR, REDIS, SQUID
from settings.host.requests import MOST_RANGES
from tests.components.host_graphs import containers, host_graph, labels, mounts, programs, request, variables, waits_for

_SECRET = re.compile(r"difyai123456|sk-9f73s3lj|PRIVATE KEY-----|://[^/\s{}:]+:[^/\s{}]+@|=[A-Za-z0-9]{64}\b")
_EVERYWHERE = "0.0.0.0"  # noqa: S104
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|PRIVATE|API_KEY|(?<!MAX_)TOKEN|BROKER_URL|USERNAME")


def _networks(part: str) -> dict[str, dict[str, Any]]:
    found = containers(host_graph())[part].inputs.get("networksAdvanced", [])
    return {one["name"].removeprefix("dify-host-"): one for one in found}


def test_an_update_makes_exactly_what_a_preview_shows() -> None:
    assert {one.urn for one in host_graph().resources} == {one.urn for one in host_graph(preview=True).resources}


def test_only_nginx_is_published_on_exactly_two_ports() -> None:
    published = {part: one.inputs["ports"] for part, one in containers(host_graph()).items() if "ports" in one.inputs}
    assert published == {
        "nginx": [
            {"internal": HTTP_PORT, "external": 80, "ip": _EVERYWHERE, "protocol": "tcp"},
            {"internal": HTTPS_PORT, "external": 443, "ip": _EVERYWHERE, "protocol": "tcp"},
        ]
    }


def test_other_ports_are_published_where_the_stack_says_so_and_in_every_address_of_dify() -> None:
    changes = {"network.listenAddress": "127.0.0.1", "network.httpPort": 8080, "network.httpsPort": 8443}
    graph = host_graph(changes)
    assert [port["external"] for port in containers(graph)["nginx"].inputs["ports"]] == [8080, 8443]
    assert {port["ip"] for port in containers(graph)["nginx"].inputs["ports"]} == {"127.0.0.1"}
    assert variables(containers(graph)["api-1"])["FILES_URL"] == "https://dify.example.com:8443"
    assert "https://dify.example.com:8443" in programs(graph)["nginx.conf"]
    assert variables(containers(graph)["web-1"])["NEXT_PUBLIC_SOCKET_URL"] == "wss://dify.example.com:8443"


def test_stores_and_programs_of_users_are_in_networks_without_a_way_out() -> None:
    networks = {one.inputs["name"]: one.inputs for one in host_graph().of("index/network:Network")}
    closed = {"dify-host-code", "dify-host-data"}
    assert {name for name, one in networks.items() if one["internal"]} == closed
    without_the_host = {"com.docker.network.bridge.inhibit_ipv4": "true"}
    assert {name for name, one in networks.items() if one.get("options") == without_the_host} == closed
    assert len(networks) == 5
    for part in ("redis", "postgres-a", "postgres-b", "backup", "migration"):
        assert set(_networks(part)) == {"data"}
    assert set(_networks("sandbox")) == {"code"}
    assert set(_networks("ssrf-proxy")) == {"code", "egress"}
    assert containers(host_graph())["secret-keeper"].inputs["networkMode"] == "none"


def test_nginx_reaches_what_it_asks_and_no_store() -> None:
    assert set(_networks("nginx")) == {"edge"}
    for part in ("web-1", "api-2", "api-websocket-1", "plugin-daemon"):
        assert "edge" in _networks(part)


def test_nginx_asks_at_the_addresses_that_the_containers_have() -> None:
    text = programs(host_graph())["nginx.conf"]
    asked = set(re.findall(r"server (10\.231\.0\.\d+):", text))
    has = {
        part: _networks(part)["edge"]["ipv4Address"] for part in containers(host_graph()) if "edge" in _networks(part)
    }
    assert len(set(has.values())) == len(has) == 7
    assert asked == {address for part, address in has.items() if part != "nginx"}


def test_a_container_answers_to_its_own_name_and_to_its_kind() -> None:
    for part in ("api-1", "api-2"):
        for network in _networks(part).values():
            assert network["aliases"] == sorted([f"{part}.dify-host.internal", "api.dify-host.internal"])


@pytest.mark.parametrize(
    ("part", "before"),
    [
        ("postgres-a", {"secret-keeper"}),
        ("postgres-b", {"secret-keeper", "postgres-a"}),
        ("redis", {"secret-keeper"}),
        ("migration", {"secret-keeper", "postgres-a", "postgres-b", "redis"}),
        ("api-1", {"secret-keeper", "postgres-a", "postgres-b", "redis", "migration"}),
        ("api-2", {"secret-keeper", "postgres-a", "postgres-b", "redis", "migration", "api-1"}),
    ],
)
def test_a_container_waits_for_what_it_needs_and_for_nothing_else(part: str, before: set[str]) -> None:
    assert waits_for(host_graph(), part) == before


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("part", "before"), [("worker-2", "worker-1"), ("web-2", "web-1"), ("nginx", "web-2"), ("nginx", "plugin-daemon")]
)
def test_one_instance_is_replaced_after_the_other_and_nginx_last(part: str, before: str, preview: bool) -> None:
    assert before in waits_for(host_graph(preview=preview), part)


def test_every_service_waits_until_the_schema_is_changed() -> None:
    for part in ("worker-1", "beat", "web-1", "api-websocket-1"):
        assert "migration" in waits_for(host_graph(), part)


def test_data_and_secrets_are_protected_and_stay_where_the_stack_keeps_them() -> None:
    volumes = {one.inputs["name"].removeprefix("dify-host-"): one for one in host_graph().of("index/volume:Volume")}
    kept = {name for name, one in volumes.items() if one.protect and one.retained}
    assert set(volumes) - kept == {"programs", "ready"}
    assert {"postgres-a", "postgres-b", "postgres-role", "redis", "files", "plugins", "backups"} <= kept
    assert {"secrets-keeper", "secrets-backend", "secrets-nginx"} <= kept
    assert {one.protect for one in host_graph().resources if one not in volumes.values()} == {False}


def test_a_disposable_host_leaves_nothing_behind() -> None:
    graph = host_graph({"lifecycle": "disposable"}, environment="dev")
    assert not [one.name for one in graph.resources if one.protect or one.retained]


def test_volumes_of_the_databases_say_whose_data_they_hold_and_keep_saying_it() -> None:
    majors = {
        one.inputs["name"].removeprefix("dify-host-"): label["value"]
        for one in host_graph().of("index/volume:Volume")
        for label in one.inputs["labels"]
        if label["label"] == "dify.postgres-major"
    }
    assert majors == dict.fromkeys(("postgres-a", "postgres-b"), str(POSTGRESQL_MAJOR))
    assert {(*one.ignore_changes,) for one in host_graph().of("index/volume:Volume")} == {("labels",)}


def test_nobody_waits_long_for_the_name_of_one_that_is_gone_and_what_knows_only_the_stack_least() -> None:
    asked = {part: one.inputs.get("dnsOpts") for part, one in containers(host_graph()).items()}
    assert asked.pop("secret-keeper") is None
    inside = {part for part, options in asked.items() if options == ["timeout:1", "attempts:1"]}
    assert inside == {"postgres-a", "postgres-b", "backup"}
    assert all(asked[part] == ["timeout:1", "attempts:2"] for part in asked.keys() - inside)


def test_the_two_databases_share_nothing_but_who_is_primary() -> None:
    a, b = (mounts(containers(host_graph())[part]) for part in ("postgres-a", "postgres-b"))
    writable = [{one["source"] for one in node.values() if not one["readOnly"]} for node in (a, b)]
    assert writable[0] & writable[1] == {"dify-host-postgres-role"}
    found = [variables(containers(host_graph())[part]) for part in ("postgres-a", "postgres-b")]
    assert [one["NODE"] for one in found] == ["a", "b"]
    assert [one["PEER_HOST"] for one in found] == ["postgres-b.dify-host.internal", "postgres-a.dify-host.internal"]


def test_the_images_are_those_of_the_release_and_three_servers() -> None:
    images = {one.inputs["name"] for one in host_graph().of("index/remoteImage:RemoteImage")}
    assert images == {
        "docker.io/langgenius/dify-api:1.17.1",
        "docker.io/langgenius/dify-web:1.17.1",
        "docker.io/langgenius/dify-plugin-daemon:0.6.10-local",
        "docker.io/langgenius/dify-sandbox:0.2.15",
        *(SQUID, POSTGRESQL, REDIS, NGINX),
    }


@pytest.mark.parametrize("changes", [None, {"mail": {
    "sender": "dify@example.com", "server": "smtp.example.com", "loginFile": "/etc/dify/mail.json"
}}], ids=["tracked", "mail"])  # fmt: skip
def test_no_input_anywhere_carries_the_value_of_a_secret(changes: dict[str, Any] | None) -> None:
    found = {one.name: m.group() for one in host_graph(changes).resources if (m := _SECRET.search(str(one.inputs)))}
    assert found == {}


@pytest.mark.parametrize("text", ["SECRET_KEY=" + "a1" * 32, "redis://user:word@host", "-----BEGIN PRIVATE KEY-----"])
def test_the_search_for_secrets_finds_one(text: str) -> None:
    assert _SECRET.search(text)


def test_no_plain_variable_has_the_name_of_a_secret() -> None:
    names = {name for one in containers(host_graph()).values() for name in variables(one)}
    assert len(names) > 80
    assert not [name for name in names if _SECRET_NAME.search(name)]


def test_the_keeper_owns_each_file_to_its_only_reader() -> None:
    owners = {file["path"]: file["owner"] for file in request(host_graph())["files"]}
    assert owners == {
        **dict.fromkeys(
            (f"/volumes/secrets-postgres/{name}-password" for name in ("superuser", "replication", "dify", "plugin")),
            999,
        ),
        "/volumes/secrets-redis/users.acl": 999,
        "/volumes/secrets-backup/pgpass": 999,
        "/volumes/secrets-backend/environment": 1001,
        "/volumes/secrets-plugin-daemon/environment": 1001,
        "/volumes/secrets-sandbox/environment": 0,
    }


def test_the_operators_login_of_the_mail_server_is_read_on_the_host_only() -> None:
    mail = {"sender": "dify@example.com", "server": "smtp.example.com", "loginFile": "/etc/dify/mail.json"}
    graph = host_graph({"mail": mail})
    (mount,) = [
        one for one in mounts(containers(graph)["secret-keeper"]).values() if one["source"] == mail["loginFile"]
    ]
    assert (mount["target"], mount["readOnly"]) == ("/given/mail-login.json", True)
    (file,) = [one for one in request(graph)["files"] if one["path"].endswith("backend/environment")]
    assert "SMTP_PASSWORD={shell mail.password}\n" in file["template"]


def test_the_keeper_brings_all_that_the_others_run() -> None:
    texts = programs(host_graph())
    ran = set[str]()
    for one in containers(host_graph()).values():
        words = [*one.inputs.get("entrypoints", []), *one.inputs.get("healthcheck", {}).get("tests", [])]
        words += one.inputs["command"] if labels(one)["dify.part"] == "nginx" else []
        ran |= set(re.findall(r"/opt/dify/([\w.]+)", " ".join(words)))
    assert {"postgres_node.sh", "postgres_health.sh", "backup.sh", "nginx.conf", "ssrf_proxy.sh", "squid.conf"} <= ran
    assert ran <= set(texts)
    assert {"secret_keeper.py", "generation.py", "request.json", "restore.sh", "postgres_promote.sh"} <= set(texts)


def test_no_text_is_longer_than_an_argument_may_be() -> None:
    """MAX_ARG_STRLEN of Linux is 128 KiB (execve(2))."""
    most = [f"{at + 8192:x}:1111:2222:3333:4444:5555:6666:7777/128" for at in range(MOST_RANGES)]
    for changes in (None, {"requests.blockedCidrs": most}):
        assert max(len(text.encode()) for text in programs(host_graph(changes)).values()) < 128 * 1024


def test_without_live_editing_there_is_no_container_for_it() -> None:
    graph = host_graph({"services.collaboration.enabled": False})
    assert "api-websocket-1" not in containers(graph)
    assert "NEXT_PUBLIC_SOCKET_URL" not in variables(containers(graph)["web-1"])


def test_more_instances_are_as_many_containers_and_as_many_that_nginx_asks() -> None:
    graph = host_graph({"services.api.instances": 3, "host.memoryGib": 64, "host.cpus": 16})
    assert {part for part in containers(graph) if part.startswith("api-")} == {
        "api-1", "api-2", "api-3", "api-websocket-1"
    }  # fmt: skip
    assert "10.231.0.36:5001" in programs(graph)["nginx.conf"]


def test_the_stack_says_everything_that_operations_need() -> None:
    outputs = host_graph().stack_outputs
    assert set(outputs) == {
        "url", "docker", "prefix", "release", "containers", "volumes", "networks", "self_signed"
    }  # fmt: skip
    assert outputs["url"] == "https://dify.example.com"
    assert outputs["containers"] == {part: f"dify-host-{part}" for part in containers(host_graph())}
    assert outputs["volumes"]["backups"] == "dify-host-backups"
    assert outputs["self_signed"] is False
