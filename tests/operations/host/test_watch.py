"""Somebody is told what is new, what is over and what is still so: once, and never not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from operations.host.watch.memory import Keeper, Memory
from operations.outcome import FailedError, RefusedError
from tests.operations.host.watch_world import (
    DEPUTY,
    KEY,
    NO_PRIMARY,
    OPS,
    PASSWORD,
    SANDBOX,
    STACK,
    WatchWorld,
    failed,
    found,
    watch_world,
)

UNHEALTHY = "sandbox is unhealthy; see `docker logs dify-host-sandbox`"
_X = '{"problem": {"key": "x", "text": "x", "outage": true, "remedy": "x"}, "since": '
NO_ZONE = (
    f'{{"seen": {{"x": {_X}"2026-06-01T12:00:00", "confirmed": true}}}}}}',
    f'{{"told": {{"ops@example.com": {{"x": {_X}"2026-06-01T12:00:00Z", "at": "2026-06-01T12:00:00"}}}}}}}}',
)
"""Whole, but for the zone of a time."""

OLD = "the last full backup is {} old"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchWorld]:
    with watch_world(tmp_path, monkeypatch) as made:
        yield made


def test_a_problem_is_told_at_the_second_look_and_not_again(world: WatchWorld) -> None:
    assert world.tell(SANDBOX) == []
    assert world.tell(SANDBOX, minutes=1) == [f"host: {SANDBOX}"]
    assert world.tell(SANDBOX, minutes=2) == []


def test_an_outage_is_told_at_the_first_look(world: WatchWorld) -> None:
    assert world.tell(NO_PRIMARY) == [f"host: {NO_PRIMARY}"]
    assert world.tell(NO_PRIMARY, minutes=1) == []


def test_what_is_over_is_told_when_two_looks_missed_it_with_how_long_it_was(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    assert world.tell(minutes=1) == []
    assert world.tell(minutes=12) == ["host: all is well again"]
    assert f"- {NO_PRIMARY} (for 12 min 0 s)" in world.heard()["text"].splitlines()
    assert world.tell(minutes=13) == []


def test_a_problem_that_comes_and_goes_is_never_told(world: WatchWorld) -> None:
    assert [world.tell(*([SANDBOX] if look % 2 else []), minutes=look) for look in range(8)] == [[]] * 8


def test_a_told_problem_that_comes_and_goes_is_told_neither_over_nor_new(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    assert [world.tell(*([NO_PRIMARY] if look % 2 else []), minutes=look) for look in range(1, 9)] == [[]] * 8


def test_other_figures_are_no_other_problem_and_the_last_ones_are_told(world: WatchWorld) -> None:
    world.tell(OLD.format("23 h 59 min"))
    assert world.tell(OLD.format("1 d 0 h"), minutes=1) == ["host: the last full backup is 1 d 0 h old"]
    assert world.tell(OLD.format("1 d 1 h"), minutes=60) == []


def test_a_container_that_is_down_is_one_problem_in_all_its_states(world: WatchWorld) -> None:
    world.tell(SANDBOX)
    assert world.tell(UNHEALTHY, minutes=1) == [f"host: {UNHEALTHY}"]
    assert world.tell(SANDBOX, minutes=2) == []


def test_what_stays_is_told_again_after_the_hours_that_were_set(world: WatchWorld) -> None:
    world.repeat = timedelta(hours=2)
    world.tell(NO_PRIMARY)
    assert world.tell(NO_PRIMARY, minutes=119) == []
    assert world.tell(NO_PRIMARY, minutes=120) == [f"host: {NO_PRIMARY}"]
    text = world.heard()["text"]
    assert "Still so:" in text
    assert "New:" not in text
    assert world.tell(NO_PRIMARY, minutes=121) == []


def test_what_a_look_missed_is_not_told_as_still_so(world: WatchWorld) -> None:
    world.repeat = timedelta(hours=2)
    world.tell(NO_PRIMARY)
    assert world.tell(minutes=120) == []
    assert world.tell(NO_PRIMARY, minutes=121) == [f"host: {NO_PRIMARY}"]


def test_each_problem_has_hours_of_its_own(world: WatchWorld) -> None:
    world.repeat = timedelta(hours=2)
    world.tell(NO_PRIMARY)
    world.tell(NO_PRIMARY, SANDBOX, minutes=59)
    assert world.tell(NO_PRIMARY, SANDBOX, minutes=60) == [f"host: {SANDBOX}"]
    assert world.tell(NO_PRIMARY, SANDBOX, minutes=120) == [f"host: {NO_PRIMARY}"]
    assert world.tell(NO_PRIMARY, SANDBOX, minutes=180) == [f"host: {SANDBOX}"]


def test_a_clock_that_was_ahead_silences_nobody(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY, minutes=60 * 24 * 365)
    assert world.tell(NO_PRIMARY) == [f"host: {NO_PRIMARY}"]


def test_one_message_has_everything_and_the_worst_first(world: WatchWorld) -> None:
    world.tell(SANDBOX, OLD.format("27 h 0 min"))
    assert world.tell(NO_PRIMARY, SANDBOX, minutes=1) == [f"host: {NO_PRIMARY} (and 1 more)"]
    heard = world.heard()
    assert [(one["text"], one["outage"]) for one in heard["new"]] == [(NO_PRIMARY, True), (SANDBOX, False)]
    assert heard["stack"] == STACK
    assert heard["at"] == "2026-06-01T12:01:00+00:00"
    lines = heard["text"].splitlines()
    assert f"- {SANDBOX} (since 2026-06-01 12:00 UTC)" in lines
    assert "  Do: docker logs --tail 100 dify-host-sandbox" in lines
    assert "  Do: python -m operations promote host" in lines


def test_a_message_says_how_much_else_is_still_so(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    world.tell(NO_PRIMARY, SANDBOX, minutes=1)
    assert world.tell(NO_PRIMARY, SANDBOX, minutes=2) == [f"host: {SANDBOX}"]
    assert "Told before and still so: 1." in world.heard()["text"]
    world.tell(NO_PRIMARY, minutes=3)
    assert world.tell(NO_PRIMARY, minutes=4) == [f"host: no longer seen: {SANDBOX}"]


def test_a_message_says_which_operation_is_at_work(world: WatchWorld) -> None:
    """It may be the reason, and whoever reads this must not begin another."""
    world.tell_of(replace(found(NO_PRIMARY), operation="restore --over-existing"))
    assert world.heard()["operation"] == "restore --over-existing"
    assert "`restore --over-existing` is at work on it now, from the machine that tells this." in world.heard()["text"]
    world.tell(minutes=1)
    world.tell(minutes=2)
    assert world.heard()["operation"] is None
    assert "at work" not in world.heard()["text"]


def test_a_look_that_fails_is_told_at_the_second_and_says_nothing_of_all_else(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    assert world.tell_of(failed("Docker does not answer", minutes=1)) == []
    assert world.tell_of(failed("Docker does not answer", minutes=2)) == [
        "host: the host cannot be looked at: Docker does not answer"
    ]
    assert world.tell_of(failed("Docker does not answer", minutes=3)) == []
    assert world.tell(NO_PRIMARY, minutes=4) == []
    assert world.tell(NO_PRIMARY, minutes=5) == [
        "host: no longer seen: the host cannot be looked at: Docker does not answer"
    ]


def test_what_could_not_be_sent_is_sent_at_the_next_look(world: WatchWorld) -> None:
    world.channel_says.status = 503
    world.tell(NO_PRIMARY)
    assert world.failures == [f"{world.webhook.name}: it answered 503; the next look tries again"]
    world.channel_says.status = 200
    assert world.tell(NO_PRIMARY, minutes=1) == [f"host: {NO_PRIMARY}"]
    assert world.failures == []
    assert world.tell(NO_PRIMARY, minutes=2) == []


def test_who_was_reached_is_not_told_twice_because_another_was_not(world: WatchWorld) -> None:
    world.ways = (world.webhook, world.mailbox(OPS), world.mailbox(DEPUTY))
    world.post.refuses[DEPUTY] = "550 no such mailbox"
    assert world.tell(NO_PRIMARY) == [f"host: {NO_PRIMARY}"]
    assert world.failures == [
        f"{DEPUTY}: localhost:{world.post.port}: it refused the recipient (550); the next look tries again"
    ]
    world.post.refuses.clear()
    assert world.tell(NO_PRIMARY, minutes=1) == []
    assert [mail.recipients for mail in world.post.mails] == [(OPS,), (DEPUTY,)]


def test_who_is_added_later_is_told_what_is_so(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    world.ways = (world.webhook, world.mailbox())
    assert world.tell(NO_PRIMARY, minutes=1) == []
    assert [mail.content["Subject"] for mail in world.post.mails] == [f"host: {NO_PRIMARY}"]


def test_who_is_removed_is_forgotten(world: WatchWorld) -> None:
    world.ways = (world.webhook, world.mailbox())
    world.tell(NO_PRIMARY)
    world.ways = (world.webhook,)
    world.tell(NO_PRIMARY, minutes=1)
    assert set(world.keeper.read().told) == {world.webhook.name}


def test_the_heartbeat_beats_while_there_is_no_outage(world: WatchWorld) -> None:
    world.tell()
    world.tell(SANDBOX, minutes=1)
    world.tell(SANDBOX, minutes=2)
    assert world.beats == 3
    assert {(one.method, one.path) for one in world.pulse.asked} == {("GET", f"/ping/{KEY}")}


def test_the_heartbeat_stays_away_in_an_outage_and_after_a_look_that_failed(world: WatchWorld) -> None:
    world.tell(NO_PRIMARY)
    world.tell(NO_PRIMARY, minutes=1)
    world.tell_of(failed("Docker does not answer", minutes=2))
    assert world.beats == 0


def test_the_heartbeat_stays_away_where_somebody_could_not_be_told(world: WatchWorld) -> None:
    """Its silence is then what tells."""
    world.channel_says.status = 503
    world.tell(SANDBOX)
    assert world.beats == 1
    world.tell(SANDBOX, minutes=1)
    assert world.beats == 1


def test_a_heartbeat_that_nobody_hears_is_said(world: WatchWorld) -> None:
    world.pulse_says.status = 404
    world.tell()
    assert world.failures == ["heartbeat: it answered 404"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"seen": {"x": 1}}', "\x00\xff", *NO_ZONE])
def test_a_damaged_memory_is_said_mended_and_tells_everything_anew(world: WatchWorld, content: str) -> None:
    world.tell(NO_PRIMARY)
    world.keeper.file.write_text(content)
    assert world.tell(NO_PRIMARY, minutes=1) == [f"host: {NO_PRIMARY}"]
    assert world.failures == [f"watch of host: {world.keeper.file} cannot be read; everything is told anew"]
    assert world.tell(NO_PRIMARY, minutes=2) == []
    assert world.failures == []


def test_what_cannot_be_remembered_is_told_at_every_look(world: WatchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is when somebody must be told."""

    def fail(keeper: Keeper, memory: Memory) -> None:
        raise FailedError(f"{keeper.file}: got No space left on device")

    monkeypatch.setattr(Keeper, "write", fail)
    for look in range(2):
        (subject,) = world.tell(SANDBOX, minutes=look)
        assert subject.startswith("host: the watch cannot keep what it told")
        assert [one["text"] for one in world.heard()["new"]][1:] == [SANDBOX]
        assert len(world.failures) == 1
    assert world.beats == 0


def test_the_memory_is_whole_and_only_its_owner_reads_it(world: WatchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tell(NO_PRIMARY)
    file = world.keeper.file
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    before = file.read_bytes()

    def fall_over(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fall_over)
    with pytest.raises(KeyboardInterrupt):
        world.tell(minutes=1)
    assert file.read_bytes() == before


def test_whoever_is_told_before_a_crash_is_not_told_again_after_it(world: WatchWorld) -> None:
    """Only what was on its way when the process died is sent twice."""
    world.ways = (world.webhook, world.mailbox())
    write = Keeper.write

    def die_after_telling(keeper: Keeper, memory: Memory) -> None:
        write(keeper, memory)
        if memory.told:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keeper, "write", die_after_telling)
        with pytest.raises(KeyboardInterrupt):
            world.tell(NO_PRIMARY)
    assert len(world.keeper.read().told) == 1
    world.tell(NO_PRIMARY, minutes=1)
    assert set(world.keeper.read().told) == {way.name for way in world.ways}
    assert len(world.channel.asked) + len(world.post.mails) == 3


def test_two_watches_never_work_at_once(world: WatchWorld) -> None:
    with world.keeper.alone(), pytest.raises(RefusedError, match="host: another watch is at work"):
        world.tell(NO_PRIMARY)
    assert world.channel.asked == []
    with world.keeper.alone(), Keeper(world.folder, "elsewhere").alone():
        pass


def test_no_secret_is_in_what_is_sent_said_or_kept(world: WatchWorld, capsys: pytest.CaptureFixture[str]) -> None:
    world.ways = (world.webhook, world.mailbox())
    world.tell(NO_PRIMARY)
    world.channel_says.status = 500
    world.post.refuses["DATA"] = f"554 {PASSWORD} {KEY}"
    world.tell(SANDBOX, minutes=1)
    world.tell(SANDBOX, minutes=2)
    assert len(world.failures) == 2
    said = capsys.readouterr()
    everything = [
        *world.failures,
        said.out,
        said.err,
        world.keeper.file.read_text(),
        *(one.body.decode() for one in world.channel.asked),
        *(mail.content.as_string() for mail in world.post.mails),
    ]
    assert world.keeper.read().told
    assert not [one for one in everything if KEY in one or PASSWORD in one]
