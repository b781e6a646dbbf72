"""Certificates of the public name: how they are made, renewed and watched."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import ALARM, CERTIFICATE, CERTIFICATE_VALIDATION, DNS_RECORD
from .values import UNKNOWN, is_one_of

AUTHORITY = "amazon.com"
"""A name under which Amazon issues certificates; the first of four (ACM User Guide, CAA)."""

STRONG_KEYS = frozenset({"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"})
CAA = "https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html"
TRANSPARENCY = "https://docs.aws.amazon.com/acm/latest/userguide/acm-bestpractices.html"
CHARACTERISTICS = "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html"


@rule(
    "acm-certificate-must-renew-itself",
    CERTIFICATE,
    severity=Severity.MEDIUM,
    description="Certificates are validated by DNS, so that they renew without a person.",
    remediation="Set validationMethod to DNS and validate with a record in the hosted zone.",
    references=References(fsbp="ACM.1"),
)
def certificate_renews(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "validationMethod", lambda value: value == "DNS", "validationMethod is not DNS")


@rule(
    "acm-certificate-must-have-a-strong-key",
    CERTIFICATE,
    severity=Severity.HIGH,
    description="Keys of certificates are RSA of 2048 bits or more, or elliptic curves.",
    remediation="Set keyAlgorithm to RSA_2048, or leave it out.",
    references=References(fsbp="ACM.2"),
)
def certificate_key(resource: Resource) -> Iterator[Finding]:
    # ACM starts with RSA_2048.
    yield from expect(
        resource,
        "keyAlgorithm",
        lambda value: value is None or is_one_of(value, STRONG_KEYS),
        "keyAlgorithm is too weak",
    )


@rule(
    "acm-certificate-must-be-logged-publicly",
    CERTIFICATE,
    severity=Severity.MEDIUM,
    description="Certificates stand in the public transparency logs: browsers refuse others, owners see forgeries.",
    remediation="Set options.certificateTransparencyLoggingPreference to ENABLED, or leave it out.",
    references=References(checkov="CKV_AWS_234"),
    url=TRANSPARENCY,
)
def certificate_logged(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "options.certificateTransparencyLoggingPreference",
        lambda value: value in (None, "ENABLED"),
        "transparency logging is switched off",
    )


@rule(
    "acm-certificate-must-not-be-a-wildcard",
    CERTIFICATE,
    severity=Severity.MEDIUM,
    description="A certificate names the host it is for: whoever gets its key can play no other.",
    remediation="Set domainName and subjectAlternativeNames to full host names.",
    references=References(checkov="CKV2_AWS_71"),
    url=CHARACTERISTICS,
)
def certificate_names_hosts(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "domainName", lambda value: bool(value) and "*" not in str(value), "domainName is missing or has a *"
    )
    for name in resource.entries("subjectAlternativeNames"):
        if name is not UNKNOWN and "*" in str(name):
            yield "a subject alternative name has a *"


@rule(
    "acm-certificate-must-have-a-caa-record",
    CERTIFICATE,
    severity=Severity.MEDIUM,
    description="DNS says who may issue certificates for the name, so that nobody else's authority does.",
    remediation="Add a Record of type CAA for the certificate's domainName that names amazon.com.",
    references=References(practice="SEC09-BP01"),
    url=CAA,
)
def certificate_authority_named(resource: Resource, graph: Graph) -> Iterator[Finding]:
    domain = resource.get("domainName")
    records = [one for one in graph.of(DNS_RECORD) if one.props.get("type") == "CAA" and _of(one, domain)]
    if not records:
        yield f"no CAA record for {domain}"
    for record in records:
        if not any(AUTHORITY in str(entry) for entry in record.entries("records")):
            yield f"{record.name} does not let {AUTHORITY} issue"


def _of(record: Resource, domain: object) -> bool:
    name = record.props.get("name")
    return name is not UNKNOWN and str(name).rstrip(".") == domain


@rule(
    "acm-certificate-must-be-watched-for-expiry",
    CERTIFICATE,
    severity=Severity.MEDIUM,
    description="An alarm rings while a certificate that did not renew can still be replaced.",
    remediation="Add a MetricAlarm on AWS/CertificateManager DaysToExpiry with the certificate's ARN.",
    references=References(fsbp="ACM.1", practice="SEC09-BP01"),
)
def certificate_watched(resource: Resource, graph: Graph) -> Iterator[Finding]:
    handed_on = graph.pointing_at(resource, "certificateArn", CERTIFICATE_VALIDATION)
    if not any(graph.pointing_at(one, "metricQueries", ALARM) for one in (resource, *handed_on)):
        yield "no alarm watches when it expires"
