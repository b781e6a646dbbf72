"""Cases of the rules about CloudFront, on the production stack that has it."""

from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, drop, put, remove_all, together, unlink
from tests.policies.graph_adapter import Declared, Stack

_HSTS = "securityHeadersConfig.strictTransportSecurity"
_ENDPOINT = "vpcOriginEndpointConfig"


def public_balancer(stack: Stack, _: Declared) -> None:
    """Give the load balancer behind CloudFront public addresses."""
    next(one for one in stack if one.type == t.LOAD_BALANCER).props["internal"] = False


def behaviors(**changes: Any) -> Change:
    """Change the behavior of static files."""
    return together(*(put(f"orderedCacheBehaviors.0.{name}", value) for name, value in changes.items()))


def of(**settings: Any) -> Case:
    """A case on the stack with CloudFront."""
    return Case(source="cdn", **settings)


CASES = [
    of(
        rule="cloudfront-distribution-must-redirect-to-https",
        at=t.DISTRIBUTION,
        breaks=behaviors(viewerProtocolPolicy="allow-all"),
        loses="defaultCacheBehavior.viewerProtocolPolicy",
        hides="orderedCacheBehaviors",
    ),
    of(
        rule="cloudfront-distribution-must-use-modern-tls",
        at=t.DISTRIBUTION,
        breaks=put("viewerCertificate.minimumProtocolVersion", "TLSv1.1_2016"),
        loses=together(drop("viewerCertificate.acmCertificateArn"), unlink("viewerCertificate")),
        hides="viewerCertificate",
    ),
    of(
        rule="cloudfront-distribution-must-log-access",
        at=t.LOG_SOURCE,
        breaks=put("logType", "CONNECTION_LOGS"),
        loses=remove_all(t.LOG_DELIVERY),
        hides="logType",
    ),
    of(
        rule="cloudfront-log-delivery-must-not-keep-cookies",
        at=t.LOG_DELIVERY,
        breaks=put("recordFields", ["date", "cs(Cookie)"]),
        loses="recordFields",
        hides="recordFields",
    ),
    of(
        rule="cloudfront-distribution-must-have-private-origins",
        at=t.DISTRIBUTION,
        breaks=public_balancer,
        also=frozenset({"lb-load-balancer-must-have-a-web-acl"}),
        loses=unlink("origins"),
        hides="origins",
    ),
    of(
        rule="cloudfront-vpc-origin-must-use-tls",
        at=t.VPC_ORIGIN,
        breaks=put(f"{_ENDPOINT}.originSslProtocols.items", ["TLSv1.2", "TLSv1"]),
        loses=f"{_ENDPOINT}.originProtocolPolicy",
        hides=f"{_ENDPOINT}.originProtocolPolicy",
    ),
    of(
        rule="cloudfront-distribution-must-send-security-headers",
        at=t.RESPONSE_HEADERS,
        breaks=put(f"{_HSTS}.accessControlMaxAgeSec", 300),
        loses=_HSTS,
        hides=f"{_HSTS}.accessControlMaxAgeSec",
    ),
    of(
        rule="cloudfront-distribution-must-not-keep-answers",
        at=t.DISTRIBUTION,
        breaks=behaviors(pathPattern="/v1/*"),
        loses=drop("customErrorResponses"),
        hides="defaultCacheBehavior",
    ),
]
