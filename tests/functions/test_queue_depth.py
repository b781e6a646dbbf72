"""The length of Celery's queues, from a real Redis into CloudWatch; and never a length that was not read."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from functions.queue_depth import queue_depth
from tests.functions.queue_depth_world import GROUPS, NAMESPACE, PASSWORD, USER, World, make_secret
from tests.servers.process import LOOPBACK, free_port
from tests.servers.redis_server import RedisServer

UNREACHABLE = {("Reachable",): 0}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.start(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def world(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    server.admin.flushall()  # pyright: ignore[reportUnknownMemberType]
    server.add_user(USER, PASSWORD)
    # The system's authorities as OpenSSL finds them: here they are the test's own.
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
    with mock_aws():
        yield World(server, monkeypatch, make_secret())


def test_each_queue_each_group_and_the_reachable_cache_are_published(world: World) -> None:
    world.push("dataset", 3)
    world.push("workflow_based_app_execution", 4)
    lengths = world.run()
    assert lengths == {"dataset": 3, "workflow_based_app_execution": 4, "mail": 0}
    assert world.published() == {
        ("QueueLength", "Queue=dataset"): 3,
        ("QueueLength", "Queue=workflow_based_app_execution"): 4,
        ("QueueLength", "Queue=mail"): 0,
        ("Backlog", "WorkerGroup=worker"): 7,
        ("Backlog", "WorkerGroup=worker-mail"): 0,
        ("Reachable",): 1,
    }


def test_tasks_of_every_priority_are_counted(world: World) -> None:
    for priority, tasks in {0: 1, 3: 10, 6: 100, 9: 1000}.items():
        world.push("mail", tasks, priority=priority)
    assert world.run()["mail"] == 1111


def test_a_key_prefix_is_stripped_and_put_before_the_name_with_a_colon(world: World) -> None:
    world.push("mail", 2, prefix="blue:")
    world.push("mail", 3, prefix="blue:", priority=9)
    world.push("mail", 50)
    world.push("mail", 70, prefix="blue")
    assert world.run(keyPrefix=" blue ")["mail"] == 5


def test_without_a_key_prefix_only_plain_names_are_counted(world: World) -> None:
    world.push("mail", 2)
    world.push("mail", 50, prefix="blue:")
    world.push("mail", 70, prefix=":")
    assert world.run(keyPrefix="")["mail"] == 2


def test_only_celerys_database_is_read(world: World) -> None:
    world.push("mail", 5, database=0)
    world.push("mail", 7, database=2)
    assert world.run(database=0)["mail"] == 5
    assert world.run(database=1)["mail"] == 0


def test_twenty_queues_take_as_many_round_trips_as_one(world: World) -> None:
    def reads(queues: list[str]) -> int:
        before = world.server_reads()
        world.run(groups={"worker": queues})
        return world.server_reads() - before

    assert reads([f"queue-{number}" for number in range(20)]) == reads(["queue"])


def test_a_rotated_password_is_taken_up_by_the_next_run(world: World) -> None:
    world.push("mail", 1)
    world.run()
    world.server.add_user(USER, "r" * 64)
    world.store_secret(json.dumps({"username": USER, "password": "r" * 64}))
    assert world.run()["mail"] == 1


def test_an_unreachable_cache_is_published_as_that_and_never_as_empty_queues(world: World) -> None:
    port = free_port()
    assert world.failure(port=port) == f"cache {LOOPBACK}:{port}: [Errno 111] Connection refused"
    assert world.published() == UNREACHABLE


def test_a_cache_that_refuses_the_login_is_published_as_unreachable(world: World) -> None:
    world.server.add_user(USER, "another")
    assert world.failure() == f"cache {LOOPBACK}:{world.server.port}: it refused the login"
    assert world.published() == UNREACHABLE


def test_a_cache_that_never_answers_is_given_up_at_the_first_try(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache_session.TIMEOUT_SECONDS", 0.2)
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        assert world.failure(port=port) == f"cache {LOOPBACK}:{port}: no answer within 0.2 s"
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert world.published() == UNREACHABLE


def test_a_certificate_of_an_unknown_authority_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate verify failed" in world.failure()
    assert world.published() == UNREACHABLE


def test_a_certificate_for_another_name_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def to_loopback(host: str, *rest: Any, **named: Any) -> Any:
        return resolve(LOOPBACK if host == "cache.internal" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)
    assert "not valid for 'cache.internal'" in world.failure(host="cache.internal")
    assert world.published() == UNREACHABLE


def test_an_answer_of_the_server_is_named_and_not_repeated(world: World) -> None:
    world.forbid("llen")
    assert world.failure() == f"cache {LOOPBACK}:{world.server.port}: NoPermissionError"
    assert world.published() == UNREACHABLE


def test_a_secret_that_does_not_exist_is_published_as_unreachable(world: World) -> None:
    arn = f"{world.secret_arn}-gone"
    assert world.failure(secretArn=arn).startswith(
        f"cache {LOOPBACK}:{world.server.port}: secret {arn}: does not exist"
    )
    assert world.published() == UNREACHABLE


@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure"])
def test_a_secret_that_may_not_be_read_is_published_as_unreachable(world: World, code: str) -> None:
    world.refuse("secretsmanager", "GetSecretValue", code)
    line = world.failure()
    assert line.startswith(
        f"cache {LOOPBACK}:{world.server.port}: secret {world.secret_arn}: GetSecretValue failed: {code}"
    )
    assert world.published() == UNREACHABLE


@pytest.mark.parametrize("stored", [PASSWORD, f'["{PASSWORD}"]', "{}", f'{{"username": "", "password": "{PASSWORD}"}}'])
def test_a_secret_that_holds_no_login_is_said_without_what_it_holds(world: World, stored: str) -> None:
    world.store_secret(stored)
    line = world.failure()
    assert line.startswith(f"cache {LOOPBACK}:{world.server.port}: secret {world.secret_arn}: ")
    assert PASSWORD not in line
    assert world.published() == UNREACHABLE


def test_a_failure_carries_no_cause_that_could_hold_the_login(world: World) -> None:
    world.server.add_user(USER, "another")
    with pytest.raises(queue_depth.FunctionError) as caught:
        world.run()
    error: BaseException | None = caught.value
    assert error.__suppress_context__
    while error := error.__context__:
        assert PASSWORD not in str(error)


def test_a_refusal_of_cloudwatch_names_the_namespace_and_the_reason(world: World) -> None:
    world.refuse("cloudwatch", "PutMetricData", "InternalServiceFault")
    assert world.failure() == f"namespace {NAMESPACE}: PutMetricData failed: InternalServiceFault"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"stack": ""}, "QUEUE_DEPTH.stack: must be non-empty text"),
        ({"host": 3}, "QUEUE_DEPTH.host: must be non-empty text"),
        ({"secretArn": "cache"}, "QUEUE_DEPTH.secretArn: must be the ARN of a Secrets Manager secret"),
        ({"keyPrefix": None}, "QUEUE_DEPTH.keyPrefix: must be text, empty for no prefix"),
        ({"port": "6379"}, "QUEUE_DEPTH.port: must be a whole number from 1 to 65535"),
        ({"database": True}, "QUEUE_DEPTH.database: must be a whole number from 0 to 15"),
        ({"database": 16}, "QUEUE_DEPTH.database: must be a whole number from 0 to 15"),
        ({"groups": {}}, "QUEUE_DEPTH.groups: must hold at least one worker group, and each at least one queue"),
        (
            {"groups": {"worker": ["mail"], "empty": []}},
            "QUEUE_DEPTH.groups: must hold at least one worker group, and each at least one queue",
        ),
        ({"groups": {"worker": ["mail", ""]}}, "QUEUE_DEPTH.groups.worker[1]: must be non-empty text"),
        ({"groups": {"worker": "mail"}}, "QUEUE_DEPTH.groups.worker: must be a JSON array"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(world: World, changed: dict[str, object], line: str) -> None:
    assert world.failure(**changed) == line


def test_an_unknown_setting_is_named(world: World) -> None:
    assert world.failure(queues=GROUPS).startswith("QUEUE_DEPTH: unknown key queues;")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "QUEUE_DEPTH: the environment variable is not set"),
        ("{", "QUEUE_DEPTH: must be a JSON object"),
        ("[]", "QUEUE_DEPTH: must be a JSON object"),
    ],
)
def test_settings_that_are_no_object_are_refused(monkeypatch: pytest.MonkeyPatch, text: str, line: str) -> None:
    monkeypatch.setenv("QUEUE_DEPTH", text)
    with pytest.raises(queue_depth.FunctionError, match=f"^{line}$"):
        queue_depth.handler({}, None)
