"""A nameserver of an attacker: it answers a name with other addresses each time it is asked."""

import os
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

_PORT = 53
"""Squid asks on no other, and only root may open it."""

_A = 1
_LOOPBACK = IPv4Address("127.128.0.0")


@dataclass
class Nameserver:
    """`answers` are the addresses of each answer in turn, the last for good; `asked` counts questions for IPv4."""

    address: str
    answers: Sequence[Sequence[str]]
    asked: int = 0

    @classmethod
    @contextmanager
    def start(cls, answers: Sequence[Sequence[str]]) -> Generator["Nameserver"]:
        """A server for every name, until the block ends. Its answers are valid for no time at all."""
        # Each process of the tests has a loopback address of its own.
        server = cls(str(_LOOPBACK + os.getpid() % 2**22), answers)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
            listening.bind((server.address, _PORT))
            thread = threading.Thread(target=server._serve, args=(listening,))
            thread.start()
            try:
                yield server
            finally:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                    last.sendto(b"", (server.address, _PORT))
                thread.join()

    def _serve(self, listening: socket.socket) -> None:
        while True:
            question, client = listening.recvfrom(512)
            if not question:
                return
            listening.sendto(self._answer(question), client)

    def _answer(self, question: bytes) -> bytes:
        """RFC 1035: the question again, and one record of four bytes for each address."""
        end = question.index(b"\0", 12) + 5
        records = b""
        if question[end - 3] == _A:
            addresses = self.answers[min(self.asked, len(self.answers) - 1)]
            self.asked += 1
            for address in addresses:
                records += b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04" + IPv4Address(address).packed
        count = len(records) // 16
        return question[:2] + b"\x81\x80\0\x01" + bytes([0, count]) + b"\0\0\0\0" + question[12:end] + records
