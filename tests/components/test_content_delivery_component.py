"""CloudFront in front of the load balancer: what it keeps, what it passes on, and what it tells browsers."""

from functools import cache
from typing import Any

import pytest

from components.certificate import Certificate, CertificateArgs
from components.content_delivery import ContentDelivery, ContentDeliveryArgs
from components.dns_records import DnsRecords, DnsRecordsArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.site import Site
from dify.routes import PREFIXES, routes, service_of
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB
from settings.content_delivery import ContentDelivery as Choices
from settings.edge import Edge
from settings.environment import Lifecycle
from settings.regions import WORLDWIDE
from tests.components.component_graphs import ACCOUNT, below, site
from tests.recorder import Graph, record

_DOMAIN = "dify.example.com"
_ZONE = "Z0123456789ABCDEFGHIJ"
_WORLDWIDE = Site(name="dify-prod", account=ACCOUNT, region=WORLDWIDE, lifecycle=Lifecycle.RETAIN)

_POLICIES = {
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    "216adef6-5c7f-47e4-b989-5492eafa07d3": "AllViewer",
    "bf0718e1-ba1e-49d1-88b1-f726733018ae": "HostHeaderOnly",
}
"""AWS's managed policies (CloudFront Developer Guide, "Use managed cache policies", "... origin request policies")."""

_FACING = (WEB.name, API.name, API_WEBSOCKET.name, PLUGIN_DAEMON.name)
_DYNAMIC = [
    *(pattern.replace("*", "x/y") for route in routes(_FACING) for pattern in route.patterns),
    *("/", "/apps", "/signin", "/install", "/chat/token", "/_next/image", "/_next/data/x.json", "/_next/staticx"),
    *("/v1/chat-messages", "/api/chat-messages", "/console/api/login", "/e/hook/_next/static/x", "/embed.min.js"),
]


@cache
def _delivery(timeout: int = 120, price: str = "PriceClass_All") -> Graph:
    choices = Choices.model_validate({"originTimeoutSeconds": timeout, "priceClass": price}, strict=False)
    args = ContentDeliveryArgs(
        site=_WORLDWIDE,
        domain=_DOMAIN,
        certificate_arn="certificate",
        balancer_arn="balancer",
        balancer_dns_name="internal-edge.example",
        web_acl_arn="acl",
        log_bucket_arn="arn:aws:s3:::records",
        choices=choices,
    )
    return record(lambda: ContentDelivery("delivery", args))


def _distribution(graph: Graph | None = None) -> dict[str, Any]:
    return (graph or _delivery()).named("delivery-distribution").inputs


def _behavior(path: str) -> dict[str, Any]:
    """The behavior that CloudFront chooses for `path`: the first whose pattern it matches, else the default one."""
    for behavior in _distribution()["orderedCacheBehaviors"]:
        head, star, rest = behavior["pathPattern"].partition("*")
        assert (star, rest) == ("*", ""), "these tests know one star at the end only"
        if path.startswith(head):
            return behavior
    return _distribution()["defaultCacheBehavior"]


def _every_behavior() -> list[dict[str, Any]]:
    return [_distribution()["defaultCacheBehavior"], *_distribution()["orderedCacheBehaviors"]]


@pytest.mark.parametrize("path", _DYNAMIC)
def test_no_answer_that_dify_makes_is_kept_and_the_whole_request_reaches_it(path: str) -> None:
    behavior = _behavior(path)
    assert _POLICIES[behavior["cachePolicyId"]] == "CachingDisabled"
    assert _POLICIES[behavior["originRequestPolicyId"]] == "AllViewer"
    assert {*behavior["allowedMethods"]} == {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}


def test_these_paths_cover_every_prefix_that_dify_routes() -> None:
    for prefix, service in PREFIXES.items():
        assert any(path.startswith(prefix) and service_of(path, _FACING) == service for path in _DYNAMIC), prefix


@pytest.mark.parametrize("path", ["/_next/static/chunks/main-0a1b2c.js", "/_next/static/css/x.css"])
def test_files_that_never_change_are_kept_by_path_and_without_the_users_cookies(path: str) -> None:
    behavior = _behavior(path)
    assert _POLICIES[behavior["cachePolicyId"]] == "CachingOptimized"
    assert _POLICIES[behavior["originRequestPolicyId"]] == "HostHeaderOnly"
    assert behavior["allowedMethods"] == ["GET", "HEAD"]
    assert behavior["compress"] is True
    assert service_of(path, _FACING) == WEB.name


def test_an_error_of_one_user_is_never_given_to_another() -> None:
    kept = {one["errorCode"]: one["errorCachingMinTtl"] for one in _distribution()["customErrorResponses"]}
    assert set(kept) == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert set(kept.values()) == {0}


def test_no_error_page_replaces_difys_answer() -> None:
    assert not any("responsePagePath" in one for one in _distribution()["customErrorResponses"])


def test_plain_http_is_redirected_on_every_path() -> None:
    assert {one["viewerProtocolPolicy"] for one in _every_behavior()} == {"redirect-to-https"}


def test_browsers_get_modern_tls_under_the_stacks_own_certificate() -> None:
    assert _distribution()["viewerCertificate"] == {
        "acmCertificateArn": "certificate",
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    }
    assert _distribution()["aliases"] == [_DOMAIN]


def test_it_speaks_http_3_and_ipv6() -> None:
    assert (_distribution()["httpVersion"], _distribution()["isIpv6Enabled"]) == ("http2and3", True)


def test_the_web_firewall_stands_before_it() -> None:
    assert _distribution()["webAclId"] == "acl"


def test_it_reaches_the_load_balancer_inside_the_network_by_tls_and_nothing_else() -> None:
    (origin,) = _distribution()["origins"]
    assert set(origin) == {"originId", "domainName", "vpcOriginConfig"}
    assert origin["vpcOriginConfig"]["vpcOriginId"] == "delivery-origin-id"
    assert origin["domainName"] == "internal-edge.example"
    endpoint = _delivery().one("cloudfront/vpcOrigin:VpcOrigin").inputs["vpcOriginEndpointConfig"]
    assert (endpoint["arn"], endpoint["originProtocolPolicy"]) == ("balancer", "https-only")
    assert endpoint["originSslProtocols"] == {"items": ["TLSv1.2"], "quantity": 1}


@pytest.mark.parametrize("seconds", [30, 120])
def test_it_waits_for_answers_for_the_chosen_time(seconds: int) -> None:
    (origin,) = _distribution(_delivery(seconds))["origins"]
    assert origin["vpcOriginConfig"]["originReadTimeout"] == seconds
    assert "responseCompletionTimeout" not in origin, "a stream may take as long as it takes"


def test_the_price_class_is_the_chosen_one() -> None:
    assert _distribution(_delivery(price="PriceClass_100"))["priceClass"] == "PriceClass_100"


def test_every_answer_tells_browsers_to_stay_with_https_and_to_guess_no_types() -> None:
    headers = _delivery().one(":ResponseHeadersPolicy")
    assert {one["responseHeadersPolicyId"] for one in _every_behavior()} == {"delivery-headers-id"}
    security = headers.inputs["securityHeadersConfig"]
    assert security["strictTransportSecurity"] == {"accessControlMaxAgeSec": 31_536_000, "override": True}
    assert security["contentTypeOptions"] == {"override": True}
    assert security["referrerPolicy"]["override"] is False


def test_no_answer_says_what_runs_behind() -> None:
    removed = _delivery().one(":ResponseHeadersPolicy").inputs["removeHeadersConfig"]["items"]
    assert {one["header"] for one in removed} == {"Server", "X-Powered-By"}


def test_who_may_frame_a_page_is_left_to_dify() -> None:
    security = _delivery().one(":ResponseHeadersPolicy").inputs["securityHeadersConfig"]
    assert not {"frameOptions", "contentSecurityPolicy"} & set(security)


def test_every_request_is_logged_to_its_folder_of_the_bucket() -> None:
    graph = _delivery()
    source = graph.one(":LogDeliverySource").inputs
    assert (source["logType"], source["resourceArn"]) == ("ACCESS_LOGS", "delivery-distribution-arn")
    where = graph.one(":LogDeliveryDestination").inputs["deliveryDestinationConfiguration"]
    assert where == {"destinationResourceArn": "arn:aws:s3:::records/cloudfront"}
    delivery = graph.one(":LogDelivery").inputs
    assert delivery["deliverySourceName"] == "delivery-log-source-name"
    assert delivery["deliveryDestinationArn"] == "delivery-log-bucket-arn"


def test_no_session_of_a_user_is_logged() -> None:
    fields = _delivery().one(":LogDelivery").inputs["recordFields"]
    assert {"c-ip", "cs-method", "cs-uri-stem", "sc-status", "x-forwarded-for"} <= set(fields)
    assert not [field for field in fields if "cookie" in field.lower() or "authorization" in field.lower()]


@cache
def _edges(*, fronted: bool) -> Graph:
    """The whole edge of a stack, as it is put together with and without CloudFront."""
    choices = Edge.model_validate(
        {"hostedZoneId": _ZONE, "hostedZoneName": "example.com", **({"contentDelivery": {}} if fronted else {})}
    )

    def build() -> None:
        here = Certificate("certificate", CertificateArgs(domain=_DOMAIN, given_arn=None, zone_id=_ZONE))
        balancer = LoadBalancer(
            "edge",
            LoadBalancerArgs(
                site=site(),
                vpc_id="vpc",
                subnet_ids=["subnet-a", "subnet-b"],
                security_group_id="group",
                certificate_arn=here.arn,
                choices=choices,
                log_bucket="logs",
                services=(WEB, API, API_WEBSOCKET, PLUGIN_DAEMON),
            ),
        )
        target = balancer.alias
        if choices.content_delivery is not None:
            worldwide = Certificate(
                "certificate-worldwide",
                CertificateArgs(domain=_DOMAIN, given_arn=None, validation_record=here.validation_record),
            )
            target = ContentDelivery(
                "delivery",
                ContentDeliveryArgs(
                    site=_WORLDWIDE,
                    domain=_DOMAIN,
                    certificate_arn=worldwide.arn,
                    balancer_arn=balancer.arn,
                    balancer_dns_name=balancer.dns_name,
                    web_acl_arn="acl",
                    log_bucket_arn="arn:aws:s3:::records",
                    choices=choices.content_delivery,
                ),
            ).alias
        DnsRecords("dns", DnsRecordsArgs(zone_id=_ZONE, domain=_DOMAIN, target=target))

    return record(build)


@pytest.mark.parametrize(
    ("fronted", "edge", "ipv6"), [(True, "delivery-distribution", True), (False, "edge-alb", False)]
)
def test_the_name_leads_to_exactly_one_edge(fronted: bool, edge: str, ipv6: bool) -> None:
    aliases = [one for one in _edges(fronted=fronted).of("route53/record:Record") if one.inputs.get("aliases")]
    assert {one.inputs["type"] for one in aliases} == ({"A", "AAAA"} if ipv6 else {"A"})
    targets = {one.inputs["aliases"][0]["name"].rpartition("-")[0] for one in aliases}
    assert targets == {edge}


def test_with_cloudfront_the_load_balancer_is_private_and_each_has_a_valid_certificate() -> None:
    graph = _edges(fronted=True)
    assert graph.named("edge-alb").inputs["internal"] is True
    shown = graph.named("delivery-distribution").inputs["viewerCertificate"]["acmCertificateArn"]
    assert shown == graph.named("certificate-worldwide-validated").outputs["certificateArn"]
    assert graph.named("edge-https").inputs["certificateArn"] != shown
    assert len([one for one in graph.of("route53/record:Record") if one.name.endswith("-validation")]) == 1


def test_all_of_it_stands_under_one_component() -> None:
    assert {one.name for one in below(_delivery(), ContentDelivery, "delivery")} == {
        *("delivery-headers", "delivery-origin", "delivery-distribution"),
        *("delivery-log-source", "delivery-log-bucket", "delivery-logs"),
    }
