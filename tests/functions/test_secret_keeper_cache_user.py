"""Opening a cache user: when, how, and how long it is waited for."""

from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from functions.secret_keeper.cache_user import open_with_password
from functions.secret_keeper.index import FunctionError
from functions.shared.elasticache_user import ElastiCache
from tests.functions.secret_keeper_world import USER, CacheUsers, Clock

PASSWORD = "q" * 64


def opened(users: ElastiCache, *, is_new: bool = False, clock: Clock | None = None, password: object = PASSWORD) -> str:
    clock = clock or Clock()
    return open_with_password(
        users, USER, password, is_new=is_new, remaining_seconds=clock.remaining, sleep=clock.sleep
    )


def test_a_closed_user_is_opened_and_waited_for() -> None:
    users, clock = CacheUsers(settles_after=3), Clock(seconds=300)
    assert opened(users, clock=clock) == "set"
    assert users.passwords[USER] == [PASSWORD]
    assert clock.seconds == 285


def test_an_open_user_is_left_alone() -> None:
    users = CacheUsers(modes={USER: "password"})
    assert opened(users) == "unchanged"
    assert users.modified == 0


def test_an_open_user_takes_a_password_that_is_new() -> None:
    users = CacheUsers(modes={USER: "password"}, passwords={USER: ["old"]})
    assert opened(users, is_new=True) == "set"
    assert users.passwords[USER] == [PASSWORD]


def test_a_user_that_is_still_changing_is_waited_for_before_it_is_changed() -> None:
    users = CacheUsers(settles_after=2)
    users.modify_user(UserId=USER, AuthenticationMode={"Type": "iam", "Passwords": []})
    assert opened(users) == "set"
    assert users.modes[USER] == "password"


def test_waiting_ends_before_the_function_is_killed() -> None:
    clock = Clock(seconds=60)
    with pytest.raises(FunctionError, match="still modifying at the time limit; run the update again"):
        opened(CacheUsers(settles_after=1000), clock=clock)
    assert 0 < clock.seconds < 10


def test_a_user_that_does_not_exist_is_named() -> None:
    with pytest.raises(FunctionError, match=rf"^cache user {USER}: DescribeUsers failed: UserNotFound$"):
        opened(CacheUsers(modes={}))


def test_a_refusal_does_not_repeat_the_password() -> None:
    users = CacheUsers(fail_next="InvalidParameterValue")
    with pytest.raises(FunctionError) as caught:
        opened(users)
    assert str(caught.value) == f"cache user {USER}: ModifyUser failed: InvalidParameterValue"
    assert caught.value.__suppress_context__


def test_a_missing_permission_is_said_in_full() -> None:
    users = CacheUsers(fail_next="AccessDenied")
    with pytest.raises(FunctionError, match="ModifyUser failed: AccessDenied: rejected"):
        opened(users)


def test_an_empty_password_is_refused_before_any_call() -> None:
    users = CacheUsers()
    with pytest.raises(FunctionError, match="must be non-empty text"):
        opened(users, password="")
    assert users.modes[USER] == "iam"


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    client = cast("Any", boto3.client("elasticache"))  # pyright: ignore[reportUnknownMemberType]
    with Stubber(client) as stubber:
        yield stubber


def test_the_calls_are_those_of_the_real_interface(stubber: Stubber) -> None:
    closed: dict[str, Any] = {"UserId": USER, "Status": "active", "Authentication": {"Type": "iam"}}
    looked = {"UserId": USER}
    mode = {"Type": "password", "Passwords": [PASSWORD]}
    stub = cast("Any", stubber)
    stub.add_response("describe_users", {"Users": [closed]}, looked)
    stub.add_response("modify_user", {**closed, "Status": "modifying"}, {**looked, "AuthenticationMode": mode})
    stub.add_response("describe_users", {"Users": [{**closed, "Authentication": {"Type": "password"}}]}, looked)
    assert opened(stub.client) == "set"
    stub.assert_no_pending_responses()
