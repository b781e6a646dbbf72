"""The TLS certificate of the public name, issued and validated through DNS."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, route53

from components.component import Component

_RECORD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """`given_arn` is the certificate to use where there is one. Otherwise one is issued for `domain`: validated by a
    record in the public zone `zone_id`, or by `validation_record`, which another certificate of the same name wrote."""

    domain: str
    given_arn: str | None
    zone_id: str | None = None
    validation_record: pulumi.Input[str] | None = None


class Certificate(Component):
    """A given certificate, or one that ACM renews by itself for as long as the validation record stands.

    ACM asks for the same record for the same name in every region of an account, so whoever needs a second certificate
    hands the first one's record on (`validation_record`): written twice, the two would overwrite each other.
    """

    type_token = "dify:edge:Certificate"  # noqa: S105

    arn: pulumi.Output[str]
    validation_record: pulumi.Output[str] | None

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.validation_record = None
        self.arn = self._issue(name, args) if args.given_arn is None else pulumi.Output.from_input(args.given_arn)
        self.done()

    def _issue(self, name: str, args: CertificateArgs) -> pulumi.Output[str]:
        certificate = acm.Certificate(
            f"{name}-certificate",
            domain_name=args.domain,
            validation_method="DNS",
            # Webhooks come from clients that nobody chose; not all of them know elliptic curves.
            key_algorithm="RSA_2048",
            options={"certificate_transparency_logging_preference": "ENABLED"},
            opts=self.child(),
        )
        self.validation_record = (
            self._record(name, certificate, args)
            if args.validation_record is None
            else pulumi.Output.from_input(args.validation_record)
        )
        validation = acm.CertificateValidation(
            f"{name}-validated",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[self.validation_record],
            opts=self.child(),
        )
        return validation.certificate_arn

    def _record(self, name: str, certificate: acm.Certificate, args: CertificateArgs) -> pulumi.Output[str]:
        if args.zone_id is None:
            raise ValueError(f"nowhere to prove that {args.domain} is ours: give a certificate, a zone or a record")
        # One name gives exactly one validation option, so the record exists in the plan before ACM has answered.
        option = certificate.domain_validation_options[0]
        return route53.Record(
            f"{name}-validation",
            zone_id=args.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=_RECORD_SECONDS,
            allow_overwrite=True,
            opts=self.child(),
        ).fqdn
