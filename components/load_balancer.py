"""The load balancer: it speaks HTTPS and knows Dify's routes, as the public entry or behind CloudFront."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lb

from components.component import Component
from components.dns_records import AliasTarget
from components.site import Site
from dify.answers import HSTS_SECONDS
from dify.routes import STICKY, routes
from dify.services import WEB, Service
from settings.edge import Edge

_SESSION_SECONDS = 86_400
"""A working day: how long a browser comes back to the same task."""

DEREGISTRATION_SECONDS = 110
"""How long a leaving task, which gets no new requests, may finish its streams. It fits into the 120 s between SIGTERM
and SIGKILL, whether ECS counts the two one after the other or side by side."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """`log_bucket` takes the logs of requests and of connections. `services` are those that run; the ones with a health
    check get requests. An `internal` one has private addresses only, as has every one whose `choices` put CloudFront
    in front of it. A `dual_stack` one has IPv6 addresses beside those of IPv4. `fail_open` lets requests
    pass while AWS WAF does not answer."""

    site: Site
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    choices: Edge
    log_bucket: pulumi.Input[str]
    services: Sequence[Service]
    internal: bool = False
    dual_stack: bool = False
    fail_open: bool = False

    @property
    def is_edge(self) -> bool:
        """Whether users connect here, and not to CloudFront."""
        return self.choices.content_delivery is None


class LoadBalancer(Component):
    """Port 443 routes, port 80 only redirects, and is closed behind CloudFront. One target group per service.

    As the edge it tells browsers what dify/answers.py says; behind CloudFront, CloudFront does.
    """

    type_token = "dify:edge:LoadBalancer"  # noqa: S105

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    https_listener_arn: pulumi.Output[str]
    target_group_arns: dict[str, pulumi.Output[str]]
    target_group_suffixes: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        balancer = lb.LoadBalancer(
            f"{name}-alb",
            load_balancer_type="application",
            internal=args.internal or not args.is_edge,
            ip_address_type="dualstack" if args.dual_stack else "ipv4",
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            idle_timeout=args.choices.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.site.retains,
            enable_http2=True,
            enable_waf_fail_open=args.fail_open,
            access_logs={"bucket": args.log_bucket, "prefix": LOG_PREFIX, "enabled": True},
            connection_logs={"bucket": args.log_bucket, "prefix": CONNECTION_LOG_PREFIX, "enabled": True},
            opts=self.child(),
        )
        groups = {
            service.name: self._target_group(name, service, args)
            for service in args.services
            if service.health is not None
        }
        listener = self._https(name, args, balancer, groups[WEB.name])
        if args.is_edge:
            self._redirect(name, balancer)
        self.rules: list[pulumi.Resource] = [
            listener,
            *(
                lb.ListenerRule(
                    f"{name}-route-{route.priority}",
                    listener_arn=listener.arn,
                    priority=route.priority,
                    actions=[{"type": "forward", "target_group_arn": groups[route.service].arn}],
                    conditions=[{"path_pattern": {"values": list(route.patterns)}}],
                    opts=self.child(),
                )
                for route in routes(groups)
            ),
        ]
        self._has_ipv6 = args.dual_stack
        self.arn = balancer.arn
        self.arn_suffix = balancer.arn_suffix
        self.dns_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        self.https_listener_arn = listener.arn
        self.target_group_arns = {service: group.arn for service, group in groups.items()}
        self.target_group_suffixes = {service: group.arn_suffix for service, group in groups.items()}
        self.done()

    @property
    def alias(self) -> AliasTarget:
        """What the public name leads to where this is the edge."""
        return AliasTarget(dns_name=self.dns_name, zone_id=self.zone_id, has_ipv6=self._has_ipv6, checks_health=True)

    def _https(
        self, name: str, args: LoadBalancerArgs, balancer: lb.LoadBalancer, default: lb.TargetGroup
    ) -> lb.Listener:
        return lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=args.choices.tls_policy,
            certificate_arn=args.certificate_arn,
            default_actions=[{"type": "forward", "target_group_arn": default.arn}],
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value=f"max-age={HSTS_SECONDS}"
            if args.is_edge
            else None,
            routing_http_response_x_content_type_options_header_value="nosniff" if args.is_edge else None,
            opts=self.child(),
        )

    def _redirect(self, name: str, balancer: lb.LoadBalancer) -> None:
        lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"},
                }
            ],
            opts=self.child(),
        )

    def _target_group(self, name: str, service: Service, args: LoadBalancerArgs) -> lb.TargetGroup:
        if service.port is None or service.health is None:
            raise ValueError(f"service {service.name} listens on no port, so it cannot stand behind a load balancer")
        return lb.TargetGroup(
            f"{name}-{service.name}",
            vpc_id=args.vpc_id,
            port=service.port,
            protocol="HTTP",
            target_type="ip",
            deregistration_delay=DEREGISTRATION_SECONDS,
            load_balancing_algorithm_type="least_outstanding_requests",
            stickiness={"type": "lb_cookie", "enabled": True, "cookie_duration": _SESSION_SECONDS}
            if service.name in STICKY
            else None,
            health_check={
                "path": service.health.path,
                "matcher": service.health.matcher,
                "interval": 15,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            opts=self.child(),
        )


LOG_PREFIX = "load-balancer"
"""Folder of the log bucket that the load balancer writes in, the access logs at its top."""

CONNECTION_LOG_PREFIX = f"{LOG_PREFIX}/connections"
"""Folder of the connection logs, which also name clients that failed to agree on TLS and sent no request."""
