"""The production stack with internet: what has no business there stays inside, and still finds all that it calls."""

from dify.flows import ENDPOINTS, LOAD_BALANCER, OUTBOUND, STARTED_BY_AWS
from settings.endpoints import INSIDE
from tests.components.component_graphs import program
from tests.network.aws_calls import called_services, reached_services

INNER = ("web", "api-websocket", "beat", "migration", "sandbox", "database-setup", "rotation", "queue-depth")


def _egress(part: str) -> list[dict[str, object]]:
    rules = program().of(":SecurityGroupEgressRule")
    return [rule.inputs for rule in rules if rule.inputs["securityGroupId"] == f"firewall-{part}-id"]


def test_every_api_that_a_task_or_function_may_call_has_an_endpoint() -> None:
    assert called_services(program()) <= reached_services(program())
    assert {*INSIDE} <= reached_services(program())


def test_services_and_functions_without_business_on_the_internet_send_to_no_address() -> None:
    assert {*INNER} <= {*STARTED_BY_AWS} - {*OUTBOUND}
    for part in INNER:
        rules = _egress(part)
        assert not [rule for rule in rules if "cidrIpv4" in rule or "cidrIpv6" in rule], part
        assert f"firewall-{ENDPOINTS}-id" in {rule.get("referencedSecurityGroupId") for rule in rules}, part
        assert "network-s3-prefixListId" in {rule.get("prefixListId") for rule in rules}, part


def test_the_load_balancer_sends_to_services_only() -> None:
    rules = _egress(LOAD_BALANCER)
    assert rules
    assert all("referencedSecurityGroupId" in rule for rule in rules)


def test_endpoints_stand_in_every_zone() -> None:
    interfaces = [one for one in program().of(":VpcEndpoint") if one.inputs["vpcEndpointType"] == "Interface"]
    assert interfaces
    assert {tuple(one.inputs["subnetIds"]) for one in interfaces} == {
        tuple(f"network-private-{zone}-id" for zone in "abc")
    }
