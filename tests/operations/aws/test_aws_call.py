"""What AWS refuses is one line that says what mends it; what takes long is waited for, and says how far it is."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from operations.aws import calls
from operations.aws.calls import asking, wait_until, watch
from operations.outcome import ExitCode, FailedError
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.conftest import Call


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0)


def _refused(code: str, message: str) -> str:
    with pytest.raises(FailedError) as ended, asking("rds:RebootDBInstance"):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "RebootDBInstance")
    return str(ended.value)


@pytest.mark.parametrize(
    ("code", "mends"),
    [
        ("AccessDenied", "the caller needs `rds:RebootDBInstance` (docs/operate-aws.md)"),
        ("UnauthorizedOperation", "the caller needs `rds:RebootDBInstance` (docs/operate-aws.md)"),
        ("ExpiredToken", "log in again"),
        ("Throttling", "AWS is busy; call it again in a minute"),
        ("InvalidDBInstanceState", "mend it and call it again"),
    ],
)
def test_each_kind_of_refusal_says_what_mends_it(code: str, mends: str) -> None:
    assert _refused(code, "no") == f"rds:RebootDBInstance: got {code}: no; {mends}"


def test_a_long_message_of_several_lines_is_cut_to_one() -> None:
    line = _refused("UnauthorizedOperation", "You are not authorized.\nEncoded message: " + "x" * 5000)
    assert "\n" not in line
    assert len(line) < 500


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "got no AWS credentials; log in, or set AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="https://rds.example.com"), "got no answer: Could not connect"),
    ],
)
def test_no_answer_at_all_is_told_as_such(error: Exception, words: str) -> None:
    with pytest.raises(FailedError, match=words), asking("rds:RebootDBInstance"):
        raise error


def _clock(*times: float) -> Callable[[], float]:
    left = iter(times)
    return lambda: next(left)


def test_waiting_ends_when_there_is_nothing_to_wait_for_and_says_how_long_it_took() -> None:
    states = iter(["starting", None])
    took = wait_until("it", lambda: next(states), seconds=60, otherwise="-", clock=_clock(0, 5, 12))
    assert took == 12


def test_waiting_too_long_says_how_it_is_and_what_to_look_at() -> None:
    with pytest.raises(FailedError) as ended:
        wait_until("services", lambda: "api has 1", seconds=60, otherwise="look there", clock=_clock(0, 61))
    assert str(ended.value) == "services: got api has 1 after 1 min 0 s; look there"


def test_progress_is_told_each_minute_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    states = iter(["one", "two", "three", "four", None])
    wait_until("it", lambda: next(states), seconds=600, otherwise="-", clock=_clock(0, 30, 60, 90, 120, 130))
    assert capsys.readouterr().out.splitlines() == [
        "  it: two, 1 min 0 s so far",
        "  it: four, 2 min 0 s so far",
    ]


def test_watching_ends_at_the_first_thing_that_is_wrong() -> None:
    looks = iter([None, None, "it is unhealthy", None])
    with pytest.raises(FailedError, match="canary: it is unhealthy; look there"):
        watch("canary", lambda: next(looks), looks=4, otherwise="look there")
    assert next(looks) is None, "nobody looked any more"


def test_watching_looks_as_often_as_it_was_told() -> None:
    seen: list[int] = []
    watch("canary", lambda: seen.append(1), looks=3, otherwise="-")
    assert len(seen) == 3


def test_credentials_of_another_account_reach_nothing(world: AwsWorld, call: Call) -> None:
    world.answers.give("sts:GetCallerIdentity", {"Account": "999999999999"})
    ended = call("rotate")
    assert ended.code == ExitCode.WRONG_CALL
    assert ended.err.startswith("AWS credentials: got those of account 999999999999; ")
    assert {name for name, _ in world.answers.asked} == {"sts:GetCallerIdentity"}
