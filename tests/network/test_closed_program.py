"""The production stack without internet: the whole program, with nothing but one switch and who may connect.

What this does not prove: that the function which fills secrets at deployment stays inside. It stands outside the
network, as Lambda places it, and its role allows it AWS's APIs only.
"""

import json

from dify.flows import LOAD_BALANCER
from settings import endpoints
from tests.components.program_variants import CLOSED, values_of
from tests.network.aws_calls import called_services, images_from_outside, reached_services, ways_out
from tests.recorder import Graph
from tests.recordings import recorded

OUTSIDE = {"secrets-keeper-function"}


def _closed(*, preview: bool = False) -> Graph:
    return recorded("prod", values=values_of("prod", CLOSED), preview=preview)


def test_nothing_leads_to_the_internet() -> None:
    assert ways_out(_closed()) == []
    assert ways_out(_closed(preview=True)) == []


def test_every_api_that_a_task_or_function_may_call_has_an_endpoint() -> None:
    called = called_services(_closed())
    assert called <= reached_services(_closed())
    assert {"s3", "secretsmanager", "logs", "ecr.api", "codeartifact.repositories"} <= called


def test_it_has_the_endpoints_of_a_closed_network_and_no_other() -> None:
    assert reached_services(_closed()) == {*endpoints.CLOSED, "s3"}


def test_every_image_comes_from_a_repository_of_its_own_registry() -> None:
    assert images_from_outside(_closed()) == set()


def test_every_function_but_the_one_that_fills_secrets_stands_in_the_network() -> None:
    functions = _closed().of("lambda/function:Function")
    assert {function.name for function in functions if "vpcConfig" not in function.inputs} == OUTSIDE


def test_only_the_named_private_ranges_reach_the_load_balancer_which_stands_with_the_tasks() -> None:
    balancer = _closed().named("edge-alb").inputs
    assert balancer["internal"] is True
    assert balancer["subnets"] == [f"network-private-{zone}-id" for zone in "abc"]
    rules = [rule.inputs for rule in _closed().of(":SecurityGroupIngressRule") if "cidrIpv4" in rule.inputs]
    assert {(rule["securityGroupId"], rule["cidrIpv4"]) for rule in rules} == {
        (f"firewall-{LOAD_BALANCER}-id", "10.0.0.0/8")
    }


def test_plugins_find_their_packages_and_the_login_for_them_in_the_network() -> None:
    definition = _closed().named("plugin-daemon-definition").inputs
    containers = {one["name"]: one for one in json.loads(definition["containerDefinitions"])}
    daemon, login = containers["plugin-daemon"], containers["package-login"]
    assert {"containerName": "package-login", "condition": "HEALTHY"} in daemon["dependsOn"]
    shared = {mount["sourceVolume"]: mount["containerPath"] for mount in daemon["mountPoints"]}
    assert {mount["sourceVolume"]: mount["containerPath"] for mount in login["mountPoints"]}.items() <= shared.items()
    given = {variable["name"]: variable["value"] for variable in daemon["environment"]}
    assert given["PIP_MIRROR_URL"].endswith(".d.codeartifact.eu-central-1.amazonaws.com/pypi/plugins/simple/")
    assert given["PIP_EXTRA_ARGS"] == "--config-file /package-login/uv.toml"
    assert given["PLUGIN_IGNORE_UV_LOCK"] == "true"
