"""The rules about CloudFront, listeners and certificates where a change of one property is not enough to tell."""

from typing import Any

import pytest

from policies.guardrails import certificates, content_delivery, edge
from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge

MODULES = {module.__name__ for module in (edge, content_delivery, certificates)}
NO_CACHE = content_delivery.NO_CACHE


def findings(rule: str, stack: Stack) -> list[str]:
    """What `rule`, by the end of its name, says of `stack`."""
    (policy,) = [one.policy for one in RULES if one.name.endswith(rule) and one.check.__module__ in MODULES]
    return [message for _, _, message in judge(stack, [policy]).violations]


def _cloudfront(**changes: Any) -> Stack:
    """A distribution as it should be, but for `changes`, with all that stands around it."""
    balancer = Declared(type=t.LOAD_BALANCER, name="balancer", props={"internal": True})
    origin = Declared(type=t.VPC_ORIGIN, name="origin", links={"vpcOriginEndpointConfig": [balancer.urn]})
    security = {
        "strictTransportSecurity": {"accessControlMaxAgeSec": 31536000},
        "contentTypeOptions": {"override": True},
    }
    headers = Declared(type=t.RESPONSE_HEADERS, name="headers", props={"securityHeadersConfig": security})
    links = {
        "origins": [origin.urn],
        "defaultCacheBehavior": [headers.urn],
        "orderedCacheBehaviors": [headers.urn],
    }
    props = {
        "origins": [{"originId": "one", "vpcOriginConfig": {"vpcOriginId": "id"}}],
        "defaultCacheBehavior": _behavior(),
        "orderedCacheBehaviors": [_behavior(pathPattern="/_next/static/*")],
        **changes,
    }
    return [Declared(type=t.DISTRIBUTION, name="cdn", props=props, links=links), balancer, origin, headers]


def _behavior(**changes: Any) -> dict[str, Any]:
    whole = {"viewerProtocolPolicy": "https-only", "cachePolicyId": NO_CACHE, "responseHeadersPolicyId": "id"}
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


@pytest.mark.parametrize("rule", ["redirect-to-https", "have-private-origins", "send-security-headers"])
def test_all_of_it_as_it_should_be_is_silent(rule: str) -> None:
    assert findings(rule, _cloudfront()) == []


@pytest.mark.parametrize(
    "origin",
    [
        {"customOriginConfig": {"originProtocolPolicy": "https-only"}},
        {"s3OriginConfig": {"originAccessIdentity": "x"}},
    ],
    ids=["custom", "s3"],
)
def test_an_origin_that_anybody_can_reach_is_refused_beside_a_private_one(origin: dict[str, Any]) -> None:
    private = {"originId": "one", "vpcOriginConfig": {"vpcOriginId": "id"}}
    said = findings("have-private-origins", _cloudfront(origins=[private, {"originId": "two", **origin}]))
    assert any("which anybody can reach" in message for message in said)
    assert any("no VPC origin of this stack" in message for message in said)


def test_a_vpc_origin_must_lead_to_a_load_balancer_of_the_stack() -> None:
    stack = _cloudfront()
    stack[2].links = {}
    assert findings("have-private-origins", stack) == ["cdn: has a VPC origin that is no load balancer of this stack"]


def test_another_load_balancer_beside_cloudfront_may_not_be_public() -> None:
    stack = [*_cloudfront(), Declared(type=t.LOAD_BALANCER, name="other", props={"internal": False})]
    assert findings("have-private-origins", stack) == ["cdn: other can be reached beside it"]


def test_without_cloudfront_a_load_balancer_may_be_public() -> None:
    assert findings("have-private-origins", [Declared(type=t.LOAD_BALANCER, name="alone")]) == []


def test_one_behavior_of_many_without_headers_is_found() -> None:
    static = _behavior(pathPattern="/_next/static/*")
    bare = _behavior(pathPattern="/logo/*", responseHeadersPolicyId=None)
    said = findings("send-security-headers", _cloudfront(orderedCacheBehaviors=[static, bare]))
    assert said == ["cdn: answers /logo/* without a policy of headers of this stack"]


def test_a_policy_of_headers_that_aws_manages_is_not_ours_to_judge_and_does_not_do() -> None:
    stack = _cloudfront(defaultCacheBehavior=_behavior(responseHeadersPolicyId=None))
    stack[0].links["defaultCacheBehavior"] = []
    assert findings("send-security-headers", stack) == ["cdn: answers * without a policy of headers of this stack"]


def test_headers_that_a_preview_leaves_out_are_found_by_their_link() -> None:
    bare = _behavior(responseHeadersPolicyId=None)
    static = {**bare, "pathPattern": "/_next/static/*"}
    assert (
        findings("send-security-headers", _cloudfront(defaultCacheBehavior=bare, orderedCacheBehaviors=[static])) == []
    )


@pytest.mark.parametrize("pattern", ["/v1/*", "*.js", "/_next/*", "/files/*", "/", "/_next/staticx/*"])
def test_a_path_that_may_change_may_not_be_kept(pattern: str) -> None:
    kept = _behavior(pathPattern=pattern, cachePolicyId="another")
    said = findings("not-keep-answers", _cloudfront(orderedCacheBehaviors=[kept]))
    assert f"cdn: keeps answers of {pattern}" in said


def test_keeping_by_the_old_way_is_keeping() -> None:
    old = _behavior(cachePolicyId=None, forwardedValues={"queryString": True})
    assert "cdn: keeps answers of *" in findings("not-keep-answers", _cloudfront(defaultCacheBehavior=old))


def test_each_error_that_is_kept_is_named() -> None:
    forgotten = [{"errorCode": code, "errorCachingMinTtl": 0} for code in content_delivery.CACHED_ERRORS - {404, 503}]
    kept = [{"errorCode": 404, "errorCachingMinTtl": 10}]
    said = findings("not-keep-answers", _cloudfront(customErrorResponses=[*forgotten, *kept]))
    assert said == ["cdn: keeps errors 404, 503 for the next who asks"]


@pytest.mark.parametrize(
    ("version", "passes"),
    [("TLSv1.2_2021", True), ("TLSv1.2_2025", True), ("TLSv1.3_2025", True), ("TLSv1.2_2019", False), (None, False)],
)
def test_the_security_policy_offers_forward_secrecy_only(version: str | None, passes: bool) -> None:
    certificate = {"acmCertificateArn": "x", "sslSupportMethod": "sni-only", "minimumProtocolVersion": version}
    assert (findings("distribution-must-use-modern-tls", _cloudfront(viewerCertificate=certificate)) == []) is passes


def test_cloudfronts_own_certificate_does_not_do() -> None:
    shared = {"cloudfrontDefaultCertificate": True}
    said = findings("distribution-must-use-modern-tls", _cloudfront(viewerCertificate=shared))
    assert "cdn: has no certificate of its own" in said


def test_deliveries_of_other_logs_may_list_no_fields() -> None:
    source = Declared(type=t.LOG_SOURCE, name="source")
    delivery = Declared(type=t.LOG_DELIVERY, name="delivery", links={"deliverySourceName": [source.urn]})
    assert findings("not-keep-cookies", [source, delivery]) == []
    (cdn, *_) = _cloudfront()
    source.links = {"resourceArn": [cdn.urn]}
    assert findings("not-keep-cookies", [cdn, source, delivery]) == ["delivery: delivers cookies"]


def _listener(*, fronted: bool, header: str | None) -> Stack:
    balancer = Declared(type=t.LOAD_BALANCER, name="balancer")
    props = {"protocol": "HTTPS", "routingHttpResponseStrictTransportSecurityHeaderValue": header}
    listener = Declared(type=t.LISTENER, name="https", props=props, links={"loadBalancerArn": [balancer.urn]})
    origin = Declared(type=t.VPC_ORIGIN, name="origin", links={"vpcOriginEndpointConfig": [balancer.urn]})
    return [balancer, listener, *([origin] if fronted else [])]


@pytest.mark.parametrize(
    ("header", "passes"),
    [
        ("max-age=31536000", True),
        ("includeSubDomains; max-age=63072000", True),
        ("max-age=300", False),
        ("x-max-age=31536000", False),
        (None, False),
    ],
)
def test_a_listener_that_browsers_reach_sends_a_year_of_hsts(header: str | None, *, passes: bool) -> None:
    assert (findings("send-hsts", _listener(fronted=False, header=header)) == []) is passes


def test_behind_cloudfront_a_listener_need_not() -> None:
    assert findings("send-hsts", _listener(fronted=True, header=None)) == []


def _certificate(*records: dict[str, Any], **props: Any) -> Stack:
    certificate = Declared(type=t.CERTIFICATE, name="one", props={"domainName": "dify.example.com", **props})
    return [
        certificate,
        *(Declared(type=t.DNS_RECORD, name=f"record{at}", props=record) for at, record in enumerate(records)),
    ]


@pytest.mark.parametrize(
    ("record", "passes"),
    [
        ({"type": "CAA", "name": "dify.example.com", "records": ['0 issue "amazon.com"']}, True),
        ({"type": "CAA", "name": "dify.example.com.", "records": ['0 issue "amazon.com"']}, True),
        ({"type": "CAA", "name": "other.example.com", "records": ['0 issue "amazon.com"']}, False),
        ({"type": "CAA", "name": "dify.example.com", "records": ['0 issue ";"']}, False),
        ({"type": "TXT", "name": "dify.example.com", "records": ['0 issue "amazon.com"']}, False),
    ],
)
def test_the_caa_record_is_of_the_name_and_lets_amazon_issue(record: dict[str, Any], *, passes: bool) -> None:
    assert (findings("have-a-caa-record", _certificate(record)) == []) is passes


@pytest.mark.parametrize("name", ["*.example.com", "dify.*.com"])
def test_no_name_of_a_certificate_has_a_star(name: str) -> None:
    assert findings("not-be-a-wildcard", _certificate(domainName=name)) != []
    assert findings("not-be-a-wildcard", _certificate(subjectAlternativeNames=["a.example.com", name])) != []
    assert findings("not-be-a-wildcard", _certificate(subjectAlternativeNames=["a.example.com"])) == []


def test_an_alarm_watches_a_certificate_through_what_says_that_it_is_valid() -> None:
    (certificate,) = _certificate()
    valid = Declared(type=t.CERTIFICATE_VALIDATION, name="valid", links={"certificateArn": [certificate.urn]})
    alarm = Declared(type=t.ALARM, name="expiry", links={"metricQueries": [valid.urn]})
    assert findings("watched-for-expiry", [certificate, valid, alarm]) == []
    assert findings("watched-for-expiry", [certificate, valid]) == ["one: no alarm watches when it expires"]
