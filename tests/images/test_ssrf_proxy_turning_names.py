"""Names of an attacker: the address that was judged is the one that is used, and one forbidden address is enough."""

import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from tests.images.ssrf_proxy_world import Origin
from tests.images.turning_names import Nameserver
from tests.servers.process import server_folder
from tests.servers.squid import TEMPLATE, USER, Answer, Squid

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="squid asks nameservers on port 53, which only root may open")

PUBLIC, INSIDE = "1.1.1.1", "127.0.0.1"


@contextmanager
def proxy(
    answers: Sequence[Sequence[str]], *, template: str = TEMPLATE, **variables: str
) -> Generator[tuple[Squid, Origin, Nameserver]]:
    """The shipped proxy, a server inside, and the attacker's nameserver."""
    with Origin.start() as origin, Nameserver.start(answers) as names, server_folder(USER) as folder:
        environment = {"SSRF_PROXY_HTTP_PORTS": f"80,443,{origin.port}", **variables}
        with Squid.start(folder, nameserver=names.address, environment=environment, template=template) as squid:
            yield squid, origin, names


def test_a_name_that_turns_inside_after_it_was_judged_is_not_followed() -> None:
    with proxy([[PUBLIC], [INSIDE]]) as (squid, origin, names):
        answers: list[Answer] = []
        for _ in range(3):
            answers.append(squid.get(f"http://turning.example:{origin.port}/"))
            # Longer than the shortest time that squid keeps an answer where it is not told otherwise.
            time.sleep(0.7)
        # The public address was kept and tried, which this machine does not let happen.
        assert [answer.logged["server"] for answer in answers] == [PUBLIC] * 3
        assert (origin.connections, names.asked) == (0, 1)


def test_a_name_that_turns_inside_later_is_judged_anew() -> None:
    forgets_at_once = TEMPLATE.replace("negative_dns_ttl 1 minute", "negative_dns_ttl 1 second")
    with proxy([[PUBLIC], [INSIDE]], template=forgets_at_once) as (squid, origin, names):
        url = f"http://turning.example:{origin.port}/"
        answer = squid.get(url)
        while names.asked < 2:
            answer = squid.get(url)
        assert answer.refused
        assert origin.connections == 0


@pytest.mark.parametrize("answer", [[PUBLIC, INSIDE], [INSIDE, PUBLIC], [PUBLIC, "169.254.169.254"]])
def test_a_name_with_one_forbidden_address_among_public_ones_is_refused(answer: list[str]) -> None:
    with proxy([answer]) as (squid, origin, _):
        assert squid.get(f"http://mixed.example:{origin.port}/").refused
        assert origin.connections == 0


def test_a_name_with_an_allowed_and_a_forbidden_address_is_refused() -> None:
    with proxy([["10.1.2.3", INSIDE]], SSRF_PROXY_ALLOW_PRIVATE_IPS="10.1.0.0/16") as (squid, origin, _):
        assert squid.get(f"http://mixed.example:{origin.port}/").refused
        assert origin.connections == 0


def test_a_name_without_an_address_is_refused_and_stays_so_when_it_gets_one() -> None:
    with proxy([[], [INSIDE]]) as (squid, origin, _):
        assert squid.get(f"http://late.example:{origin.port}/").refused
        assert squid.get(f"http://late.example:{origin.port}/").refused
        assert origin.connections == 0
