"""Removes copies from S3 that are older than backups are kept, and content that no other copy needs.

The rule is that of backup.sh for the host's own backups: any moment of so many days can be restored. So the newest of
the copies that are older stays, too. Ages are counted by S3's own clock, from the copy that was just made: a host whose
clock is wrong removes nothing early. Copies of another stack stay, and so does whatever is in doubt.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.host.copies import Copies, content_key, manifest_key
from operations.outcome import FailedError

_UNFINISHED = timedelta(days=1)
"""Content that is younger may belong to a copy that is being made, or that an interrupted call goes on with."""


@dataclass(frozen=True, kw_only=True)
class Expired:
    """What was removed: copies, and the files and bytes that only they needed. `advice` is why more was not."""

    copies: int = 0
    files: int = 0
    bytes: int = 0
    advice: str | None = None


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """The removal of `copies` that are older than `days`."""

    copies: Copies
    days: int

    def run(self, newest: str) -> Expired:
        """Remove what is too old beside the copy `newest`, which was just made. What goes wrong is advice: the backup
        is there all the same."""
        try:
            return self._run(newest)
        except FailedError as error:
            return Expired(advice=f"{error}; what is too old stays until a later backup removes it")

    def _run(self, newest: str) -> Expired:
        manifests = self.copies.manifests()
        if newest not in manifests:
            raise FailedError(f"{self.copies.where}: its list lacks {newest}, which was just made")
        written = {name: one.written for name, one in manifests.items() if self.copies.is_ours(name)}
        old = too_old(written, newest, self.days)
        if not old:
            return Expired()
        kept = manifests.keys() - old
        unneeded = self._unneeded(kept, written[newest] - _UNFINISHED)
        went = self.copies.bucket.remove(map(manifest_key, sorted(old)))
        if went.refused:
            return Expired(copies=len(went.gone), advice=self._refused(went.refused))
        if self.copies.manifests().keys() != kept:
            # It may be made of what nobody else needs.
            return Expired(copies=len(old), advice=f"{self.copies.where}: another copy was made meanwhile; files stay")
        return self._swept(len(old), unneeded, hidden=went.hidden)

    def _unneeded(self, kept: AbstractSet[str], before: datetime) -> dict[str, int]:
        """Bytes by key of content from `before` that no `kept` copy is made of. Raises FailedError where not all of
        what they are made of is seen: then the list is not whole."""
        contents = self.copies.contents()
        needed: set[str] = set()
        for name in sorted(kept):
            needs = self.copies.needs(name)
            if lacking := needs - contents.keys():
                raise FailedError(
                    f"{self.copies.where}: its list lacks {len(lacking)} files of the copy {name}; if they are lost, "
                    f"remove {self.copies.bucket.place(manifest_key(name))}"
                )
            needed |= needs
        return {
            content_key(sha256): one.size
            for sha256, one in contents.items()
            if sha256 not in needed and one.written < before
        }

    def _swept(self, copies: int, unneeded: Mapping[str, int], *, hidden: bool) -> Expired:
        swept = self.copies.bucket.remove(unneeded)
        advice = None
        if swept.refused:
            advice = self._refused(swept.refused)
        elif hidden:
            advice = (
                f"{self.copies.where}: the bucket keeps versions, so what was removed takes space until a lifecycle "
                "rule with NoncurrentVersionExpiration lets it go"
            )
        freed = sum(unneeded[key] for key in swept.gone)
        return Expired(copies=copies, files=len(swept.gone), bytes=freed, advice=advice)

    def _refused(self, said: str) -> str:
        return (
            f"{self.copies.where}: not all that is older than {self.days} days could be removed ({said}); give these "
            "credentials s3:DeleteObject, or remove it with others (docs/operate-host.md)"
        )


def too_old(written: Mapping[str, datetime], newest: str, days: int) -> set[str]:
    """The copies that no moment of the last `days` needs, counted from `newest`."""
    begin = written[newest] - timedelta(days=days)
    before = sorted((when, name) for name, when in written.items() if when <= begin)
    return {name for _, name in before[:-1]}
