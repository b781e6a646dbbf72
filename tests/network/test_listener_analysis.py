"""What a load balancer's listeners answer, on ones so small that the answer is plain."""

# Resources are made of plain mappings here, which the SDK's types do not follow.
# pyright: reportArgumentType=false, reportCallIssue=false

import json
from collections.abc import Callable
from typing import Any

import pytest
from pulumi_aws import cloudformation, lb

from tests.network.network_listeners import Target, answers, ports, targets
from tests.network.network_shapes import UnknownShapeError
from tests.network.tiny_networks import Tiny

FORWARD = {"type": "forward", "target_group_arn": "app-targets-arn"}
REFUSE = {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}
SIGN_IN: dict[str, Any] = {
    "type": "authenticate-oidc",
    "order": 1,
    "authenticate_oidc": {
        **dict.fromkeys(("issuer", "authorization_endpoint", "token_endpoint"), "https://id.example.com"),
        "user_info_endpoint": "https://id.example.com",
        "client_id": "dify",
        "client_secret": "of a test",
    },
}
TO_HTTPS = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}


def behind(*rules: Callable[[], object], default: object = REFUSE) -> Tiny:
    """A listener on 443 with `rules`, and one on 80 that redirects."""

    def more() -> None:
        lb.TargetGroup("app-targets", port=5001, protocol="HTTP", target_type="ip", vpc_id="net-id")
        lb.Listener("https", load_balancer_arn="entry-alb-arn", port=443, protocol="HTTPS", default_actions=[default])
        lb.Listener("http", load_balancer_arn="entry-alb-arn", port=80, protocol="HTTP", default_actions=[TO_HTTPS])
        for rule in rules:
            rule()

    registered = [{"target_group_arn": "app-targets-arn", "container_name": "app", "container_port": 5001}]
    return Tiny(more=more, service={"load_balancers": registered})


def rule(priority: int, *conditions: object, actions: tuple[object, ...] = (FORWARD,)) -> Callable[[], object]:
    """A rule of the listener on 443."""
    return lambda: lb.ListenerRule(
        f"rule-{priority}",
        listener_arn="https-arn",
        priority=priority,
        actions=list(actions),
        conditions=list(conditions),
    )


def paths(*patterns: str) -> dict[str, object]:
    return {"path_pattern": {"values": list(patterns)}}


def test_ports_are_told_by_what_they_answer() -> None:
    assert ports(behind().graph()) == {443: "HTTPS", 80: "redirect"}


def test_a_path_meets_the_rule_whose_pattern_it_matches_in_its_own_case() -> None:
    graph = behind(rule(1, paths("/v1", "/v1/*", "/?.txt"))).graph()
    found = {path: answers(graph, path) for path in ("/v1", "/v1/a/b", "/a.txt", "/V1", "/v1x", "/ab.txt", "/")}
    assert {path for path, outcome in found.items() if outcome == {"app"}} == {"/v1", "/v1/a/b", "/a.txt"}
    assert {path for path, outcome in found.items() if outcome == {"404"}} == {"/V1", "/v1x", "/ab.txt", "/"}


def test_the_lower_priority_wins() -> None:
    graph = behind(rule(20, paths("/*")), rule(3, paths("/inner/*"), actions=(REFUSE,))).graph()
    assert (answers(graph, "/inner/api"), answers(graph, "/outer")) == ({"404"}, {"app"})


def test_a_condition_that_the_client_chooses_leaves_both_ways_open() -> None:
    header = {"http_header": {"http_header_name": "X-Any", "values": ["1"]}}
    assert answers(behind(rule(1, paths("/a"), header)).graph(), "/a") == {"app", "404"}


def test_a_sign_in_before_the_service_is_said() -> None:
    graph = behind(rule(1, paths("/*"), actions=(SIGN_IN, {**FORWARD, "order": 2}))).graph()
    assert answers(graph, "/") == {"app after sign-in"}
    assert targets(graph) == {Target("app", 5001)}


def test_rules_of_a_template_count_as_any_other() -> None:
    body: dict[str, Any] = {
        "Parameters": {"Listener": {"Type": "String"}, "Targets": {"Type": "String"}},
        "Resources": {
            "Rule1": {
                "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
                "Properties": {
                    "ListenerArn": {"Ref": "Listener"},
                    "Priority": 1,
                    "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/console/*"]}}],
                    "Actions": [
                        {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {}},
                        {"Type": "forward", "Order": 2, "TargetGroupArn": {"Ref": "Targets"}},
                    ],
                },
            }
        },
    }

    def made() -> None:
        parameters = {"Listener": "https-arn", "Targets": "app-targets-arn"}
        cloudformation.Stack("rules", template_body=json.dumps(body), parameters=parameters)

    graph = behind(made).graph()
    assert (answers(graph, "/console/api"), answers(graph, "/")) == ({"app after sign-in"}, {"404"})


ALLOWED = {**SIGN_IN["authenticate_oidc"], "on_unauthenticated_request": "allow"}
UNSIGNED: dict[str, Any] = {**SIGN_IN, "authenticate_oidc": ALLOWED}


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (behind(rule(1, paths("/a"), paths("/b"))), "a condition of two parts"),
        (behind(rule(1, paths("/a"), actions=(UNSIGNED, {**FORWARD, "order": 2}))), "not signed in"),
        (behind(rule(1, paths("/a"), actions=({"type": "authenticate-cognito"},))), "authenticate-cognito"),
        (behind(rule(1, paths("/a"), actions=({**FORWARD, "target_group_arn": "other"},))), "no TargetGroup"),
    ],
)
def test_a_rule_that_is_not_understood_is_an_error(network: Tiny, says: str) -> None:
    with pytest.raises(UnknownShapeError, match=says):
        answers(network.graph(), "/a")
