"""The public entry: an Application Load Balancer that speaks HTTPS and knows Dify's routes."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lb, route53

from components.component import Component
from components.site import Site
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
    """`log_bucket` takes the access logs. `services` are those that run; the ones with a health check get requests.
    Where `choices` name a hosted zone, `domain` is pointed here. An `internal` one has private addresses only."""

    site: Site
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    choices: Edge
    log_bucket: pulumi.Input[str]
    services: Sequence[Service]
    domain: str
    internal: bool = False


class LoadBalancer(Component):
    """Port 443 routes, port 80 only redirects. One target group per service."""

    type_token = "dify:edge:LoadBalancer"  # noqa: S105

    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    target_group_arns: dict[str, pulumi.Output[str]]
    target_group_suffixes: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        balancer = lb.LoadBalancer(
            f"{name}-alb",
            load_balancer_type="application",
            internal=args.internal,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            idle_timeout=args.choices.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.site.retains,
            enable_http2=True,
            access_logs={"bucket": args.log_bucket, "prefix": LOG_PREFIX, "enabled": True},
            opts=self.child(),
        )
        groups = {
            service.name: self._target_group(name, service, args)
            for service in args.services
            if service.health is not None
        }
        listener = lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=args.choices.tls_policy,
            certificate_arn=args.certificate_arn,
            default_actions=[{"type": "forward", "target_group_arn": groups[WEB.name].arn}],
            opts=self.child(),
        )
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
        if args.choices.hosted_zone_id is not None:
            route53.Record(
                f"{name}-alias",
                zone_id=args.choices.hosted_zone_id,
                name=args.domain,
                type="A",
                aliases=[
                    {"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True},
                ],
                opts=self.child(),
            )
        self.arn_suffix = balancer.arn_suffix
        self.dns_name = balancer.dns_name
        self.target_group_arns = {service: group.arn for service, group in groups.items()}
        self.target_group_suffixes = {service: group.arn_suffix for service, group in groups.items()}
        self.done()

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
"""Folder of the log bucket that takes the access logs."""
