"""How often one address or one key may ask, and what it is told beyond that."""

from contextlib import closing

from dify.web_firewall import Choices, Per, RateLimit, RouteClass
from tests.dify.nginx_proxies import limited, standing
from tests.servers.nginx import Nginx, receive, send

ONE, OTHER, OWN = "127.0.5.1", "127.0.5.2", "127.0.1.1"


def _statuses(nginx: Nginx, call: str, times: int, source: str = ONE, key: str | None = None) -> list[int]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return [nginx.ask(call, headers, source=source).status for _ in range(times)]


def test_as_many_requests_as_the_limit_pass_and_the_next_is_refused() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        assert _statuses(stand.nginx, "POST /console/api/login", 11) == [200] * 10 + [429]
        assert len(stand.upstreams["api"][0].asked) == 10


def test_who_is_refused_is_told_when_to_come_back_in_difys_own_words() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        _statuses(stand.nginx, "POST /console/api/login", 10)
        refused = stand.nginx.ask("POST /console/api/login", source=ONE)
        assert (refused.headers["retry-after"], refused.headers["content-type"]) == ("600", "application/json")
        assert refused.content == {
            "code": "too_many_requests",
            "message": "Too many requests, try again later.",
            "status": 429,
        }
        assert refused.headers["strict-transport-security"]
        assert stand.nginx.logged(refused)["limited"] == "REJECTED"


def test_nobody_else_is_told_to_come_back() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        assert "retry-after" not in stand.nginx.ask("POST /console/api/login").headers


def test_one_address_does_not_use_up_what_another_may_ask() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        assert _statuses(stand.nginx, "POST /console/api/login", 11)[-1] == 429
        assert _statuses(stand.nginx, "POST /console/api/login", 1, OTHER) == [200]


def test_another_class_and_another_method_are_not_counted() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        assert _statuses(stand.nginx, "POST /console/api/login", 11)[-1] == 429
        for call in ("GET /console/api/login", "POST /console/api/apps", "POST /api/login", "GET /signin"):
            assert _statuses(stand.nginx, call, 11) == [200] * 11


def test_a_path_that_is_written_otherwise_is_counted_too() -> None:
    with standing(limited(RouteClass.LOGIN)) as stand:
        assert _statuses(stand.nginx, "POST /console/api/login", 10) == [200] * 10
        assert _statuses(stand.nginx, "POST /console/api/%6cogin?x=1", 1) == [429]


def test_the_limit_around_a_class_counts_it_too() -> None:
    with standing(limited(RouteClass.CONSOLE)) as stand:
        assert _statuses(stand.nginx, "POST /console/api/login", 5) == [200] * 5
        assert _statuses(stand.nginx, "GET /console/api/apps", 6) == [200] * 5 + [429]


def test_a_key_is_counted_wherever_it_is_used() -> None:
    with standing(limited(RouteClass.SERVICE_API, Per.KEY), own_ranges=(f"{OWN}/32",)) as stand:
        assert _statuses(stand.nginx, "POST /v1/chat-messages", 5, ONE, "app-1") == [200] * 5
        assert _statuses(stand.nginx, "POST /v1/chat-messages", 6, OWN, "app-1") == [200] * 5 + [429]
        assert _statuses(stand.nginx, "POST /v1/chat-messages", 1, ONE, "app-2") == [200]
        assert _statuses(stand.nginx, "POST /v1/chat-messages", 11, ONE) == [200] * 11


def test_a_key_is_the_same_key_however_its_header_is_written() -> None:
    """As the api takes the header apart; its keys have no blanks in them."""
    with standing(limited(RouteClass.SERVICE_API, Per.KEY)) as stand:
        assert _statuses(stand.nginx, "GET /v1/info", 10, key="app-1") == [200] * 10
        for header in ("Bearer  app-1", "bEARER app-1", "\tBearer \t app-1", "Bearer app-1\t", "Bearer app-1 x"):
            assert stand.nginx.ask("GET /v1/info", {"Authorization": header}).status == 429, header
        with closing(stand.nginx.connect()) as connection:
            send(connection, "GET /v1/info", {"Authorization": "Bearer \x1capp-1"})
            assert receive(connection).status == 429
        assert _statuses(stand.nginx, "GET /v1/info", 1, key="app-10") == [200]


def test_the_stacks_own_addresses_have_no_limit_per_address() -> None:
    with standing(limited(RouteClass.SERVICE_API), own_ranges=(f"{OWN}/32",)) as stand:
        assert _statuses(stand.nginx, "GET /v1/info", 11, OWN) == [200] * 11


def test_an_address_that_a_trusted_proxy_names_is_the_one_that_is_counted() -> None:
    with standing(limited(RouteClass.LOGIN), trusted_proxies=(f"{ONE}/32",)) as stand:
        for client, passes in (("198.51.100.1", 10), ("198.51.100.2", 10)):
            named = {"X-Forwarded-For": f"203.0.113.9, {client}"}
            statuses = [stand.nginx.ask("POST /api/login", named, source=ONE).status for _ in range(11)]
            assert statuses == [200] * 11
            login = [stand.nginx.ask("POST /console/api/login", named, source=ONE).status for _ in range(11)]
            assert login == [200] * passes + [429]


def test_addresses_of_one_customers_network_are_one_sender() -> None:
    """IPv6 reaches Dify through a proxy only; who has one address of it has 2^64."""
    with standing(limited(RouteClass.LOGIN), trusted_proxies=(f"{ONE}/32",)) as stand:
        for network in ("2001:db8:0:0", "2001:db8:0:1"):
            named = [{"X-Forwarded-For": f"{network}:{number:x}::{number:x}"} for number in range(11)]
            statuses = [stand.nginx.ask("POST /console/api/login", one, source=ONE).status for one in named]
            assert statuses == [200] * 10 + [429]


def test_of_a_chain_of_trusted_proxies_the_first_stranger_is_the_client() -> None:
    with standing(trusted_proxies=(f"{ONE}/32", "10.1.0.0/16")) as stand:
        said = stand.nginx.ask("GET /", {"X-Forwarded-For": "203.0.113.9, 198.51.100.1, 10.1.0.5"}, source=ONE)
        assert said.content["headers"]["x-forwarded-for"] == "198.51.100.1"


def test_an_address_that_a_stranger_names_is_not_believed() -> None:
    with standing(limited(RouteClass.LOGIN), trusted_proxies=(f"{OTHER}/32",)) as stand:
        statuses = [
            stand.nginx.ask("POST /console/api/login", {"X-Forwarded-For": f"198.51.100.{n}"}, source=ONE).status
            for n in range(11)
        ]
        assert statuses == [200] * 10 + [429]


def test_the_longest_window_of_a_class_is_what_it_is_told_to_wait() -> None:
    limits = (
        RateLimit(routes=RouteClass.CONSOLE, per=Per.IP, requests=10, window_seconds=300),
        RateLimit(routes=RouteClass.LOGIN, per=Per.IP, requests=10, window_seconds=60),
    )
    with standing(Choices(limits=limits)) as stand:
        answers = [stand.nginx.ask("POST /console/api/login", source=ONE) for _ in range(25)]
        assert {one.headers["retry-after"] for one in answers if one.status == 429} == {"300"}
