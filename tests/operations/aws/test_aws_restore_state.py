"""Pulumi's state changes in one resource, and only where nothing else is under way."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from operations.aws.restore.state import Place, StateOf, asked_of, instance_of, pointed_at, refuse_unfinished
from operations.outcome import FailedError, RefusedError
from operations.pulumi_program import PulumiProgram

NAME = "dify-prod-database"
OWNER, OTHER = "arn:aws:secretsmanager:::secret:rds!db-former", "arn:aws:secretsmanager:::secret:rds!db-restored"
URN = "urn:pulumi:prod::dify::dify:data:Database$aws:rds/instance:Instance::database-instance"


def _instance(**more: Any) -> dict[str, Any]:
    return {
        "urn": URN,
        "type": "aws:rds/instance:Instance",
        "id": "db-FORMER",
        "protect": True,
        "inputs": {"identifier": NAME},
        "outputs": {
            "id": "db-FORMER",
            "resourceId": "db-FORMER",
            "masterUserSecrets": [{"secretArn": OWNER, "kmsKeyId": "key"}],
            "password": {"4dabf18193072939515e22adb298388d": "1b47061264138c4a", "ciphertext": "v1:abc"},
        },
        **more,
    }


def _state(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    stack = {"urn": "urn:pulumi:prod::dify::pulumi:pulumi:Stack::dify-prod", "type": "pulumi:pulumi:Stack"}
    return {"version": 3, "deployment": {"resources": [stack, *resources], **more}}


def _program(folder: Path, script: str) -> PulumiProgram:
    file = folder / "pulumi"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return PulumiProgram(stack="prod", folder=folder, pulumi=str(file))


def test_the_instance_is_another_and_everything_else_is_as_it_was() -> None:
    before = _state(_instance(), {"urn": "urn::other", "type": "aws:s3/bucket:Bucket", "id": "db-FORMER"})
    kept = copy.deepcopy(before)
    after = pointed_at(before, NAME, Place(resource_id="db-RESTORED", secret_arn=OTHER))
    assert before == kept, "the state that is kept is not the one that is changed"
    expected = copy.deepcopy(kept)
    one = expected["deployment"]["resources"][1]
    one["id"] = one["outputs"]["id"] = one["outputs"]["resourceId"] = "db-RESTORED"
    one["outputs"]["masterUserSecrets"][0]["secretArn"] = OTHER
    assert after == expected


def test_one_that_waits_for_its_deletion_is_not_meant() -> None:
    old = _instance(id="db-OLD", delete=True)
    after = pointed_at(_state(old, _instance()), NAME, Place(resource_id="db-RESTORED", secret_arn=None))
    assert [one.get("id") for one in after["deployment"]["resources"]] == [None, "db-OLD", "db-RESTORED"]


@pytest.mark.parametrize("resources", [[], [_instance(), _instance(urn=f"{URN}-2")]], ids=["none", "two"])
def test_a_database_that_is_not_exactly_one_is_an_error(resources: list[dict[str, Any]]) -> None:
    with pytest.raises(FailedError, match=f"got {len(resources)} RDS instances {NAME}"):
        instance_of(_state(*resources), NAME)


def test_an_update_that_broke_off_is_refused() -> None:
    pending = [{"resource": {"urn": f"{URN[:20]}::api-service"}, "type": "updating"}]
    with pytest.raises(RefusedError, match="broke off at api-service"):
        refuse_unfinished(_state(_instance(), pending_operations=pending))
    with pytest.raises(RefusedError):
        pointed_at(
            _state(_instance(), pending_operations=pending), NAME, Place(resource_id="db-RESTORED", secret_arn=None)
        )


def test_a_request_that_was_never_made_is_an_error() -> None:
    with pytest.raises(FailedError, match="no request database-setup-finished"):
        asked_of(_state(_instance()), "database-setup-finished")


def test_what_is_so_already_is_not_imported_again(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps(_state(_instance())))
    state = StateOf(program=_program(tmp_path, '[ "$2" = export ] && cat state.json || touch imported'))
    state.point_at(NAME, Place(resource_id="db-FORMER", secret_arn=OWNER), tmp_path / "kept.state")
    assert not (tmp_path / "imported").exists()
    assert not (tmp_path / "kept.state").exists()


def test_the_first_state_is_kept_however_often_the_import_is_tried(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps(_state(_instance())))
    (tmp_path / "kept.state").write_text("the first")
    state = StateOf(program=_program(tmp_path, '[ "$2" = export ] && cat state.json || cp "$4" imported'))
    state.point_at(NAME, Place(resource_id="db-RESTORED", secret_arn=OTHER), tmp_path / "kept.state")
    assert (tmp_path / "kept.state").read_text() == "the first"
    assert instance_of(json.loads((tmp_path / "imported").read_text()), NAME)["id"] == "db-RESTORED"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["imported", "kept.state", "pulumi", "state.json"]


def test_what_pulumi_says_last_is_why_it_failed(tmp_path: Path) -> None:
    state = StateOf(program=_program(tmp_path, "echo one >&2; echo 'error: the stack is locked' >&2; exit 255"))
    with pytest.raises(FailedError, match="`pulumi stack export` ended with 255: error: the stack is locked"):
        state.read()
