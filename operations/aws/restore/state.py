"""Pulumi's memory of the database, after another instance has taken its place under the same name.

The AWS provider knows an RDS instance by its resource id, not by its name (terraform-provider-aws 5 and later,
internal/service/rds/instance.go): without this it would go on with the instance that was renamed, and give it back its
name.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from operations.outcome import FailedError, RefusedError
from operations.pulumi_program import PulumiProgram

State = Mapping[str, Any]
"""What `pulumi stack export` writes (pulumi/pulumi, sdk/go/common/apitype, UntypedDeployment, version 3)."""

_INSTANCE = "aws:rds/instance:Instance"
_INVOCATION = "aws:lambda/invocation:Invocation"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Who stands under a database's name: the `resource_id` of RDS, and the secret with the owner's login."""

    resource_id: str
    secret_arn: str | None


def instance_of(state: State, identifier: str) -> Mapping[str, Any]:
    """The RDS instance of this name. Raises FailedError where the state has none, or more than one."""
    found = [
        one
        for one in _resources(state)
        if one["type"] == _INSTANCE and one.get("inputs", {}).get("identifier") == identifier and not one.get("delete")
    ]
    if len(found) != 1:
        raise FailedError(
            f"Pulumi's state: got {len(found)} RDS instances {identifier}; one is needed; "
            + ("`pulumi stack` shows them" if found else "`pulumi up` makes an empty one, whose place a restore takes")
        )
    return found[0]


def refuse_unfinished(state: State) -> None:
    """Raises RefusedError where an update broke off: what it was at is not known, and an import would settle that."""
    pending = state["deployment"].get("pending_operations") or ()
    if pending:
        urns = ", ".join(one["resource"]["urn"].rpartition("::")[2] for one in pending)
        raise RefusedError(f"Pulumi's state: an update broke off at {urns}; `pulumi refresh` first, then call it again")


def pointed_at(state: State, identifier: str, place: Place) -> State:
    """`state` with `place` as the instance `identifier`, and everything else as it was; what is secret stays
    encrypted. Raises FailedError and RefusedError as the two above."""
    refuse_unfinished(state)
    urn = instance_of(state, identifier)["urn"]
    edited = copy.deepcopy(dict(state))
    (one,) = [one for one in _resources(edited) if one["urn"] == urn and not one.get("delete")]
    outputs = one["outputs"]
    one["id"] = outputs["id"] = outputs["resourceId"] = place.resource_id
    # Whose policies and requests name this secret follow with the next update.
    secrets = outputs.get("masterUserSecrets")
    if place.secret_arn is not None and isinstance(secrets, list):
        for secret in cast("list[dict[str, Any]]", secrets):
            secret["secretArn"] = place.secret_arn
    return edited


def asked_of(state: State, name: str) -> tuple[str, str]:
    """What the last deployment asked a function for, by the name of the Invocation, and what that answered, both JSON.
    Raises FailedError where there is none."""
    found = [one for one in _resources(state) if one["type"] == _INVOCATION and _name(one) == name]
    if len(found) != 1:
        raise FailedError(f"Pulumi's state: it has no request {name}; `pulumi up` makes it")
    return found[0]["inputs"]["input"], found[0]["outputs"]["result"]


@dataclass(frozen=True, kw_only=True)
class StateOf:
    """The state of `program`'s stack. Secrets stay encrypted in it, as the stack keeps them: nobody asks for them."""

    program: PulumiProgram

    def read(self) -> State:
        """The state as it is. Raises FailedError where Pulumi does not give it."""
        return self.program.export()

    def point_at(self, identifier: str, place: Place, kept: Path) -> None:
        """Have the instance `identifier` be `place`; nothing where it is. The state of before is `kept` as a file,
        which `pulumi stack import --file` would bring back."""
        state = self.read()
        if instance_of(state, identifier)["id"] == place.resource_id:
            return
        edited = pointed_at(state, identifier, place)
        if not kept.exists():
            _write(kept, state)
        changed = kept.with_suffix(".part")
        _write(changed, edited)
        self.program.take(changed)
        changed.unlink()

    def refresh(self, urn: str) -> None:
        """Read one resource anew."""
        self.program.refresh(urn)


def _write(file: Path, state: State) -> None:
    """Readable by nobody else, from the start."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(state, indent=1), encoding="utf-8")


def _resources(state: State) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", state["deployment"].get("resources") or [])


def _name(resource: Mapping[str, Any]) -> str:
    return cast("str", resource["urn"]).rpartition("::")[2]
