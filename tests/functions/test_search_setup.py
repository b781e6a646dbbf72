"""The search set-up against a domain on the loopback, over TLS and with real signatures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.search_setup.search_domain import Domain
from functions.search_setup.search_setup import FunctionError, handler
from tests.functions.search_setup_world import REGION, ROOT, World, opensearch

API, WORKER, SNAPSHOTS, SETUP = (
    f"arn:aws:iam::111122223333:role/{name}-1a2b3c4" for name in ("api-task", "worker-task", "snapshots", "setup")
)


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@pytest.fixture
def domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with opensearch(tmp_path) as world:
        monkeypatch.setenv("SSL_CERT_FILE", str(world.ca_file))
        yield world


def event(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "action": "setUp",
        "host": world.host,
        "region": REGION,
        "role": "dify",
        "indexPatterns": ["vector_index*"],
        "backendRoles": [API, WORKER],
        "snapshots": {
            "repository": "dify",
            "bucket": "search-snapshots",
            "roleArn": SNAPSHOTS,
            "managerRoleArn": SETUP,
            "policies": [],
        },
        **changes,
    }


def test_the_named_roles_get_in_and_nobody_else(domain: World) -> None:
    assert handler(event(domain), Context()) == {"role": "dify", "backendRoles": [API, WORKER], "policies": []}
    # Its own role is the domain's master; this one it needs besides, to register a bucket.
    manager = {"manage_snapshots": {"backend_roles": [SETUP]}}
    assert domain.mappings == {"dify": {"backend_roles": [API, WORKER]}, **manager}


def test_they_may_use_difys_indices_only(domain: World) -> None:
    handler(event(domain), Context())
    (indices,) = domain.roles["dify"]["index_permissions"]
    assert indices["index_patterns"] == ["vector_index*"]
    assert not [action for action in indices["allowed_actions"] if action in {"*", "indices:*", "indices_all", "crud"}]
    assert domain.roles["dify"]["cluster_permissions"] == ["indices:data/write/bulk"]


@pytest.mark.parametrize(
    "action",
    [
        "indices:admin/get",
        "indices:admin/create",
        "indices:admin/delete",
        "indices:admin/mapping/put",
        "indices:data/read/get",
        "indices:data/read/search",
        "indices:data/write/index",
        "indices:data/write/delete",
        "indices:data/write/bulk*",
    ],
)
def test_they_may_do_each_thing_that_dify_does(domain: World, action: str) -> None:
    handler(event(domain), Context())
    assert action in domain.roles["dify"]["index_permissions"][0]["allowed_actions"]


def test_the_audit_log_is_on_and_holds_no_text_of_users(domain: World) -> None:
    handler(event(domain), Context())
    assert domain.audit == {"/config/enabled": True, "/config/audit/log_request_body": False}


def test_a_second_run_changes_nothing(domain: World) -> None:
    handler(event(domain), Context())
    before = (dict(domain.roles), dict(domain.mappings), dict(domain.audit))
    handler(event(domain), Context())
    assert (domain.roles, domain.mappings, domain.audit) == before


def test_a_role_that_is_no_longer_named_loses_its_access(domain: World) -> None:
    handler(event(domain), Context())
    handler(event(domain, backendRoles=[API]), Context())
    assert domain.mappings["dify"]["backend_roles"] == [API]


def test_a_request_with_another_signature_is_not_let_in(domain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(FunctionError, match="was refused: 403 the signature does not match") as refused:
        handler(event(domain), Context())
    assert "another" not in str(refused.value)
    assert domain.roles == {}


def test_the_signature_is_made_for_the_region_of_the_event(domain: World) -> None:
    with pytest.raises(FunctionError, match="403"):
        handler(event(domain, region="us-east-1"), Context())


def test_a_refusal_is_one_line_that_says_what_and_why(domain: World) -> None:
    domain.first_answers.append((400, {"status": "error", "reason": "Invalid\nconfiguration"}))
    with pytest.raises(FunctionError) as refused:
        handler(event(domain), Context())
    line = f"PUT {ROOT}/roles/dify on {domain.host} was refused: 400 Invalid configuration"
    assert str(refused.value) == line


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_a_domain_that_is_not_ready_yet_is_asked_again(domain: World, status: int) -> None:
    domain.first_answers += [(status, {"message": "not yet"})] * 2
    pauses: list[float] = []
    patient(domain, pauses).send("PUT", f"{ROOT}/roles/dify", {})
    assert domain.asked == [f"PUT {ROOT}/roles/dify"] * 3
    assert len(pauses) == 2


def test_a_domain_that_never_gets_ready_fails_before_the_functions_time_is_up(domain: World) -> None:
    domain.first_answers += [(503, {"message": "OpenSearch Security not initialized."})] * 99
    left, pauses = iter([60.0, 30.0, 14.0]), list[float]()
    with pytest.raises(FunctionError, match="time is up: 503 OpenSearch Security not initialized"):
        patient(domain, pauses, left).send("PUT", f"{ROOT}/roles/dify", {})
    assert len(pauses) == 2


def test_nobody_listening_is_said_by_name(domain: World) -> None:
    nobody = Domain(host="127.0.0.1:1", region=REGION, remaining_seconds=lambda: 0)
    with pytest.raises(FunctionError, match=r"on 127\.0\.0\.1:1 failed and time is up: ConnectionRefusedError"):
        nobody.send("PUT", f"{ROOT}/roles/dify", {})


def test_a_server_without_a_trusted_certificate_gets_no_request(domain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FunctionError, match="has no certificate that is trusted here"):
        handler(event(domain), Context())
    assert domain.asked == []


def test_a_proxy_of_the_environment_is_not_used(domain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    handler(event(domain), Context())
    assert set(domain.roles) == {"dify"}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"host": "https://a.example"}, "event.host: must be a host name, without scheme or path"),
        ({"role": "all_access/../x"}, "event.role: must be lower-case letters, digits, - and _"),
        ({"indexPatterns": []}, "event.indexPatterns: must name at least one"),
        ({"indexPatterns": ["*"]}, r"event.indexPatterns\[0\]: must be an index name in lower case"),
        ({"indexPatterns": ["Vector_index*"]}, r"event.indexPatterns\[0\]: must be an index name in lower case"),
        ({"backendRoles": []}, "event.backendRoles: must name at least one"),
        ({"backendRoles": [API, "*"]}, r"event.backendRoles\[1\]: must be the ARN of an IAM role"),
        ({"backendRoles": ["arn:aws:iam::111122223333:root"]}, "must be the ARN of an IAM role"),
        ({"region": ""}, "event.region: must be non-empty text"),
        ({"user": "admin"}, "event: unknown key user"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_sent(domain: World, change: dict[str, Any], line: str) -> None:
    with pytest.raises(FunctionError, match=line):
        handler(event(domain, **change), Context())
    assert domain.asked == []


def patient(world: World, pauses: list[float], left: Iterator[float] | None = None) -> Domain:
    return Domain(
        host=world.host,
        region=REGION,
        remaining_seconds=lambda: 300.0 if left is None else next(left),
        sleep=pauses.append,
    )
