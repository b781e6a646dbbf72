"""The edge must fit the domain, the network and the certificates of its stack."""

from typing import Any

import pytest

from settings.edge_consistency import edge_conflicts
from tests.settings.stack_files import REMOVED, unproven

_ARN = "arn:aws:acm:{}:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_GIVEN: dict[str, Any] = {
    "edge.hostedZoneId": REMOVED,
    "edge.hostedZoneName": REMOVED,
    "edge.certificateArn": _ARN.format("eu-central-1"),
}
_DELIVERY: dict[str, Any] = {"edge.contentDelivery": {}}


def lines(changes: dict[str, Any]) -> list[str]:
    return edge_conflicts(unproven(changes))


@pytest.mark.parametrize("domain", ["example.com", "dify.example.com", "a.b.example.com"])
def test_a_domain_may_be_its_zone_or_lie_below_it(domain: str) -> None:
    assert lines({"domain": domain}) == []


@pytest.mark.parametrize("domain", ["dify.example.org", "difyexample.com", "com.example", "example.com.evil.org"])
def test_a_domain_outside_its_zone_is_refused(domain: str) -> None:
    assert lines({"domain": domain}) == [
        (
            f'config dify:domain: got "{domain}"; must be example.com, which is edge.hostedZoneName, or lie below it; '
            "set one such as dify.example.com, or name the zone of the domain"
        )
    ]


def test_a_domain_whose_dns_is_elsewhere_needs_no_zone() -> None:
    assert lines({**_GIVEN, "domain": "a.io"}) == []


def test_cloudfront_in_front_of_a_network_without_internet_is_refused() -> None:
    assert lines({**_DELIVERY, "network.internet": False}) == [
        (
            "config dify:edge.contentDelivery: got a mapping; CloudFront answers the internet, which a network without "
            "internet does not; remove it, or set network.internet to true"
        )
    ]


@pytest.mark.parametrize("ranges", [["8.8.8.0/24"], ["0.0.0.0/0"], ["::/0"]])
def test_address_limits_at_a_load_balancer_that_only_sees_cloudfront_are_refused(ranges: list[str]) -> None:
    (line,) = lines({**_DELIVERY, "edge.allowedCidrs": ranges})
    assert line.startswith("config dify:edge.allowedCidrs: got [")
    assert line.endswith("; remove it, and write the ranges in webFirewall.allowedCidrs")


@pytest.mark.parametrize("ranges", [["0.0.0.0/0", "::/0"], ["::/0", "0.0.0.0/0"]])
def test_any_address_in_either_order_is_no_limit(ranges: list[str]) -> None:
    assert lines({**_DELIVERY, "edge.allowedCidrs": ranges}) == []


def test_a_given_certificate_needs_another_one_for_cloudfront() -> None:
    assert lines({**_GIVEN, **_DELIVERY}) == [
        (
            "config dify:edge.contentDelivery.certificateArn: got nothing; CloudFront needs a certificate of its own "
            "beside edge.certificateArn; add one of us-east-1 for the same domain"
        )
    ]
    assert lines({**_GIVEN, "edge.contentDelivery": {"certificateArn": _ARN.format("us-east-1")}}) == []


def test_a_certificate_for_cloudfront_beside_a_zone_is_refused() -> None:
    arn = _ARN.format("us-east-1")
    assert lines({"edge.contentDelivery": {"certificateArn": arn}}) == [
        (
            f'config dify:edge.contentDelivery.certificateArn: got "{arn}"; with hostedZoneId CloudFront\'s '
            "certificate is issued like the load balancer's; remove it"
        )
    ]


@pytest.mark.parametrize(("seconds", "refused"), [(1, True), (120, True), (121, False), (4000, False)])
def test_the_load_balancer_may_not_cut_what_cloudfront_still_waits_for(seconds: int, *, refused: bool) -> None:
    found = lines({**_DELIVERY, "edge.idleTimeoutSeconds": seconds})
    assert [line.partition(":")[2].partition(":")[0] for line in found] == (
        ["edge.idleTimeoutSeconds"] if refused else []
    )
    assert lines({"edge.idleTimeoutSeconds": seconds}) == []


def test_every_mistake_is_named_at_once() -> None:
    changes = {**_DELIVERY, **_GIVEN, "edge.idleTimeoutSeconds": 60, "edge.allowedCidrs": ["8.8.8.0/24"]}
    assert len(lines(changes)) == 3


@pytest.mark.parametrize("lists", [{"allowedCidrs": {"console": ["8.8.8.0/24"]}}, {"allowedCountries": ["DE"]}])
def test_a_web_firewall_that_decides_who_comes_in_does_not_fail_open(lists: dict[str, Any]) -> None:
    (line,) = lines({"webFirewall": {**lists, "failOpen": True}})
    assert line == (
        "config dify:webFirewall.failOpen: got true; who is on no list would pass as well while AWS WAF does not "
        "answer; set false, or remove allowedCidrs and allowedCountries"
    )
    assert lines({"webFirewall": {**lists, "failOpen": False}}) == []


@pytest.mark.parametrize("edge", [{"edge.contentDelivery": {}}, {"network.internet": False}])
def test_nothing_fails_open_where_no_web_firewall_stands_before_the_load_balancer(edge: dict[str, Any]) -> None:
    rule = "only a load balancer that AWS WAF itself stands before can let requests pass"
    assert any(rule in line for line in lines({**edge, "webFirewall.failOpen": True}))
