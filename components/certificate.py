"""The TLS certificate of the public name, issued and validated through DNS."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, route53

from components.component import Component
from settings.edge import Edge

_RECORD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """`choices` either give a certificate for `domain` or the public zone where one is validated."""

    domain: str
    choices: Edge


class Certificate(Component):
    """A given certificate, or one that ACM renews by itself for as long as the validation record stands."""

    type_token = "dify:edge:Certificate"  # noqa: S105

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        given, zone = args.choices.certificate_arn, args.choices.hosted_zone_id
        self.arn = self._issue(name, args.domain, zone) if zone is not None else pulumi.Output.from_input(given or "")
        self.done()

    def _issue(self, name: str, domain: str, zone: str) -> pulumi.Output[str]:
        certificate = acm.Certificate(
            f"{name}-certificate", domain_name=domain, validation_method="DNS", opts=self.child()
        )
        # One name gives exactly one validation option, so the record exists in the plan before ACM has answered.
        option = certificate.domain_validation_options[0]
        record = route53.Record(
            f"{name}-validation",
            zone_id=zone,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=_RECORD_SECONDS,
            allow_overwrite=True,
            opts=self.child(),
        )
        validation = acm.CertificateValidation(
            f"{name}-validated",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=self.child(),
        )
        return validation.certificate_arn
