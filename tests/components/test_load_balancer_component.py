"""The public entry."""

from functools import cache
from typing import Any

import pytest

from components.load_balancer import LoadBalancer, LoadBalancerArgs
from dify.routes import routes
from settings.edge import Edge
from settings.environment import Lifecycle
from tests.components.component_graphs import site
from tests.recorder import Graph, record

_CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_ZONE = "Z0123456789ABCDEFGHIJ"


@cache
def _edge(lifecycle: Lifecycle = Lifecycle.RETAIN, zone: str | None = _ZONE, idle: int = 3600) -> Graph:
    named = {"hostedZoneId": zone} if zone else {"certificateArn": _CERTIFICATE}
    args = LoadBalancerArgs(
        site=site(lifecycle),
        vpc_id="vpc",
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_id="group",
        certificate_arn="certificate",
        choices=Edge.model_validate({**named, "idleTimeoutSeconds": idle}),
        log_bucket="logs",
        domain="dify.example.com",
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
    assert set(rules) == {route.priority for route in routes()}
    for route in routes():
        rule = rules[route.priority]
        assert rule["listenerArn"] == "edge-https-arn"
        assert rule["conditions"] == [{"pathPattern": {"values": list(route.patterns)}}]
        assert rule["actions"] == [{"type": "forward", "targetGroupArn": f"edge-{route.service}-arn"}]


@pytest.mark.parametrize(
    ("service", "port", "path", "matcher"), [("web", 3000, "/", "200-299,307"), ("api", 5001, "/health", "200")]
)
def test_a_target_is_healthy_when_its_own_page_answers(service: str, port: int, path: str, matcher: str) -> None:
    group = _edge().named(f"edge-{service}").inputs
    assert (group["port"], group["targetType"]) == (port, "ip")
    assert (group["healthCheck"]["path"], group["healthCheck"]["matcher"]) == (path, matcher)
    assert group["healthCheck"]["timeout"] < group["healthCheck"]["interval"]


def test_a_leaving_task_gets_less_time_than_fargate_gives_it() -> None:
    assert {group.inputs["deregistrationDelay"] for group in _edge().of(":TargetGroup")} == {110}


def test_silent_streams_stay_open_for_the_chosen_time() -> None:
    assert _balancer()["idleTimeout"] == 3600
    assert _balancer(_edge(idle=77))["idleTimeout"] == 77


def test_every_request_is_logged() -> None:
    assert _balancer()["accessLogs"] == {"bucket": "logs", "prefix": "load-balancer", "enabled": True}


def test_malformed_requests_are_not_passed_on() -> None:
    assert _balancer()["dropInvalidHeaderFields"] is True
    assert _balancer()["desyncMitigationMode"] == "defensive"


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_aws_refuses_to_delete_it_exactly_where_the_stack_retains(lifecycle: Lifecycle) -> None:
    assert _balancer(_edge(lifecycle))["enableDeletionProtection"] is (lifecycle is Lifecycle.RETAIN)


def test_the_domain_points_here_where_its_zone_is_named() -> None:
    record_set = _edge().one("route53/record:Record").inputs
    assert (record_set["zoneId"], record_set["name"], record_set["type"]) == (_ZONE, "dify.example.com", "A")
    assert record_set["aliases"][0]["name"] == "edge-alb-dnsName"


def test_no_name_is_written_where_dns_is_kept_elsewhere() -> None:
    assert _edge(zone=None).of("route53/record:Record") == []
