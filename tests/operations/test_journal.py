"""A journal brings the same call to its end from wherever it was interrupted, and lets nobody else in between."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from operations.journal import Journal, Step, at_work, journal_of, last, state_folder, unfinished
from operations.outcome import FailedError, RefusedError

NAMES = ("one", "two", "three")


class KilledError(BaseException):
    """Nothing runs any more."""


class Work:
    """Steps that count how often they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.dies_in = ""

    def steps(self) -> list[Step]:
        return [Step(name=name, does=f"doing {name}", run=lambda name=name: self._run(name)) for name in NAMES]

    def _run(self, name: str) -> None:
        self.ran.append(name)
        if name == self.dies_in:
            self.dies_in = ""
            raise KilledError


def _operate(folder: Path, work: Work, arguments: dict[str, object] | None = None, **options: Any) -> Journal:
    with journal_of("move", "host", arguments or {}, folder=folder, **options) as journal:
        journal.decide("number", lambda: len(work.ran))
        journal.run(work.steps())
    return journal


@pytest.mark.parametrize("step", NAMES)
def test_the_same_call_goes_on_with_the_step_that_was_interrupted(
    tmp_path: Path, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    work = Work()
    work.dies_in = step
    with pytest.raises(KilledError):
        _operate(tmp_path, work)
    begun = NAMES.index(step)
    assert [journal.call for journal in unfinished(tmp_path, "host")] == ["move"]
    capsys.readouterr()
    journal = _operate(tmp_path, work)
    assert work.ran == [*NAMES[: begun + 1], *NAMES[begun:]]
    assert journal.decisions == {"number": 0}, "a decision is made once"
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"host: going on with the move that was interrupted after {begun} steps"
    assert said[1] == f"{begun + 1}/3 doing {step}"
    assert unfinished(tmp_path, "host") == []


def test_an_ended_operation_begins_anew_and_its_record_stays_to_be_read(tmp_path: Path) -> None:
    work = Work()
    _operate(tmp_path, work)
    _operate(tmp_path, work)
    assert work.ran == [*NAMES, *NAMES]
    kept = last(tmp_path, "host", "move")
    assert kept is not None
    assert kept.finished
    assert kept.decisions == {"number": 3}


def test_another_call_is_refused_while_one_is_unfinished_and_told_which(tmp_path: Path) -> None:
    work = Work()
    work.dies_in = "two"
    with pytest.raises(KilledError):
        _operate(tmp_path, work, {"to": "b", "over_existing": True})
    with pytest.raises(RefusedError, match="`move --to b --over-existing` is unfinished"):
        _operate(tmp_path, work, {"to": "c", "over_existing": True})


def test_abandon_forgets_what_is_unfinished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = Work()
    work.dies_in = "two"
    with pytest.raises(KilledError):
        _operate(tmp_path, work, {"to": "b"})
    _operate(tmp_path, work, {"to": "c"}, abandon=True)
    assert work.ran == ["one", "two", *NAMES]
    assert "host: forgot the unfinished move" in capsys.readouterr().out


def test_two_operations_on_one_stack_never_run_at_once(tmp_path: Path) -> None:
    with (
        journal_of("move", "host", {}, folder=tmp_path),
        pytest.raises(RefusedError, match="another operation is at work"),
        journal_of("other", "host", {}, folder=tmp_path),
    ):
        pass
    with journal_of("move", "host", {}, folder=tmp_path), journal_of("move", "elsewhere", {}, folder=tmp_path):
        pass


def test_an_operation_is_at_work_while_it_runs_and_not_when_it_died(tmp_path: Path) -> None:
    work, seen = Work(), list[bool]()
    work.dies_in = "one"
    step = Step(name="zero", does="looking", run=lambda: seen.append(at_work(tmp_path, "host")))
    assert not at_work(tmp_path, "host")
    with journal_of("move", "host", {}, folder=tmp_path) as journal, pytest.raises(KilledError):
        journal.run([step, *work.steps()])
    assert seen == [True]
    assert not at_work(tmp_path, "host")


def test_a_dry_run_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = Work()
    _operate(tmp_path, work, dry_run=True)
    assert work.ran == []
    assert capsys.readouterr().out.splitlines() == [f"{n}/3 doing {name}" for n, name in enumerate(NAMES, 1)]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_record_is_told_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    work = Work()
    with pytest.raises(FailedError, match=r"journal .*/file/host: Not a directory; mend it, or name another --state"):
        _operate(tmp_path / "file", work)
    assert work.ran == []


def test_a_disk_that_is_full_ends_the_operation_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    work = Work()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FailedError, match=r"journal .*/move.json: No space left on device; "):
        _operate(tmp_path, work)
    assert work.ran == [], "what is not recorded is not done"


def test_a_crash_while_writing_leaves_the_former_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with journal_of("move", "host", {}, folder=tmp_path) as journal:
        journal.decide("number", lambda: 1)
        file = journal.file
        assert file is not None
        before = file.read_text()

        def fall_over(*_: object) -> None:
            raise KilledError

        monkeypatch.setattr(Path, "replace", fall_over)
        with pytest.raises(KilledError):
            journal.record("one")
    assert file.read_text() == before
    assert json.loads(before)["done"] == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"operation": "move"}'])
def test_a_broken_journal_is_named_and_not_guessed_at(tmp_path: Path, content: str) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host/move.json").write_text(content)
    with pytest.raises(FailedError, match=r"journal .*move\.json: it cannot be read"):
        unfinished(tmp_path, "host")


def test_journals_are_kept_where_the_xdg_specification_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert state_folder() == Path("/somewhere/dify-in-production/operations")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path.home() / ".local/state/dify-in-production/operations"
