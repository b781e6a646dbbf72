"""From one look to what somebody is told of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta

from operations.host.condition import Problem
from operations.host.watch.look import Look
from operations.host.watch.memory import Keeper, Memory
from operations.host.watch.notice import Message, notice
from operations.host.watch.way import Heartbeat, Way
from operations.outcome import FailedError
from operations.output import say

FORGETFUL = "the watch cannot keep what it told"
"""The problem of a memory that cannot be written, and its key."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The watch of `stack`: `ways` to somebody, what each was told in `keeper`, and after how long it is told again."""

    stack: str
    ways: Sequence[Way]
    heartbeat: Heartbeat | None
    keeper: Keeper
    repeat: timedelta

    def tell(self, seen: Look) -> list[str]:
        """Tell everybody what they do not know of what was `seen`. What went wrong, one line each; the heartbeat then
        stays away, and its silence tells somebody."""
        memory, damage = self.remember(seen)
        unkept = _failure(lambda: self.keeper.write(memory))
        if unkept is not None:
            # A full disk is when somebody must be told: at every look, as nothing can be remembered.
            every = [_forgetful(self.stack, unkept), *(one.problem for one in memory.seen.values())]
            memory = memory.after(every, seen.at)
        failures = [] if unkept is None else [unkept]
        for way, failure in send_all(self.ways, self.due(memory, seen)):
            if failure is not None:
                failures.append(f"{failure}; the next look tries again")
            elif unkept is None:
                # After each: whoever ends this now must not have the next look tell it again.
                memory = memory.heard(way, seen.at, self.repeat)
                self.keeper.write(memory)
        if self.heartbeat is not None and seen.is_calm and not failures:
            failure = _failure(self.heartbeat.beat)
            failures += [] if failure is None else [f"heartbeat: {failure}"]
        return [*damage, *failures]

    def remember(self, seen: Look) -> tuple[Memory, list[str]]:
        """The memory with what was `seen`, and what is wrong with the memory itself. Nothing is changed on disk."""
        damage: list[str] = []
        try:
            memory = self.keeper.read()
        except FailedError as error:
            memory = Memory()
            damage.append(str(error))
        memory = memory.only([way.name for way in self.ways])
        return (memory.blind if seen.failure else memory.after)(seen.problems, seen.at), damage

    def due(self, memory: Memory, seen: Look) -> Mapping[str, Message]:
        """What each way has to be told, by its name."""
        found = {way.name: notice(memory, way.name, self.stack, seen, self.repeat) for way in self.ways}
        return {name: one.message() for name, one in found.items() if one is not None}


def send_all(ways: Sequence[Way], messages: Mapping[str, Message]) -> Iterator[tuple[str, str | None]]:
    """Send each way its message, all at once, and say so; gives their names as they end, and why one failed."""
    with ThreadPoolExecutor(max_workers=max(1, len(messages))) as sending:
        calls = {sending.submit(way.send, messages[way.name]): way.name for way in ways if way.name in messages}
        for call in as_completed(calls):
            name = calls[call]
            if (failure := _failure(call.result)) is None:
                say(f"told {name}: {messages[name].subject}")
                yield name, None
            else:
                yield name, f"{name}: {failure}"


def _forgetful(stack: str, why: str) -> Problem:
    text = f"{FORGETFUL}, so this comes at every look: {why}"
    return Problem(key=FORGETFUL, text=text, outage=True, remedy=f"df -h; python -m operations watch {stack}")


def _failure(act: Callable[[], object]) -> str | None:
    """Why `act` failed, if it did."""
    try:
        act()
    except FailedError as error:
        return str(error)
    return None
