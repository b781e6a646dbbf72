"""Interface endpoints."""

import json
from typing import Any

import pytest

from components.endpoints import Endpoints, EndpointsArgs, boundary
from settings.endpoints import CLOSED, INSIDE, MAIL, services
from tests.components.component_graphs import ACCOUNT, site
from tests.network.network_graphs import choices
from tests.recorder import Recorded, record


def _endpoints(*names: str) -> list[Recorded]:
    args = EndpointsArgs(
        site=site(), vpc_id="vpc", subnet_ids=["subnet-a", "subnet-b"], security_group_id="group", services=names
    )
    return record(lambda: Endpoints("endpoints", args)).of("ec2/vpcEndpoint:VpcEndpoint")


def test_each_service_has_one_endpoint_in_every_zone_under_its_usual_name() -> None:
    made = {endpoint.name: endpoint.inputs for endpoint in _endpoints("ecr.api", "bedrock-runtime")}
    assert {name: inputs["serviceName"] for name, inputs in made.items()} == {
        "endpoints-ecr-api": "com.amazonaws.eu-central-1.ecr.api",
        "endpoints-bedrock-runtime": "com.amazonaws.eu-central-1.bedrock-runtime",
    }
    for inputs in made.values():
        assert (inputs["vpcEndpointType"], inputs["privateDnsEnabled"]) == ("Interface", True)
        assert (inputs["vpcId"], inputs["subnetIds"]) == ("vpc", ["subnet-a", "subnet-b"])
        assert inputs["securityGroupIds"] == ["group"]


def test_only_callers_of_this_account_pass() -> None:
    (endpoint,) = _endpoints("kms")
    assert endpoint.inputs["policy"] == boundary(ACCOUNT)
    (statement,) = json.loads(boundary(ACCOUNT))["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_mail_takes_no_policy() -> None:
    (endpoint,) = _endpoints(MAIL)
    assert "policy" not in endpoint.inputs


@pytest.mark.parametrize(
    ("internet", "given", "expected"),
    [
        (True, {"isolates": False, "mail": True}, ()),
        (True, {"isolates": True, "mail": True}, INSIDE),
        (False, {"isolates": False, "mail": False}, CLOSED),
        (False, {"isolates": True, "mail": True}, (*CLOSED, MAIL)),
    ],
)
def test_a_network_has_the_endpoints_that_it_needs_and_those_that_were_chosen(
    internet: bool, given: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert services(choices(internet=internet), **given) == expected
    chosen = choices(internet=internet, endpoints=("bedrock-runtime",))
    assert services(chosen, **given) == (*expected, "bedrock-runtime")


def test_a_service_that_is_needed_and_chosen_has_one_endpoint() -> None:
    assert services(choices(internet=False, endpoints=("kms",)), isolates=True, mail=False) == CLOSED
