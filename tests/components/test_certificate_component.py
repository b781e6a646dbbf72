"""The certificate of the public name."""

import pytest

from components.certificate import Certificate, CertificateArgs
from settings.edge import Edge
from tests.recorder import Graph, record

_GIVEN = "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"


def _certificate(choices: dict[str, str], *, preview: bool = False) -> Graph:
    args = CertificateArgs(domain="dify.example.com", choices=Edge.model_validate(choices))
    return record(lambda: Certificate("certificate", args), preview=preview)


def _arn(graph: Graph) -> str:
    (outputs,) = [value for urn, value in graph.component_outputs.items() if urn.endswith("::certificate")]
    return str(outputs["arn"])


def test_a_given_certificate_is_used_and_nothing_is_created() -> None:
    graph = _certificate({"certificateArn": _GIVEN})
    assert [resource.name for resource in graph.resources] == ["certificate"]
    assert _arn(graph) == _GIVEN


@pytest.mark.parametrize("preview", [False, True])
def test_otherwise_one_is_issued_and_validated_in_the_named_zone(preview: bool) -> None:
    graph = _certificate({"hostedZoneId": "Z0123456789"}, preview=preview)
    issued = graph.one("acm/certificate:Certificate").inputs
    assert issued == {"domainName": "dify.example.com", "validationMethod": "DNS"}
    assert graph.one("route53/record:Record").inputs["zoneId"] == "Z0123456789"
    assert len(graph.of(":CertificateValidation")) == 1


def test_the_certificate_is_handed_on_only_once_it_is_valid() -> None:
    graph = _certificate({"hostedZoneId": "Z0123456789"})
    assert graph.one(":CertificateValidation").inputs["certificateArn"] == "certificate-certificate-arn"
    assert _arn(graph) == graph.one(":CertificateValidation").outputs["certificateArn"]
