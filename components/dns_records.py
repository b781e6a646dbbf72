"""What the public name says in DNS: where it leads, and who may issue certificates for it."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import route53

from components.component import Component

AUTHORITIES = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""The names under which Amazon issues certificates (ACM User Guide, "Certification Authority Authorization")."""

_CAA_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class AliasTarget:
    """An AWS resource that a name can lead to. `checks_health` lets Route 53 ask whether anything behind it answers,
    which CloudFront does not offer (Route 53 Developer Guide, "Values specific for simple alias records")."""

    dns_name: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    has_ipv6: bool
    checks_health: bool


@dataclass(frozen=True, kw_only=True)
class DnsRecordsArgs:
    """`domain` lies in the zone `zone_id` and leads to `target`."""

    zone_id: str
    domain: str
    target: AliasTarget


class DnsRecords(Component):
    """Address records for IPv4 and, where the target has it, IPv6; and a CAA record that lets Amazon alone issue
    certificates for this very name, and nobody wildcards below it (RFC 8659)."""

    type_token = "dify:edge:DnsRecords"  # noqa: S105

    fqdn: pulumi.Output[str]

    def __init__(self, name: str, args: DnsRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.fqdn = self._alias(f"{name}-ipv4", "A", args).fqdn
        if args.target.has_ipv6:
            self._alias(f"{name}-ipv6", "AAAA", args)
        route53.Record(
            f"{name}-caa",
            zone_id=args.zone_id,
            name=args.domain,
            type="CAA",
            ttl=_CAA_SECONDS,
            records=[*(f'0 issue "{authority}"' for authority in AUTHORITIES), '0 issuewild ";"'],
            opts=self.child(),
        )
        self.done()

    def _alias(self, name: str, kind: str, args: DnsRecordsArgs) -> route53.Record:
        return route53.Record(
            name,
            zone_id=args.zone_id,
            name=args.domain,
            type=kind,
            aliases=[
                {
                    "name": args.target.dns_name,
                    "zone_id": args.target.zone_id,
                    "evaluate_target_health": args.target.checks_health,
                }
            ],
            opts=self.child(),
        )
