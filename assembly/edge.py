"""The way in: name, certificate, firewall, load balancer, and CloudFront where the stack has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from assembly.foundation import Foundation
from assembly.regions import Region
from assembly.remote import Remote
from components.alarm_tables.certificates import certificate_alarms
from components.alarm_tables.content_delivery import content_delivery_alarms
from components.alarm_tables.firewall import web_acl_alarms
from components.certificate import Certificate, CertificateArgs
from components.content_delivery import ContentDelivery, ContentDeliveryArgs
from components.dns_records import AliasTarget, DnsRecords, DnsRecordsArgs
from components.key import Key, KeyArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.sign_in import SignIn, SignInArgs
from components.site import LogPolicy
from components.web_acl import WebAcl, WebAclArgs
from dify.flows import LOAD_BALANCER
from settings.plan import deployments, is_dual_stack
from settings.regions import WORLDWIDE


@dataclass(frozen=True, kw_only=True)
class Edge:
    """`web_acl` is None in a network without internet, `delivery` without CloudFront. `guards`
    must stand before anything answers."""

    load_balancer: LoadBalancer
    certificate: Certificate
    web_acl: WebAcl | None
    delivery: ContentDelivery | None
    guards: Sequence[pulumi.Resource]


def build_edge(base: Foundation, remotes: Mapping[str, Remote]) -> Edge:
    """The public entry, or a private one in a network without internet."""
    config, here = base.config, base.here
    worldwide = None if base.regions.worldwide is None else remotes[WORLDWIDE]
    certificate = Certificate(
        "certificate",
        CertificateArgs(
            domain=config.domain, given_arn=config.edge.certificate_arn, zone_id=config.edge.hosted_zone_id
        ),
        here,
    )
    balancer = LoadBalancer(
        "edge",
        LoadBalancerArgs(
            site=base.site,
            vpc_id=base.network.vpc_id,
            subnet_ids=base.network.edge_subnet_ids,
            security_group_id=base.group_ids[LOAD_BALANCER],
            certificate_arn=certificate.arn,
            choices=config.edge,
            log_bucket=base.records.logs_bucket,
            services=[deployment.service for deployment in deployments(config)],
            internal=not config.network.internet,
            dual_stack=is_dual_stack(config),
            fail_open=config.web_firewall.fail_open,
        ),
        here,
    )
    if worldwide is None:
        acl = _web_acl(base, base.regions.home, base.logs, balancer.arn) if config.network.internet else None
        delivery = None
    else:
        acl = _web_acl(base, worldwide.region, _logs(base, worldwide.region), None)
        delivery = _delivery(base, worldwide, acl, certificate, balancer)
    _records(base, balancer.alias if delivery is None else delivery.alias)
    return Edge(
        load_balancer=balancer,
        certificate=certificate,
        web_acl=acl,
        delivery=delivery,
        guards=_sign_in(base, balancer),
    )


def _sign_in(base: Foundation, balancer: LoadBalancer) -> list[pulumi.Resource]:
    chosen = base.config.sign_in
    if chosen is None:
        return []
    args = SignInArgs(
        site=base.site,
        choices=chosen,
        listener_arn=balancer.https_listener_arn,
        target_group_arns=balancer.target_group_arns,
    )
    return [SignIn("sign-in", args, base.here)]


def _web_acl(base: Foundation, region: Region, logs: LogPolicy, balancer_arn: pulumi.Input[str] | None) -> WebAcl:
    return WebAcl(
        "web-acl",
        WebAclArgs(
            site=region.site,
            scope="CLOUDFRONT" if balancer_arn is None else "REGIONAL",
            choices=base.config.web_firewall,
            own_addresses=base.network.nat_addresses,
            logs=logs,
            protects=balancer_arn,
        ),
        region.here,
    )


def _delivery(
    base: Foundation, worldwide: Remote, acl: WebAcl, certificate: Certificate, balancer: LoadBalancer
) -> ContentDelivery:
    config, region = base.config, worldwide.region
    chosen = config.edge.content_delivery
    if chosen is None:
        raise ValueError("there is nothing to deliver without edge.contentDelivery")
    issued = Certificate(
        "delivery-certificate",
        CertificateArgs(
            domain=config.domain, given_arn=chosen.certificate_arn, validation_record=certificate.validation_record
        ),
        region.here,
    )
    delivery = ContentDelivery(
        "delivery",
        ContentDeliveryArgs(
            site=region.site,
            domain=config.domain,
            certificate_arn=issued.arn,
            balancer_arn=balancer.arn,
            balancer_dns_name=balancer.dns_name,
            web_acl_arn=acl.arn,
            log_bucket_arn=base.records.audit_arn,
            choices=chosen,
        ),
        region.here,
    )
    worldwide.watch(
        "delivery",
        [
            *content_delivery_alarms(config.alarms, delivery.distribution_id),
            *certificate_alarms({"delivery": issued.arn}),
            *web_acl_alarms(acl.acl_name, acl.rules, region=None),
        ],
    )
    return delivery


def _logs(base: Foundation, region: Region) -> LogPolicy:
    """Logs of another region need a key there."""
    service = f"logs.{region.site.region}.amazonaws.com"
    key = Key(
        "delivery-logs", KeyArgs(site=region.site, purpose="Logs of CloudFront", principals=(service,)), region.here
    )
    return LogPolicy(path=base.logs.path, retention_days=base.logs.retention_days, key_arn=key.arn)


def _records(base: Foundation, target: AliasTarget) -> None:
    zone = base.config.edge.hosted_zone_id
    if zone is not None:
        DnsRecords("domain", DnsRecordsArgs(zone_id=zone, domain=base.config.domain, target=target), base.here)
