"""One origin and its proxies for all the tests of a module."""

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.images.ssrf_proxy_world import NAMES, Origin, Start
from tests.servers.process import server_folder
from tests.servers.squid import TEMPLATE, USER, Squid


@pytest.fixture(scope="module")
def started_origin() -> Generator[Origin]:
    with Origin.start() as started:
        yield started


@pytest.fixture
def origin(started_origin: Origin) -> Origin:
    """The origin, as if nobody had ever reached it."""
    started_origin.connections, started_origin.requests, started_origin.headers = 0, [], {}
    return started_origin


@pytest.fixture(scope="module")
def start(started_origin: Origin) -> Generator[Start]:
    """Proxies for this module, each started once for its settings, that know NAMES and take the origin's port."""
    started: dict[str, Squid] = {}
    with ExitStack() as stack:

        def once(template: str = TEMPLATE, **variables: str) -> Squid:
            key = repr((template, sorted(variables.items())))
            if key not in started:
                folder = stack.enter_context(server_folder(USER))
                environment = {"SSRF_PROXY_HTTP_PORTS": f"80,443,{started_origin.port}", **variables}
                proxy: AbstractContextManager[Squid] = Squid.start(
                    folder, hosts=NAMES, environment=environment, template=template
                )
                started[key] = stack.enter_context(proxy)
            return started[key]

        yield once
