"""A rotation on request changes logins one after the other and ends when whoever reads them runs with the new ones."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from dify.secrets import used_secrets
from operations.aws import rotate
from operations.outcome import ExitCode
from settings.plan import deployments, options
from tests.operations.aws.aws_world import NAME, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call, KilledError

LOGINS = ["database-login", "plugin-database-login", "cache", "plugin-cache"]


class Keeper:
    """Secrets Manager and the rotation function: a new version, then readers deployed anew. `forgets` are secrets whose
    readers are not told at first, `begun` those of which a rotation was begun before and has not ended."""

    def __init__(self, world: AwsWorld) -> None:
        self.world = world
        self.forgets: set[str] = set()
        self.begun: set[str] = set()
        self.invoked: list[dict[str, str]] = []
        settings = world.settings
        self.readers = {one.name: names for one, names in used_secrets(deployments(settings), options(settings))}
        self.names = {arn: name for name, arn in world.outputs["secrets"].items()}
        self.deployed: dict[str, int] = {}
        mend = world.answers.changed["ecs:DescribeServices"]

        def describe(found: dict[str, Any]) -> None:
            mend(found)
            for service in found["services"]:
                service["deployments"][0]["id"] = f"ecs-svc/{self.deployed.get(service['serviceName'], 0)}"

        world.answers.change("ecs:DescribeServices", describe)
        world.answers.give("secretsmanager:RotateSecret", self._rotate)
        world.answers.give("lambda:Invoke", self._invoke)

    @property
    def rotated(self) -> list[str]:
        """Secrets that Secrets Manager was asked to rotate, in order."""
        return [self.names[one["SecretId"]] for one in self.world.answers.calls_of("secretsmanager:RotateSecret")]

    def begin(self, name: str) -> None:
        """A version is pending, and Secrets Manager is asked no second time (API Reference, RotateSecret)."""
        self.begun.add(name)
        self.world.client("secretsmanager").put_secret_value(
            SecretId=self.world.outputs["secrets"][name],
            SecretString='{"password": "hidden-next"}',
            VersionStages=["AWSPENDING"],
        )

    def _rotate(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._change(asked["SecretId"])
        if self.names[asked["SecretId"]] in self.begun:
            told = "A previous rotation isn't complete. That rotation will be reattempted."
            refused = self.world.client("secretsmanager").exceptions.InvalidRequestException
            raise refused({"Error": {"Code": "InvalidRequestException", "Message": told}}, "RotateSecret")
        return {}

    def _change(self, arn: str) -> None:
        self.world.client("secretsmanager").put_secret_value(SecretId=arn, SecretString='{"password": "hidden-new"}')
        if self.names[arn] not in self.forgets:
            self._redeploy(arn)

    def _redeploy(self, arn: str) -> None:
        for reader in self.readers[self.names[arn]]:
            self.deployed[reader] = self.deployed.get(reader, 0) + 1

    def _invoke(self, asked: dict[str, Any]) -> dict[str, Any]:
        request = json.loads(asked["Payload"])
        self.invoked.append(request)
        if "replace" in request:
            self._change(request["replace"])
        else:
            self._redeploy(request["redeploy"])
        return {"StatusCode": 200, "Payload": io.BytesIO(b'{"redeployed": []}')}


@pytest.fixture
def keeper(world: AwsWorld) -> Keeper:
    made = Keeper(world)
    world.answers.asked.clear()
    return made


def test_without_a_name_every_login_is_rotated_one_after_the_other(keeper: Keeper, call: Call) -> None:
    ended = call("rotate")
    assert ended.code == ExitCode.DONE, ended.err
    assert keeper.rotated == LOGINS
    assert set(keeper.deployed) == {reader for name in LOGINS for reader in keeper.readers[name]}
    assert ended.out.splitlines()[-1].startswith("prod: rotated database-login, plugin-database-login, cache, ")


def test_one_login_is_rotated_alone(keeper: Keeper, call: Call) -> None:
    assert call("rotate", "plugin-cache").code == ExitCode.DONE
    assert keeper.rotated == ["plugin-cache"]
    assert set(keeper.deployed) == {"plugin-daemon"}


def test_a_key_is_replaced_on_both_sides_by_the_function(keeper: Keeper, call: Call) -> None:
    assert call("rotate", "sandbox-key").code == ExitCode.DONE
    assert keeper.rotated == []
    assert keeper.invoked == [{"replace": keeper.world.outputs["secrets"]["sandbox-key"]}]
    assert {"api", "worker", "sandbox"} <= set(keeper.deployed)


def test_secret_key_is_refused_with_the_reason(keeper: Keeper, call: Call) -> None:
    refused = call("rotate", "application")
    assert refused.code == ExitCode.REFUSED
    assert "a new SECRET_KEY ends every session and makes stored logins of model providers unreadable" in refused.err
    assert keeper.world.answers.changes == []


def test_an_unknown_secret_is_told_with_those_that_can_be_rotated(keeper: Keeper, call: Call) -> None:
    wrong = call("rotate", "mail")
    assert wrong.code == ExitCode.WRONG_CALL
    assert wrong.err.startswith("rotate: got mail; prod can rotate database-login, ")
    assert "application" not in wrong.err


def test_killed_in_every_step_each_login_changes_once(
    keeper: Keeper, call: Call, kill_in: Callable[[str], None]
) -> None:
    for name in LOGINS:
        for step in (name, f"{name} readers"):
            kill_in(step)
            with pytest.raises(KilledError):
                call("rotate")
    assert call("rotate").code == ExitCode.DONE
    assert keeper.rotated == LOGINS


def test_readers_that_nobody_told_are_deployed_by_another_request(
    keeper: Keeper, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotate, "_READERS_SECONDS", -1)
    keeper.forgets.add("cache")
    ended = call("rotate", "cache")
    assert ended.code == ExitCode.DONE, ended.err
    assert keeper.invoked == [{"redeploy": keeper.world.outputs["secrets"]["cache"]}]
    assert set(keeper.deployed) == set(keeper.readers["cache"])


def test_a_rotation_that_was_begun_before_is_waited_for(keeper: Keeper, call: Call) -> None:
    """As after a call that was interrupted before the new version was current."""
    keeper.begin("cache")
    ended = call("rotate", "cache")
    assert ended.code == ExitCode.DONE, ended.err
    assert "a rotation of cache was begun before; Secrets Manager goes on with it" in ended.out
    assert set(keeper.deployed) == set(keeper.readers["cache"])


def test_a_rotation_that_is_refused_for_another_reason_is_told(keeper: Keeper, call: Call) -> None:
    keeper.begun.add("cache")
    failed = call("rotate", "cache")
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith("secretsmanager:RotateSecret: got InvalidRequestException: ")


def test_a_rotation_that_does_not_come_to_its_end_names_the_log(
    keeper: Keeper, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotate, "_SECONDS", -1)
    keeper.world.answers.give("secretsmanager:RotateSecret", {})
    failed = call("rotate", "cache")
    assert failed.code == ExitCode.FAILED
    assert f"read /aws/lambda/{NAME}-rotation-1a2b3c4; asked again, it goes on" in failed.err


def test_no_value_is_read_or_said(keeper: Keeper, call: Call) -> None:
    ended = call("rotate")
    assert "secretsmanager:GetSecretValue" not in {name for name, _ in keeper.world.answers.asked}
    kept = "".join(file.read_text() for file in (keeper.world.folder / "state").rglob("*") if file.is_file())
    assert "hidden-" not in kept + ended.out + ended.err


def test_a_stack_that_is_not_well_keeps_its_logins(keeper: Keeper, call: Call) -> None:
    keeper.world.running["api"] = 0
    assert call("rotate").code == ExitCode.REFUSED
    assert keeper.world.answers.changes == []


def test_the_operators_page_names_every_permission_that_is_used(keeper: Keeper, call: Call) -> None:
    keeper.world.ring("backup-late", "ticket")
    keeper.world.answers.asked.clear()
    assert call("rotate").code == ExitCode.DONE
    call("rotate", "sandbox-key")
    # The played function writes the new value itself.
    assert undocumented(keeper.world.answers, "rotate") - {"secretsmanager:PutSecretValue"} == set()
