"""Steady load: requests begin when they are due, whether or not those before them have been answered."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

RATE = 200
"""Requests a second."""

_MOST = 300 * RATE
"""Requests of one load, so that it ends by itself whatever happens."""

_CLIENTS = 128
"""Connections that are kept open; a request waits for one where all are busy."""

_PATIENCE_SECONDS = 30
_SILENCE_SECONDS = 4 * _PATIENCE_SECONDS
"""What a request waits for its answer, and a test for the next one, before they give up."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A server with the `domain` of its certificate, which `authority` has signed, at an address without a name."""

    ip: str
    port: int
    domain: str
    authority: Path

    def pool(self, size: int = 1) -> HTTPSConnectionPool:
        """Connections that are kept alive."""
        return HTTPSConnectionPool(
            self.ip,
            self.port,
            maxsize=size,
            block=True,
            retries=False,
            timeout=_PATIENCE_SECONDS,
            ca_certs=str(self.authority),
            server_hostname=self.domain,
            assert_hostname=self.domain,
            headers={"Host": self.domain},
        )


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One request: when it was due and how long after that it was over, in seconds. `status` is 0 for none."""

    kind: str
    name: str
    due: float
    seconds: float
    status: int
    by: str

    @property
    def ok(self) -> bool:
        """Whether the user has what was asked for."""
        return self.status == 200


@dataclass
class Load:
    """What came of it, in the order in which requests ended."""

    answers: list[Answered] = field(default_factory=list[Answered])
    _ended: threading.Condition = field(default_factory=threading.Condition)

    def add(self, answer: Answered) -> None:
        """One more is over."""
        with self._ended:
            self.answers.append(answer)
            self._ended.notify_all()

    def wait(self, count: int, *kinds: str) -> None:
        """Until `count` more of some kinds, or of any, that are due from now on have been answered well."""
        begun, seen, good = time.monotonic(), len(self.answers), 0
        while good < count:
            with self._ended:
                assert self._ended.wait_for(lambda at=seen: len(self.answers) > at, _SILENCE_SECONDS), "no more answers"
            new = self.answers[seen:]
            seen += len(new)
            good += sum(one.ok and one.due > begun and one.kind in (kinds or (one.kind,)) for one in new)

    def of(self, *kinds: str) -> list[Answered]:
        """Answers to requests of some kinds, or of all."""
        return [one for one in self.answers if not kinds or one.kind in kinds]

    def failed(self, *kinds: str) -> list[Answered]:
        """Those without what was asked for."""
        return [one for one in self.of(*kinds) if not one.ok]

    def share_failed(self) -> float:
        """Of all requests."""
        return len(self.failed()) / len(self.answers)

    def names(self, kind: str) -> set[str]:
        """What was acknowledged."""
        return {one.name for one in self.of(kind) if one.ok}

    def statuses(self) -> Counter[int]:
        """How often each answer came."""
        return Counter(one.status for one in self.answers)

    def without_service(self, *kinds: str) -> float:
        """Seconds of the longest time in which nobody was answered well."""
        ended = sorted(one.due + one.seconds for one in self.of(*kinds) if one.ok)
        return max((after - before for before, after in itertools.pairwise(ended)), default=0.0)

    def slowest(self) -> float:
        """Seconds that the slowest good answer took."""
        return max(one.seconds for one in self.answers if one.ok)

    def at(self, quantile: float) -> float:
        """Seconds within which this part of the good answers came."""
        good = sorted(one.seconds for one in self.answers if one.ok)
        return good[min(len(good) - 1, int(quantile * len(good)))]


READ, WRITE, PAGE, APPEND, JOB = "read", "write", "page", "append", "job"
BODILESS = (READ, PAGE)
"""Kinds that nginx gives to another instance when one dies: idempotent, and without a body, which it has passed on and
does not keep (nginx, proxy_next_upstream and proxy_request_buffering)."""

_ROUND: Sequence[str] = (*(READ, PAGE, READ, READ, PAGE, READ, READ, PAGE, READ, WRITE) * 2, APPEND)
"""What twenty-one requests are."""


def _request(kind: str, name: str) -> tuple[str, str, str]:
    """Method, path and body."""
    match kind:
        case "write":
            return "PUT", f"/v1/rows/{name}", name
        case "job":
            return "PUT", f"/v1/jobs/{name}", ""
        case "append":
            return "POST", f"/v1/rows/{name}", ""
        case "page":
            return "GET", "/signin", ""
        case _:
            return "GET", "/v1/rows/known", ""


@contextmanager
def steady(address: Address, kinds: Sequence[str] = _ROUND) -> Generator[Load]:
    """Load while the block runs; what it began is over when the block has ended."""
    load, ended, run = Load(), threading.Event(), token_hex(4)
    with address.pool(_CLIENTS) as pool, ThreadPoolExecutor(_CLIENTS) as clients:
        _ask(pool, WRITE, "known", time.monotonic())

        def ask(kind: str, number: int, due: float) -> None:
            load.add(_ask(pool, kind, f"{run}-{number}", due))

        def drive() -> None:
            start = time.monotonic()
            for number, kind in zip(range(_MOST), itertools.cycle(kinds), strict=False):
                due = start + number / RATE
                if ended.wait(max(0.0, due - time.monotonic())):
                    return
                clients.submit(ask, kind, number, due)

        driver = threading.Thread(target=drive)
        driver.start()
        try:
            yield load
        finally:
            ended.set()
            driver.join()


def _ask(pool: HTTPSConnectionPool, kind: str, name: str, due: float) -> Answered:
    method, path, body = _request(kind, name)
    number = hash(name)
    sender = f"198.18.{number // 200 % 200}.{number % 200 + 1}"
    try:
        said = pool.request(method, path, body=body, headers={**pool.headers, "X-Forwarded-For": sender})
        status, by = said.status, said.headers.get("X-Served-By", "")
    except HTTPError as error:
        status, by = 0, type(error).__name__
    return Answered(kind=kind, name=name, due=due, seconds=time.monotonic() - due, status=status, by=by)
