"""`promote`: the standby becomes the primary, and the former primary its standby."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from operations.host.call import opened
from operations.host.docker_host import DockerHost, wait_for
from operations.host.postgres_pair import PROMOTE, PostgresPair, other
from operations.journal import Journal, Step
from operations.outcome import ExitCode, FailedError, RefusedError
from operations.output import duration, say, size

LAG_LIMIT = 64 * 1024**2
"""Bytes. A standby further behind than this would keep everybody waiting, so it is left to catch up first: 64 MiB is
four segments of write-ahead log (PostgreSQL documentation, `wal_segment_size`)."""

_NOT_PROMOTED = 1
"""The script's exit code where nothing has changed."""

_REPLAY_SECONDS = 600
_START_SECONDS = 600
"""A former primary may have to copy the whole database again."""


def options(command: argparse.ArgumentParser) -> None:
    """What `promote` takes beside the stack."""
    command.add_argument("--switchover", action="store_true", help="also where the primary works")
    command.add_argument("--accept-loss", action="store_true", help="also where the standby lacks the last writes")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`promote STACK [--switchover] [--accept-loss]`."""
    with opened(chosen, "promote", {"switchover": chosen.switchover, "accept_loss": chosen.accept_loss}) as (
        host,
        journal,
    ):
        Promotion(host=host, journal=journal, switchover=chosen.switchover, accept_loss=chosen.accept_loss).run()
    return ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One change of roles on `host`. `switchover` takes a primary away that works; `accept_loss` promotes a standby
    that lacks what the primary wrote last."""

    host: DockerHost
    journal: Journal
    switchover: bool = False
    accept_loss: bool = False

    @property
    def pair(self) -> PostgresPair:
        """Both nodes."""
        return PostgresPair(host=self.host)

    def run(self) -> None:
        """Decide who is who, then take the steps. Raises RefusedError where it would take or lose too much."""
        old = self.journal.decide("old primary", self._checked)
        self.journal.run(self.steps(old))
        if self.journal.file is not None:
            begun, ended = self.journal.decisions["without primary since"], self.journal.decisions["writes since"]
            say(f"{other(old)} is the primary; seconds without a primary: {max(0.0, ended - begun):.1f}")

    def steps(self, old: str) -> Sequence[Step]:
        """From `old` to the other node."""
        new, pair = other(old), self.pair
        return (
            Step(name="stop", does=f"stopping {old}, the primary so far", run=lambda: self._stop(old)),
            Step(name="replay", does=f"waiting for {new} to replay what it received", run=lambda: self._replayed(new)),
            Step(name="promote", does=f"promoting {new}", run=lambda: self._promote(old)),
            Step(name="write", does=f"checking that {new} takes writes", run=lambda: self._writes(new)),
            Step(name="start", does=f"starting {old} as standby", run=lambda: self.host.start(old)),
            Step(
                name="stream",
                does=f"waiting for {old} to stream from {new}",
                run=lambda: wait_for(f"{old} streams from {new}", lambda: pair.streams(new), seconds=_START_SECONDS),
            ),
        )

    def _checked(self) -> str:
        old = self.pair.named_primary()
        new = other(old)
        lives = self.pair.writes(old)
        if lives and not self.switchover:
            raise RefusedError(
                f"{self.host.prefix}-{old}: the primary works; a promotion would interrupt it; "
                "give --switchover to change the roles all the same"
            )
        if not self.pair.follows(new):
            raise RefusedError(
                f"{self.host.prefix}-{new}: it is no standby that answers, so nothing can be promoted; "
                f"`docker start {self.host.prefix}-{new}`, or restore a backup"
            )
        if lives:
            self._refuse_lag(old, new)
        return old

    def _refuse_lag(self, old: str, new: str) -> None:
        standby = self.pair.standby_of(old)
        if standby is None or standby.state != "streaming":
            raise RefusedError(
                f"{self.host.prefix}-{new}: it does not stream from {old}, so writes would be lost; "
                "wait until `status` shows it streaming"
            )
        if standby.bytes > LAG_LIMIT:
            raise RefusedError(
                f"{self.host.prefix}-{new}: it is {size(standby.bytes)} and {duration(standby.seconds)} behind; "
                f"it must be within {size(LAG_LIMIT)}; wait, or do it when less is written"
            )

    def _stop(self, old: str) -> None:
        self.journal.decide("without primary since", time.time)
        self.host.stop(old)

    def _replayed(self, new: str) -> None:
        if not self.pair.writes(new):
            wait_for(f"{new} has replayed", lambda: self.pair.has_replayed(new), seconds=_REPLAY_SECONDS)

    def _promote(self, old: str) -> None:
        new = other(old)
        ran = self.host.run(new, *PROMOTE, *(["--accept-loss"] if self.accept_loss else []))
        if ran.code == _NOT_PROMOTED:
            self.host.start(old)
            self.journal.forget(self.journal.operation)
            raise RefusedError(f"{self.host.prefix}-{new}: {ran.why}; {old} is started again")
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{new}: {ran.why}")

    def _writes(self, new: str) -> None:
        wait_for(f"{new} takes writes", lambda: self.pair.takes_writes(new), seconds=60)
        self.journal.decide("writes since", time.time)
