"""One HTTPS request and its answer, within a time that covers all of it. Certificates are verified."""

import socket
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic

AGENT = "dify-probe"
"""Said to every server: the web firewall refuses who says nothing (AWS WAF, NoUserAgent_HEADER)."""

_PIECE_BYTES = 65_536


class StepError(Exception):
    """Why a step failed: the kind of failure, never what was sent or answered."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Request:
    """What is asked. No repr: headers may hold a key."""

    host: str
    port: int
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`pieces` are those of the body, as they arrive."""

    status: int
    pieces: Iterator[bytes]


@contextmanager
def ask(request: Request, seconds: float) -> Generator[Answer]:
    """The answer, which is open until the block ends. Raises StepError, also while its pieces are read."""
    ends = monotonic() + seconds
    connection = HTTPSConnection(request.host, request.port, timeout=seconds, context=ssl.create_default_context())
    try:
        connection.connect()
        wire = connection.sock
        _send(connection, request)
        _allow(wire, ends)
        response = connection.getresponse()
        yield Answer(status=response.status, pieces=_pieces(response, wire, ends))
    except TimeoutError:
        raise StepError(f"no whole answer within {seconds:g} s") from None
    except (OSError, HTTPException) as error:
        raise StepError(_kind(error)) from None
    finally:
        connection.close()


def _send(connection: HTTPSConnection, request: Request) -> None:
    headers = {"User-Agent": AGENT, **request.headers}
    try:
        connection.request(request.method, request.path, body=request.body, headers=headers)
    except ValueError:
        # Python's own message repeats the header, and with it the key.
        raise StepError("a header holds what no header may hold") from None


def _pieces(response: HTTPResponse, wire: socket.socket, ends: float) -> Iterator[bytes]:
    while True:
        _allow(wire, ends)
        piece = response.read1(_PIECE_BYTES)
        if not piece:
            break
        yield piece
    if response.length:
        raise StepError("the answer was cut off")


def _allow(wire: socket.socket, ends: float) -> None:
    """Let the next read take what is left of the time."""
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    wire.settimeout(left)


def _kind(error: OSError | HTTPException) -> str:
    match error:
        case HTTPException():
            return "the answer was cut off" if "Incomplete" in type(error).__name__ else "the answer is not HTTP"
        case ssl.SSLCertVerificationError():
            return f"certificate refused: {error.verify_message}"
        case socket.gaierror():
            return "the name is not known"
        case ConnectionRefusedError():
            return "connection refused"
        case _:
            return f"connection failed: {type(error).__name__}"
