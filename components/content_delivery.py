"""CloudFront: it answers users everywhere, and reaches the load balancer inside the network."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront, cloudwatch

from components.component import Component
from components.dns_records import AliasTarget
from components.site import Site
from dify.answers import HSTS_SECONDS
from settings.content_delivery import ContentDelivery as Choices

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""CloudFront Developer Guide, "Use managed cache policies": the second keys by path alone and follows Cache-Control."""

ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
"""CloudFront Developer Guide, "Use managed origin request policies". The host must be passed on: the certificate of
the load balancer is for the public name, not for its own."""

STATIC = ("/_next/static/*",)
"""Paths whose content never changes, for its hash is part of the name: Next.js sends it as immutable for a year
(Next.js documentation, "Self-hosting", caching). Everything else of Dify is made for one user at one time; the other
files of its web service keep their names when they change."""

LOG_PREFIX = "cloudfront"
"""Folder of the log bucket that takes the access logs, written by delivery.logs.amazonaws.com."""

_ALL_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
_READING = ("GET", "HEAD")
_ORIGIN = "load-balancer"
_KEEPALIVE_SECONDS = 60

_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Those that CloudFront keeps for ten seconds, whatever the cache policy, and gives to the next who asks for the path
(CloudFront Developer Guide, "How CloudFront processes HTTP 4xx and 5xx status codes")."""

_LOG_FIELDS = (
    *("timestamp", "DistributionId", "date", "time", "x-edge-location", "sc-bytes", "c-ip", "c-port", "cs-method"),
    *("cs(Host)", "cs-uri-stem", "cs-uri-query", "sc-status", "cs(Referer)", "cs(User-Agent)", "x-host-header"),
    *("x-edge-result-type", "x-edge-response-result-type", "x-edge-detailed-result-type", "x-edge-request-id"),
    *("cs-protocol", "cs-protocol-version", "cs-bytes", "time-taken", "time-to-first-byte", "x-forwarded-for"),
    *("ssl-protocol", "ssl-cipher", "sc-content-type", "sc-content-len", "sc-range-start", "sc-range-end"),
)
"""All of the standard fields but cs(Cookie): a cookie of Dify is a session (CloudFront Developer Guide, "Standard
logging reference")."""


@dataclass(frozen=True, kw_only=True)
class ContentDeliveryArgs:
    """`site` stands in us-east-1, where CloudFront's certificates, web ACLs and log deliveries are. `balancer_arn` is
    an internal load balancer's. `log_bucket_arn` is known once its policy lets CloudFront's logs in; it may be
    anywhere."""

    site: Site
    domain: str
    certificate_arn: pulumi.Input[str]
    balancer_arn: pulumi.Input[str]
    balancer_dns_name: pulumi.Input[str]
    web_acl_arn: pulumi.Input[str]
    log_bucket_arn: pulumi.Input[str]
    choices: Choices


class ContentDelivery(Component):
    """The only way in: HTTPS from the browser to the task's load balancer, nothing kept but files that never change.

    WebSockets, which live editing needs, pass because every header does (CloudFront Developer Guide, "Use WebSockets
    with CloudFront distributions"). Answers of any length stream, for as long as each pause is shorter than `choices`
    say.
    """

    type_token = "dify:edge:ContentDelivery"  # noqa: S105

    arn: pulumi.Output[str]
    distribution_id: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]

    def __init__(self, name: str, args: ContentDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        headers = self._headers(name)
        origin = self._origin(name, args)
        distribution = cloudfront.Distribution(
            f"{name}-distribution",
            enabled=True,
            comment=f"Dify {args.site.name}",
            aliases=[args.domain],
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=args.choices.price_class.value,
            web_acl_id=args.web_acl_arn,
            viewer_certificate={
                "acm_certificate_arn": args.certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            origins=[
                {
                    "origin_id": _ORIGIN,
                    "domain_name": args.balancer_dns_name,
                    "vpc_origin_config": {
                        "vpc_origin_id": origin.id,
                        "origin_read_timeout": args.choices.origin_timeout_seconds,
                        "origin_keepalive_timeout": _KEEPALIVE_SECONDS,
                    },
                }
            ],
            default_cache_behavior={
                "target_origin_id": _ORIGIN,
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": list(_ALL_METHODS),
                "cached_methods": list(_READING),
                "cache_policy_id": CACHING_DISABLED,
                "origin_request_policy_id": ALL_VIEWER,
                "response_headers_policy_id": headers.id,
            },
            ordered_cache_behaviors=[
                {
                    "path_pattern": pattern,
                    "target_origin_id": _ORIGIN,
                    "viewer_protocol_policy": "redirect-to-https",
                    "allowed_methods": list(_READING),
                    "cached_methods": list(_READING),
                    "cache_policy_id": CACHING_OPTIMIZED,
                    "origin_request_policy_id": HOST_HEADER_ONLY,
                    "response_headers_policy_id": headers.id,
                    "compress": True,
                }
                for pattern in STATIC
            ],
            custom_error_responses=[{"error_code": error, "error_caching_min_ttl": 0} for error in _ERRORS],
            # Who may come from where is the web firewall's to say.
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            opts=self.child(),
        )
        self._log(name, args, distribution)
        self.arn = distribution.arn
        self.distribution_id = distribution.id
        self.dns_name = distribution.domain_name
        self.zone_id = distribution.hosted_zone_id
        self.done()

    @property
    def alias(self) -> AliasTarget:
        """What the public name leads to."""
        return AliasTarget(dns_name=self.dns_name, zone_id=self.zone_id, has_ipv6=True, checks_health=False)

    def _origin(self, name: str, args: ContentDeliveryArgs) -> cloudfront.VpcOrigin:
        return cloudfront.VpcOrigin(
            f"{name}-origin",
            vpc_origin_endpoint_config={
                "name": f"{args.site.name}-{name}",
                "arn": args.balancer_arn,
                "http_port": 80,
                "https_port": 443,
                "origin_protocol_policy": "https-only",
                "origin_ssl_protocols": {"items": ["TLSv1.2"], "quantity": 1},
            },
            opts=self.child(),
        )

    def _headers(self, name: str) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            f"{name}-headers",
            comment="HTTPS only, types as declared, and no word about what runs behind",
            security_headers_config={
                "strict_transport_security": {"access_control_max_age_sec": HSTS_SECONDS, "override": True},
                "content_type_options": {"override": True},
                "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": False},
            },
            remove_headers_config={"items": [{"header": "Server"}, {"header": "X-Powered-By"}]},
            opts=self.child(),
        )

    def _log(self, name: str, args: ContentDeliveryArgs, distribution: cloudfront.Distribution) -> None:
        source = cloudwatch.LogDeliverySource(
            f"{name}-log-source", log_type="ACCESS_LOGS", resource_arn=distribution.arn, opts=self.child()
        )
        bucket = cloudwatch.LogDeliveryDestination(
            f"{name}-log-bucket",
            output_format="json",
            delivery_destination_configuration={
                "destination_resource_arn": pulumi.Output.concat(args.log_bucket_arn, f"/{LOG_PREFIX}")
            },
            opts=self.child(),
        )
        cloudwatch.LogDelivery(
            f"{name}-logs",
            delivery_source_name=source.name,
            delivery_destination_arn=bucket.arn,
            record_fields=list(_LOG_FIELDS),
            s3_delivery_configurations=[
                {"suffix_path": "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", "enable_hive_compatible_path": False}
            ],
            opts=self.child(),
        )
