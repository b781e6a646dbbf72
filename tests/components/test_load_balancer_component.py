"""The load balancer, as the public entry and behind CloudFront."""

from functools import cache
from typing import Any

import pytest

from components.dns_records import AliasTarget
from components.load_balancer import LOG_PREFIX, LoadBalancer, LoadBalancerArgs
from dify.routes import routes
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB, WORKER, Service
from settings.edge import Edge
from settings.environment import Lifecycle
from tests.components.component_graphs import container, program, site
from tests.recorder import Graph, record

_CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_ALL = (WEB, API, API_WEBSOCKET, PLUGIN_DAEMON, WORKER)
_FACING = ("web", "api", "api-websocket", "plugin-daemon")


@cache
def _edge(
    lifecycle: Lifecycle = Lifecycle.RETAIN,
    idle: int = 3600,
    *,
    internal: bool = False,
    dual_stack: bool = False,
    fronted: bool = False,
    services: tuple[Service, ...] = _ALL,
) -> Graph:
    chosen = {"certificateArn": _CERTIFICATE, "idleTimeoutSeconds": idle}
    args = LoadBalancerArgs(
        site=site(lifecycle),
        vpc_id="vpc",
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_id="group",
        certificate_arn="certificate",
        choices=Edge.model_validate({**chosen, "contentDelivery": {}} if fronted else chosen),
        log_bucket="logs",
        services=services,
        internal=internal,
        dual_stack=dual_stack,
    )
    return record(lambda: LoadBalancer("edge", args))


def _balancer(graph: Graph | None = None) -> dict[str, Any]:
    return (graph or _edge()).named("edge-alb").inputs


def test_https_offers_modern_tls_with_the_given_certificate() -> None:
    listener = _edge().named("edge-https").inputs
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert listener["certificateArn"] == "certificate"


def test_http_only_redirects_to_https_for_good() -> None:
    listener = _edge().named("edge-http").inputs
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    (action,) = listener["defaultActions"]
    assert action == {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}


def test_there_is_no_third_listener() -> None:
    assert len(_edge().of("lb/listener:Listener")) == 2


def test_what_no_rule_takes_goes_to_the_web() -> None:
    (action,) = _edge().named("edge-https").inputs["defaultActions"]
    assert action == {"type": "forward", "targetGroupArn": "edge-web-arn"}


def test_each_of_difys_routes_is_a_rule_of_the_https_listener() -> None:
    rules = {rule.inputs["priority"]: rule.inputs for rule in _edge().of(":ListenerRule")}
    assert set(rules) == {route.priority for route in routes(_FACING)}
    for route in routes(_FACING):
        rule = rules[route.priority]
        assert rule["listenerArn"] == "edge-https-arn"
        assert rule["conditions"] == [{"pathPattern": {"values": list(route.patterns)}}]
        assert rule["actions"] == [{"type": "forward", "targetGroupArn": f"edge-{route.service}-arn"}]


def _patterns(graph: Graph) -> dict[str, str]:
    """Path pattern -> the target group that its requests go to, of every rule."""
    return {
        pattern: rule.inputs["actions"][0]["targetGroupArn"]
        for rule in graph.of(":ListenerRule")
        for condition in rule.inputs["conditions"]
        for pattern in condition["pathPattern"]["values"]
    }


@pytest.mark.parametrize(("pattern", "service"), [
    ("/console/api/*", "api"), ("/v1/*", "api"), ("/files/*", "api"), ("/mcp/*", "api"), ("/triggers/*", "api"),
    ("/socket.io/*", "api-websocket"), ("/e/*", "plugin-daemon"),
])  # fmt: skip
def test_requests_of_browsers_and_webhooks_go_to_the_service_that_answers_them(pattern: str, service: str) -> None:
    assert _patterns(program())[pattern] == f"edge-{service}-arn"


@pytest.mark.parametrize("path", ["/inner/api", "/inner/api/x", "/health", "/threads", "/db-pool-stat", "/metrics"])
def test_what_services_say_to_each_other_is_in_no_pattern(path: str) -> None:
    for pattern in _patterns(program()):
        assert "?" not in pattern
        prefix, star, rest = pattern.partition("*")
        assert rest == ""
        assert not path.startswith(prefix) if star else path != pattern, pattern


def test_what_does_not_run_gets_neither_a_target_group_nor_a_rule_and_moves_no_other() -> None:
    less = _edge(services=(WEB, API, PLUGIN_DAEMON))
    gone = set(_patterns(_edge())) - set(_patterns(less))
    assert gone == {"/socket.io/*"}
    assert {g.name for g in _edge().of(":TargetGroup")} - {g.name for g in less.of(":TargetGroup")} == {
        "edge-api-websocket"
    }
    kept = {rule.name: rule.inputs["priority"] for rule in less.of(":ListenerRule")}
    assert kept.items() <= {rule.name: rule.inputs["priority"] for rule in _edge().of(":ListenerRule")}.items()


@pytest.mark.parametrize(("service", "port", "path", "matcher"), [
    ("web", 3000, "/", "200-299,307"),
    ("api", 5001, "/health", "200"),
    ("api-websocket", 5001, "/health", "200"),
    ("plugin-daemon", 5002, "/health/check", "200"),
])  # fmt: skip
def test_a_target_is_healthy_when_its_own_page_answers(service: str, port: int, path: str, matcher: str) -> None:
    group = _edge().named(f"edge-{service}").inputs
    assert (group["port"], group["targetType"]) == (port, "ip")
    assert (group["healthCheck"]["path"], group["healthCheck"]["matcher"]) == (path, matcher)
    assert group["healthCheck"]["timeout"] < group["healthCheck"]["interval"]


def test_what_has_no_health_check_stands_behind_nothing() -> None:
    assert {group.name for group in _edge().of(":TargetGroup")} == {f"edge-{service}" for service in _FACING}


def test_only_live_editing_comes_back_to_the_same_task() -> None:
    sticky = {group.name for group in _edge().of(":TargetGroup") if group.inputs.get("stickiness", {}).get("enabled")}
    assert sticky == {"edge-api-websocket"}
    assert _edge().named("edge-api-websocket").inputs["stickiness"]["type"] == "lb_cookie"


def test_a_leaving_task_gets_less_time_than_fargate_gives_it() -> None:
    assert {group.inputs["deregistrationDelay"] for group in _edge().of(":TargetGroup")} == {110}


@pytest.mark.parametrize("service", ["api", "api-websocket", "plugin-daemon"])
def test_who_has_streams_lives_longer_than_the_load_balancer_lets_them_end(service: str) -> None:
    delay = program().named(f"edge-{service}").inputs["deregistrationDelay"]
    assert delay < container(program(), service)["stopTimeout"]


def test_silent_streams_stay_open_for_the_chosen_time() -> None:
    assert _balancer()["idleTimeout"] == 3600
    assert _balancer(_edge(idle=77))["idleTimeout"] == 77


def test_every_request_is_logged() -> None:
    assert _balancer()["accessLogs"] == {"bucket": "logs", "prefix": "load-balancer", "enabled": True}


def test_malformed_requests_are_not_passed_on() -> None:
    assert _balancer()["dropInvalidHeaderFields"] is True
    assert _balancer()["desyncMitigationMode"] == "defensive"


@pytest.mark.parametrize("internal", [False, True])
def test_it_has_public_addresses_unless_it_is_internal(internal: bool) -> None:
    assert _balancer(_edge(internal=internal))["internal"] is internal


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_aws_refuses_to_delete_it_exactly_where_the_stack_retains(lifecycle: Lifecycle) -> None:
    assert _balancer(_edge(lifecycle))["enableDeletionProtection"] is (lifecycle is Lifecycle.RETAIN)


@pytest.mark.parametrize(("internal", "fronted"), [(True, False), (False, True), (True, True)])
def test_behind_cloudfront_it_has_private_addresses_only(internal: bool, fronted: bool) -> None:
    assert _balancer(_edge(internal=internal, fronted=fronted))["internal"] is True


def test_behind_cloudfront_nothing_listens_on_port_80() -> None:
    assert [listener.inputs["port"] for listener in _edge(fronted=True).of("lb/listener:Listener")] == [443]


@pytest.mark.parametrize("internal", [False, True])
def test_as_the_edge_it_tells_browsers_to_stay_with_https_and_to_guess_no_types(internal: bool) -> None:
    listener = _edge(internal=internal).named("edge-https").inputs
    assert listener["routingHttpResponseStrictTransportSecurityHeaderValue"] == "max-age=31536000"
    assert listener["routingHttpResponseXContentTypeOptionsHeaderValue"] == "nosniff"


def test_behind_cloudfront_the_headers_are_cloudfronts_to_set() -> None:
    listener = _edge(fronted=True).named("edge-https").inputs
    assert [name for name in listener if name.endswith("HeaderValue")] == []


@pytest.mark.parametrize("fronted", [False, True])
def test_it_does_not_say_what_it_is(fronted: bool) -> None:
    assert _edge(fronted=fronted).named("edge-https").inputs["routingHttpResponseServerEnabled"] is False


def test_who_may_frame_a_page_is_left_to_dify() -> None:
    listener = _edge().named("edge-https").inputs
    assert "routingHttpResponseXFrameOptionsHeaderValue" not in listener
    assert "routingHttpResponseContentSecurityPolicyHeaderValue" not in listener


@pytest.mark.parametrize(("dual_stack", "kind"), [(True, "dualstack"), (False, "ipv4")])
def test_it_has_ipv6_addresses_where_the_network_has(dual_stack: bool, kind: str) -> None:
    assert _balancer(_edge(dual_stack=dual_stack))["ipAddressType"] == kind


def test_every_connection_is_logged_below_what_its_writer_may_write() -> None:
    logs = _balancer()["connectionLogs"]
    assert logs == {"bucket": "logs", "prefix": "load-balancer/connections", "enabled": True}
    assert logs["prefix"].startswith(f"{LOG_PREFIX}/")


@pytest.mark.parametrize("dual_stack", [False, True])
def test_the_public_name_can_lead_to_it(dual_stack: bool) -> None:
    found: list[AliasTarget] = []

    def build() -> None:
        chosen = Edge.model_validate({"certificateArn": _CERTIFICATE})
        args = LoadBalancerArgs(
            site=site(),
            vpc_id="vpc",
            subnet_ids=["subnet-a"],
            security_group_id="group",
            certificate_arn="certificate",
            choices=chosen,
            log_bucket="logs",
            services=_ALL,
            dual_stack=dual_stack,
        )
        found.append(LoadBalancer("edge", args).alias)

    record(build)
    (alias,) = found
    assert (alias.has_ipv6, alias.checks_health) == (dual_stack, True)


def test_what_stands_beside_it_learns_its_listener_and_its_zone() -> None:
    (outputs,) = [value for urn, value in _edge().component_outputs.items() if urn.endswith("::edge")]
    assert outputs["https_listener_arn"] == "edge-https-arn"
    assert (outputs["arn"], outputs["zone_id"]) == ("edge-alb-arn", "edge-alb-zoneId")


def test_it_writes_no_name_into_dns_itself() -> None:
    assert _edge().of("route53/record:Record") == []
