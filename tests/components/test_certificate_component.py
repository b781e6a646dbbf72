"""The certificate of the public name."""

from typing import Any

import pytest

from components.certificate import Certificate, CertificateArgs
from tests.recorder import Graph, record

_GIVEN = "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_DOMAIN = "dify.example.com"


def _certificate(*, preview: bool = False, **choices: Any) -> Graph:
    args = CertificateArgs(domain=_DOMAIN, **{"given_arn": None, **choices})
    return record(lambda: Certificate("certificate", args), preview=preview)


def _pair() -> Graph:
    """One certificate, and another of the same name that shares its record."""

    def build() -> None:
        first = Certificate("first", CertificateArgs(domain=_DOMAIN, given_arn=None, zone_id="Z0123456789"))
        Certificate(
            "second", CertificateArgs(domain=_DOMAIN, given_arn=None, validation_record=first.validation_record)
        )

    return record(build)


def _arn(graph: Graph) -> str:
    (outputs,) = [value for urn, value in graph.component_outputs.items() if urn.endswith("::certificate")]
    return str(outputs["arn"])


def test_a_given_certificate_is_used_and_nothing_is_created() -> None:
    graph = _certificate(given_arn=_GIVEN)
    assert [resource.name for resource in graph.resources] == ["certificate"]
    assert _arn(graph) == _GIVEN


@pytest.mark.parametrize("preview", [False, True])
def test_otherwise_one_is_issued_and_validated_in_the_named_zone(preview: bool) -> None:
    graph = _certificate(zone_id="Z0123456789", preview=preview)
    issued = graph.one("acm/certificate:Certificate").inputs
    assert (issued["domainName"], issued["validationMethod"]) == (_DOMAIN, "DNS")
    assert "subjectAlternativeNames" not in issued
    assert graph.one("route53/record:Record").inputs["zoneId"] == "Z0123456789"
    assert len(graph.of(":CertificateValidation")) == 1


def test_it_has_a_key_that_every_client_knows_and_stands_in_the_public_logs() -> None:
    issued = _certificate(zone_id="Z0123456789").one("acm/certificate:Certificate").inputs
    assert issued["keyAlgorithm"] == "RSA_2048"
    assert issued["options"] == {"certificateTransparencyLoggingPreference": "ENABLED"}


def test_the_certificate_is_handed_on_only_once_it_is_valid() -> None:
    graph = _certificate(zone_id="Z0123456789")
    assert graph.one(":CertificateValidation").inputs["certificateArn"] == "certificate-certificate-arn"
    assert _arn(graph) == graph.one(":CertificateValidation").outputs["certificateArn"]


def test_two_certificates_of_one_name_share_one_validation_record() -> None:
    graph = _pair()
    record_ = graph.one("route53/record:Record")
    assert record_.name == "first-validation"
    issued = {one.name for one in graph.of("acm/certificate:Certificate")}
    validated = {one.inputs["certificateArn"]: one.inputs for one in graph.of(":CertificateValidation")}
    assert set(validated) == {f"{name}-arn" for name in issued}
    for inputs in validated.values():
        assert inputs["validationRecordFqdns"] == [record_.outputs["fqdn"]]


def test_without_a_certificate_a_zone_or_a_record_nothing_proves_the_name() -> None:
    with pytest.raises(ValueError, match="nowhere to prove"):
        _certificate()
