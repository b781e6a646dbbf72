"""Files and plugins as they were at a moment, in the buckets that they are in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from operations.aws.deployed import Deployed
from operations.aws.restore.bucket import BucketRestore, Copies, keeps_versions, now
from operations.aws.restore.restorable import written
from operations.journal import Journal, Step
from operations.outcome import FailedError, RefusedError
from operations.output import say, size

_STORED = ("files", "plugins")
"""Outputs `buckets` that Dify reads."""

_NEVER = datetime.max.replace(tzinfo=UTC)
"""When this restore wrote before it began."""


@dataclass(frozen=True, kw_only=True)
class FilesRestore:
    """One restore of the stack's files, `from_copy`: from the other region. What is newer stays unless
    `remove_newer`."""

    deployed: Deployed
    journal: Journal
    remove_newer: bool
    from_copy: bool

    def check(self, moment: datetime) -> dict[str, str]:
        """Buckets by what they hold, as the journal keeps them. Raises RefusedError for a
        `moment` that their versions do not reach back to, and where there is no copy to restore from."""
        if self.from_copy and (self.deployed.settings.replica is None or "copies" not in self.deployed.outputs):
            raise RefusedError(f"--from-copy: {self.deployed.stack} has none; `dify:replica` keeps one from then on")
        buckets = {name: cast("str", self.deployed.outputs["buckets"][name]) for name in _STORED}
        days = self.deployed.settings.storage.expire_noncurrent_after_days
        for name, own in buckets.items():
            copies = self._copies(name)
            s3, bucket = (copies.s3, copies.bucket) if copies else (self._s3, own)
            if not keeps_versions(s3, bucket):
                raise RefusedError(f"bucket {bucket}: it keeps no versions; `pulumi up` turns them on for what comes")
            latest = now(s3, bucket)
            earliest = latest - timedelta(days=days)
            if not earliest <= moment <= latest:
                raise RefusedError(
                    f"--to: got {written(moment)}; files can be restored from {written(earliest)} to "
                    f"{written(latest)}: what was replaced or deleted is kept for {days} days "
                    "(`expireNoncurrentAfterDays` of dify:storage); give --only database to leave files as they are"
                )
        return buckets

    def tell(self, buckets: Mapping[str, str], moment: datetime) -> None:
        """Say how much differs."""
        for bucket in self._buckets(buckets, moment, _NEVER):
            say(f"bucket {bucket.bucket}: {bucket.survey().text}")

    def steps(self) -> Sequence[Step]:
        """From then on nobody may write there."""
        return (
            Step(name="files", does="bringing files and plugins back", run=self._bring_back),
            Step(name="verify-files", does="verifying that none differs", run=self._verify),
        )

    def _bring_back(self) -> None:
        for bucket in self._begun():
            done = bucket.run()
            newer = "deleted" if self.remove_newer else "left"
            say(f"  {bucket.bucket}: brought back {done.brought} ({size(done.bytes)}), {newer} {done.newer} newer")

    def _verify(self) -> None:
        for bucket in self._begun():
            if left := bucket.survey().brought:
                raise FailedError(
                    f"bucket {bucket.bucket}: {left} objects differ from {written(bucket.moment)}; somebody writes "
                    "there; stop them, and restore again"
                )

    def _begun(self) -> list[BucketRestore]:
        """Begun now, when nobody writes any more."""
        decided = self.journal.decisions["into"]
        buckets: Mapping[str, str] = decided["files"]
        first = next(iter(buckets.values()))
        begun = self.journal.decide("files begun", lambda: now(self._s3, first).isoformat())
        return self._buckets(buckets, datetime.fromisoformat(decided["moment"]), datetime.fromisoformat(begun))

    def _buckets(self, buckets: Mapping[str, str], moment: datetime, begun: datetime) -> list[BucketRestore]:
        return [
            BucketRestore(
                s3=self._s3,
                bucket=bucket,
                moment=moment,
                begun=begun,
                remove_newer=self.remove_newer,
                copies=self._copies(name),
            )
            for name, bucket in buckets.items()
        ]

    def _copies(self, name: str) -> Copies | None:
        replica = self.deployed.settings.replica
        if not self.from_copy or replica is None:
            return None
        return Copies(s3=self.deployed.client("s3", replica.region), bucket=self.deployed.outputs["copies"][name])

    @property
    def _s3(self) -> Any:
        return self.deployed.client("s3")
