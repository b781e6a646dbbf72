"""What the public name says in DNS."""

from components.dns_records import AliasTarget, DnsRecords, DnsRecordsArgs
from tests.recorder import Graph, Recorded, record

_ZONE = "Z0123456789ABCDEFGHIJ"


def _records(*, has_ipv6: bool = True, checks_health: bool = True) -> Graph:
    target = AliasTarget(dns_name="target.example", zone_id="ZTARGET", has_ipv6=has_ipv6, checks_health=checks_health)
    args = DnsRecordsArgs(zone_id=_ZONE, domain="dify.example.com", target=target)
    return record(lambda: DnsRecords("dns", args))


def _by_type(graph: Graph) -> dict[str, Recorded]:
    return {one.inputs["type"]: one for one in graph.of("route53/record:Record")}


def test_the_name_leads_to_the_target_over_ipv4_and_ipv6() -> None:
    found = _by_type(_records())
    for kind in ("A", "AAAA"):
        assert found[kind].inputs["aliases"] == [
            {"name": "target.example", "zoneId": "ZTARGET", "evaluateTargetHealth": True}
        ]


def test_a_target_without_ipv6_has_no_such_address() -> None:
    assert set(_by_type(_records(has_ipv6=False))) == {"A", "CAA"}


def test_health_is_not_asked_of_what_does_not_tell() -> None:
    aliases = _by_type(_records(checks_health=False))["A"].inputs["aliases"]
    assert aliases[0]["evaluateTargetHealth"] is False


def test_every_record_is_of_the_domain_in_its_zone() -> None:
    found = _records().of("route53/record:Record")
    assert {(one.inputs["zoneId"], one.inputs["name"]) for one in found} == {(_ZONE, "dify.example.com")}


def test_amazon_alone_may_issue_certificates_and_nobody_wildcards() -> None:
    said = _by_type(_records())["CAA"].inputs["records"]
    issuers = {entry.partition(' issue "')[2].rstrip('"') for entry in said if " issue " in entry}
    assert issuers == {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}
    assert [entry for entry in said if "issuewild" in entry] == ['0 issuewild ";"']
