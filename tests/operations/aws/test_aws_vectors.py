"""Vectors are restored from a snapshot by the set-up function, with nobody writing, and what was there is kept.

The function is played: what it does at the domain is shown by tests/functions/test_search_snapshots.py.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from operations.aws import vectors
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import NAME, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call, KilledError

TEN, ELEVEN = "hourly-2026-06-01-10-05-x1y2z3ab", "hourly-2026-06-01-11-05-abcdefgh"
HOST = "vpc-dify-prod.eu-central-1.es.amazonaws.com"


@dataclass
class Domain:
    """The domain behind the function: indices with the UUIDs that they have, and how many looks what it does takes."""

    world: AwsWorld
    indices: dict[str, str] = field(default_factory=lambda: {"vector_index_a": "uuid-new"})
    snapshots: dict[str, str] = field(
        default_factory=lambda: {TEN: "2026-06-01T10:05:00+00:00", ELEVEN: "2026-06-01T11:05:00+00:00"}
    )
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    aside: str | None = None
    becomes: str = "SUCCESS"
    looks: int = 2
    running: list[int] = field(default_factory=list[int])

    def play(self) -> None:
        """Answer the calls of the function from here on."""
        self.world.answers.give("lambda:Invoke", self._invoke)
        self.world.outputs["functions"]["search-setup"] = f"{NAME}-search-setup"
        self.world.outputs["vectors"] = {"host": HOST, "snapshots": "search-snapshots-bucket-1a2b3c4"}
        self.world.write_outputs()

    def of(self, action: str) -> list[dict[str, Any]]:
        """Requests of one kind."""
        return [one for one in self.asked if one["action"] == action]

    def _invoke(self, asked: dict[str, Any]) -> dict[str, Any]:
        request = json.loads(asked["Payload"])
        assert asked["FunctionName"] == f"{NAME}-search-setup"
        self.asked.append(request)
        answer = {"list": self._list, "keep": self._keep, "restore": self._restore}[request["action"]](request)
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}

    def _list(self, _: dict[str, Any]) -> dict[str, Any]:
        told = [{"name": name, "taken": taken} for name, taken in self.snapshots.items()]
        return {"snapshots": told, "indices": self.indices}

    def _keep(self, request: dict[str, Any]) -> dict[str, Any]:
        self.running.append(self.world.service("worker")["desiredCount"])
        first, self.aside = self.aside is None, request["snapshot"]
        return {"state": "IN_PROGRESS" if first else self.becomes}

    def _restore(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.aside is not None
        self.running.append(self.world.service("worker")["desiredCount"])
        if self.indices == request["replaced"]:
            self.indices = dict.fromkeys(self.indices, "uuid-restored")
        self.looks -= 1
        return {"waitsFor": "1 of 1 indices" if self.looks > 0 else None, "indices": 1, "documents": 7}


@pytest.fixture
def domain(world: AwsWorld) -> Domain:
    made = Domain(world)
    made.play()
    world.answers.asked.clear()
    return made


def test_the_newest_snapshot_is_restored_while_nobody_writes(domain: Domain, call: Call) -> None:
    before = domain.world.service("worker")["desiredCount"]
    ended = call("restore-vectors", "--over-existing")
    assert ended.code == ExitCode.DONE, ended.err
    assert {one["snapshot"] for one in domain.of("restore")} == {ELEVEN}
    assert domain.indices == {"vector_index_a": "uuid-restored"}
    assert set(domain.running) == {0}
    assert domain.world.service("worker")["desiredCount"] == before
    assert "vectors are those of 2026-06-01T11:05:00+00:00" in ended.out


def test_what_is_there_is_kept_first_and_its_name_is_told(domain: Domain, call: Call) -> None:
    ended = call("restore-vectors", "--over-existing")
    actions = [one["action"] for one in domain.asked]
    assert actions.index("keep") < actions.index("restore")
    assert domain.aside is not None
    assert domain.aside.startswith("aside-20")
    assert f"kept aside: {domain.aside}" in ended.out
    assert {one["keepDays"] for one in domain.of("keep")} == {35}


def test_an_index_that_was_made_until_everything_stopped_is_replaced_too(domain: Domain, call: Call) -> None:
    def make() -> None:
        domain.indices = {**domain.indices, "vector_index_late": "uuid-late"}

    domain.world.answers.change("ecs:UpdateService", lambda _: make())
    assert call("restore-vectors", "--over-existing").code == ExitCode.DONE
    replaced = domain.of("restore")[0]["replaced"]
    assert replaced == {"vector_index_a": "uuid-new", "vector_index_late": "uuid-late"}


@pytest.mark.parametrize(
    ("to", "name"),
    [("2026-06-01 10:05:00+00:00", TEN), ("2026-06-01 13:04:59+02:00", TEN), ("2026-06-02 00:00:00+00:00", ELEVEN)],
)
def test_the_newest_snapshot_of_a_moment_is_taken(domain: Domain, call: Call, to: str, name: str) -> None:
    ended = call("restore-vectors", "--over-existing", "--to", to)
    assert ended.code == ExitCode.DONE, ended.err
    assert {one["snapshot"] for one in domain.of("restore")} == {name}


def test_a_moment_before_the_oldest_is_refused_with_what_there_is(domain: Domain, call: Call) -> None:
    refused = call("restore-vectors", "--over-existing", "--to", "2026-06-01 10:04:00+00:00")
    assert refused.code == ExitCode.REFUSED
    assert "the oldest snapshot is of 2026-06-01T10:05:00+00:00" in refused.err
    assert domain.world.answers.changes == ["lambda:Invoke"]
    assert call("restore-vectors", "--over-existing").code == ExitCode.DONE


def test_a_repository_without_a_snapshot_is_refused(domain: Domain, call: Call) -> None:
    domain.snapshots.clear()
    refused = call("restore-vectors")
    assert refused.code == ExitCode.REFUSED
    assert "holds no snapshot" in refused.err


def test_vectors_are_not_replaced_unless_somebody_says_so(domain: Domain, call: Call) -> None:
    refused = call("restore-vectors")
    assert refused.code == ExitCode.REFUSED
    assert "give --over-existing to keep them in a snapshot and go on" in refused.err
    assert domain.of("keep") == []


def test_an_empty_domain_needs_no_leave(domain: Domain, call: Call) -> None:
    domain.indices = {}
    assert call("restore-vectors").code == ExitCode.DONE


def test_killed_in_every_step_the_same_call_goes_on_with_the_same_snapshot(
    domain: Domain, call: Call, kill_in: Callable[[str], None]
) -> None:
    for step in ("stop", "keep", "restore", "start"):
        kill_in(step)
        with pytest.raises(KilledError):
            call("restore-vectors", "--over-existing")
        domain.snapshots["hourly-2026-06-01-12-05-newernew"] = "2026-06-01T12:05:00+00:00"
    assert call("restore-vectors", "--over-existing").code == ExitCode.DONE
    assert {one["snapshot"] for one in domain.of("restore")} == {ELEVEN}
    assert len({one["snapshot"] for one in domain.of("keep")}) == 1
    assert {json.dumps(one["replaced"]) for one in domain.of("restore")} == {'{"vector_index_a": "uuid-new"}'}


def test_a_snapshot_that_fails_leaves_the_vectors_as_they_are(domain: Domain, call: Call) -> None:
    domain.becomes = "FAILED"
    failed = call("restore-vectors", "--over-existing")
    assert failed.code == ExitCode.FAILED
    assert "got FAILED; docs/runbooks/search.md says what to look at" in failed.err
    assert "what writes is stopped until the same call has come to its end" in failed.err
    assert domain.of("restore") == []


def test_of_a_damaged_domain_a_part_is_kept(domain: Domain, call: Call) -> None:
    domain.becomes = "PARTIAL"
    assert call("restore-vectors", "--over-existing").code == ExitCode.DONE


def test_a_restore_that_does_not_end_names_the_runbook(
    domain: Domain, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_RESTORE_SECONDS", -1)
    failed = call("restore-vectors", "--over-existing")
    assert failed.code == ExitCode.FAILED
    assert "got 1 of 1 indices after" in failed.err


def test_what_the_function_says_went_wrong_is_told(domain: Domain, call: Call) -> None:
    said = json.dumps({"errorMessage": "GET /_snapshot on the domain was refused: 403"}).encode()
    answer = {"StatusCode": 200, "FunctionError": "Unhandled"}
    domain.world.answers.give("lambda:Invoke", lambda _: {**answer, "Payload": io.BytesIO(said)})
    failed = call("restore-vectors")
    assert failed.code == ExitCode.FAILED
    assert f"function {NAME}-search-setup: GET /_snapshot on the domain was refused: 403" in failed.err


def test_a_list_shows_every_moment_and_changes_nothing(domain: Domain, call: Call) -> None:
    ended = call("restore-vectors", "--list")
    assert ended.out.splitlines() == [
        f"2026-06-01T10:05:00+00:00  {TEN}",
        f"2026-06-01T11:05:00+00:00  {ELEVEN}",
    ]
    assert [one["action"] for one in domain.asked] == ["list"]


def test_a_dry_run_shows_the_steps_and_changes_nothing(domain: Domain, call: Call) -> None:
    ended = call("restore-vectors", "--dry-run")
    assert ended.code == ExitCode.DONE, ended.err
    assert f"restoring {ELEVEN}" in ended.out
    assert [one["action"] for one in domain.asked] == ["list"]
    assert domain.world.answers.changes == ["lambda:Invoke"]


def test_a_stack_whose_vectors_are_in_the_database_is_sent_to_restore(domain: Domain, call: Call) -> None:
    file = domain.world.folder / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("kind: opensearch", "kind: pgvector"))
    wrong = call("restore-vectors")
    assert wrong.code == ExitCode.WRONG_CALL
    assert "whose vectors are in the database; `restore` brings them back" in wrong.err


def test_a_stack_from_before_its_snapshots_is_told_what_makes_them(domain: Domain, call: Call) -> None:
    del domain.world.outputs["vectors"]
    domain.world.write_outputs()
    failed = call("restore-vectors")
    assert failed.code == ExitCode.FAILED
    assert "`pulumi up` makes their bucket" in failed.err


@pytest.mark.parametrize("to", ["yesterday", "2026-06-01 10:00:00"])
def test_a_moment_that_is_none_is_a_wrong_call(domain: Domain, call: Call, to: str) -> None:
    assert call("restore-vectors", "--to", to).code == ExitCode.WRONG_CALL
    assert domain.asked == []


def test_the_operators_page_names_every_permission_that_is_used(domain: Domain, call: Call) -> None:
    assert call("restore-vectors", "--over-existing").code == ExitCode.DONE
    assert undocumented(domain.world.answers, "restore-vectors") == set()
