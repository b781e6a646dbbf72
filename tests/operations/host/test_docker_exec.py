"""What a command in a container says arrives whole, however Docker's answer is cut."""

import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from operations.host.docker_exec import ExecClient

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"


def piece(stream: int, text: bytes) -> bytes:
    """As Docker sends it (Docker Engine API, "ContainerAttach")."""
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


SAID = piece(1, b"20260601T030000Z\n") + piece(2, b"a warning\n") + piece(1, b"20260602T030000Z\n")


@contextmanager
def docker_that_sends(folder: Path, parts: Sequence[bytes]) -> Generator[ExecClient]:
    """A client of a Docker that answers its one request in these parts."""
    address = folder / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while b"\r\n\r\n" not in connection.recv(65536):
                    pass
                for part in parts:
                    connection.sendall(part)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        client = ExecClient(base_url=f"unix://{address}", version="1.41")
        yield client
        thread.join(30)
        client.close()


@pytest.mark.parametrize(
    "parts",
    [
        [_HEAD + SAID],
        [_HEAD, SAID],
        [_HEAD + SAID[:3], SAID[3:20], SAID[20:]],
        [(_HEAD + SAID)[at : at + 1] for at in range(len(_HEAD + SAID))],
    ],
    ids=["at once", "head first", "in pieces", "byte by byte"],
)
def test_nothing_of_what_a_command_says_is_lost(parts: Sequence[bytes], tmp_path: Path) -> None:
    with docker_that_sends(tmp_path, parts) as client:
        assert list(client.exec_pieces("one")) == [
            (b"20260601T030000Z\n", b""),
            (b"", b"a warning\n"),
            (b"20260602T030000Z\n", b""),
        ]


def test_a_command_may_say_nothing(tmp_path: Path) -> None:
    with docker_that_sends(tmp_path, [_HEAD]) as client:
        assert list(client.exec_pieces("one")) == []
