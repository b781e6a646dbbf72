"""One question to an app over Dify's service API, and its streamed answer.

POST /v1/chat-messages with response_mode `streaming` answers server-sent events, each a line `data: {"event": ...}`:
`message` and others while the answer grows, `message_end` when it is whole, `error` when it is not
(web/app/components/develop/template/template_chat.en.mdx and api/controllers/service_api/app/completion.py of
langgenius/dify 1.17). The same HTTP status 200 stands before all of them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import cast

from exchange import Request, StepError

PATH = "/v1/chat-messages"
USER = "synthetic-check"
"""The end user under which the questions are found in the app's logs."""

_QUESTION = "Answer with the word yes."
_LONGEST_LINE = 1_048_576


def question(host: str, port: int, key: str) -> Request:
    """The request with the app's API `key`."""
    body: dict[str, object] = {"inputs": {}, "query": _QUESTION, "response_mode": "streaming", "user": USER}
    return Request(
        host=host,
        port=port,
        path=PATH,
        method="POST",
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        body=json.dumps(body).encode(),
    )


def read_to_end(pieces: Iterable[bytes]) -> None:
    """Raises StepError where the answer does not end as a whole one does, or nothing stood before its end."""
    events = 0
    for event in _events(pieces):
        if event == "error":
            raise StepError("the app answered with an error")
        if event == "message_end":
            if not events:
                raise StepError("the stream was empty")
            return
        events += 1
    raise StepError("the stream broke off before its end" if events else "the stream never began")


def _events(pieces: Iterable[bytes]) -> Iterator[str]:
    for line in _lines(pieces):
        if line.startswith(b"data:"):
            yield _name(line.removeprefix(b"data:"))


def _name(data: bytes) -> str:
    try:
        event: object = json.loads(data)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise StepError("the stream holds what is no event")
    return str(cast("dict[str, object]", event).get("event"))


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    begun = b""
    for piece in pieces:
        *whole, begun = (begun + piece).split(b"\n")
        yield from whole
        if len(begun) > _LONGEST_LINE:
            raise StepError("the stream holds what is no event")
