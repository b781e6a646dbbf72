"""Keys that both sides share are replaced on request, and a secret that is not listed never is."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.rotation.rotation import FunctionError
from tests.functions.rotation_world import STEPS, RotationWorld

SIDES = ["api", "worker", "plugin_daemon"]
FIELDS = {
    "KEY": {"length": 64, "alphabet": "alphanumeric"},
    "INNER_KEY": {"length": 43, "alphabet": "base64url-32-bytes"},
}
OLD = {"KEY": "planted-key", "INNER_KEY": "planted-inner-key", "note": "kept"}


class World(RotationWorld):
    """One secret of shared keys, one login, and the application's secret, which is not listed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.keys = self.secrets.create("keys", OLD)
        self.login = self.secrets.create("login", {"username": "dify_a", "password": "planted"})
        self.application = self.secrets.create("application", {"SECRET_KEY": "planted-secret-key"})
        self.plan(
            {
                self.keys: {"kind": "keys", "fields": FIELDS, "services": SIDES},
                self.login: {"kind": "cache", "userId": "u", "host": "cache", "port": 6379, "services": ["api"]},
            }
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World(monkeypatch)


def test_a_replacement_is_one_version_and_tells_both_sides(world: World) -> None:
    assert world.call({"replace": world.keys}) == {"redeployed": SIDES}
    new = world.secrets.read(world.keys)
    assert (len(new["KEY"]), len(new["INNER_KEY"]), new["note"]) == (64, 43, "kept")
    assert set(new) == set(OLD)
    assert not {OLD["KEY"], OLD["INNER_KEY"]} & set(new.values())
    assert sorted(stages for stages in world.secrets.versions(world.keys).values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    assert world.services.deployed == SIDES


@pytest.mark.parametrize("step", STEPS)
def test_a_schedule_does_not_replace_keys(world: World, step: str) -> None:
    token = world.secrets.begin(world.keys)
    with pytest.raises(FunctionError, match=r'replaced on request only, .* call this function with \{"replace": "arn:'):
        world.step(step, world.keys, token)
    assert world.secrets.read(world.keys) == OLD
    assert world.services.deployed == []


def test_a_request_can_redeploy_the_readers_alone(world: World) -> None:
    assert world.call({"redeploy": world.keys}) == {"redeployed": SIDES}
    assert world.secrets.read(world.keys) == OLD


def test_a_service_that_is_refused_is_named_and_holds_up_no_other(world: World) -> None:
    world.services.missing = {"api"}
    with pytest.raises(FunctionError) as caught:
        world.call({"replace": world.keys})
    assert str(caught.value) == (
        f"secret {world.keys}: its new version is current, but service api: UpdateService failed: "
        f'ServiceNotFoundException; call this function with {{"redeploy": "{world.keys}"}} before the next rotation'
    )
    assert world.services.deployed == ["worker", "plugin_daemon"]


def test_a_login_is_not_replaced_like_keys(world: World) -> None:
    with pytest.raises(FunctionError, match=r"is a login, which Secrets Manager rotates; ask it with RotateSecret$"):
        world.call({"replace": world.login})


def test_a_secret_that_is_not_listed_is_refused_by_every_entry_point(world: World) -> None:
    token = world.secrets.begin(world.application)
    steps = [{"Step": step, "SecretId": world.application, "ClientRequestToken": token} for step in STEPS]
    for event in (*steps, {"replace": world.application}, {"redeploy": world.application}):
        with pytest.raises(FunctionError) as caught:
            world.call(event)
        line = f"secret {world.application}: is not listed in ROTATION; it is never rotated here"
        assert str(caught.value) == line
    assert world.secrets.read(world.application) == {"SECRET_KEY": "planted-secret-key"}
    assert world.services.deployed == []


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ([], "event: must be a JSON object"),
        ({}, "event: must have exactly one of Step, replace, redeploy"),
        ({"replace": "a", "redeploy": "b"}, "event: must have exactly one of Step, replace, redeploy"),
        ({"replace": 1}, "event.replace: must be non-empty text"),
        ({"Step": "rotate"}, "event.Step: must be one of createSecret, setSecret, testSecret, finishSecret"),
        ({"Step": "setSecret"}, "event.SecretId: must be non-empty text"),
    ],
)
def test_a_wrong_event_is_one_line(world: World, event: object, message: str) -> None:
    with pytest.raises(FunctionError) as caught:
        world.call(event)
    assert str(caught.value) == message


def test_a_step_without_a_version_is_refused(world: World) -> None:
    with pytest.raises(FunctionError, match=r"^event.ClientRequestToken: must be non-empty text$"):
        world.call({"Step": "setSecret", "SecretId": world.login})
