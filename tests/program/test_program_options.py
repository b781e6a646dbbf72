"""Every option of a stack file is proven to change what is built."""

from typing import Any

import pytest

from dify.queues import ALL_QUEUES
from settings import parse
from settings.keys import all_paths, keys_of
from settings.mistake import ConfigurationError
from tests.components.program_variants import SIGNED_IN, values_of
from tests.program.stack_options import ALONE, REFUSING, SHOWN
from tests.recorder import Graph
from tests.recordings import recorded

_ARN = "arn:aws:acm:eu-west-1:111122226666:certificate/00000000-0000-0000-0000-000000000000"


def _before() -> Graph:
    return recorded("dev")


def _after() -> Graph:
    shown = {path: value for path, (value, _, _) in SHOWN.items()}
    return recorded("staging", values=values_of("dev", {**shown, "quotas.fargateVcpus": 500}))


def _inputs(graph: Graph, name: str) -> str:
    return "\n".join(str(resource.inputs) for resource in graph.resources if resource.name == name)


def test_this_table_knows_every_option_of_a_stack_file() -> None:
    leaves = {".".join(map(str, path)) for path in all_paths() if not keys_of(path)}
    assert leaves == {*SHOWN, *ALONE, *REFUSING}


@pytest.mark.parametrize("option", SHOWN)
def test_an_option_changes_what_is_built(option: str) -> None:
    _, resource, text = SHOWN[option]
    assert text not in _inputs(_before(), resource)
    assert text in _inputs(_after(), resource)


def test_a_given_certificate_is_what_the_listener_shows() -> None:
    zones = [f"eu-west-1{letter}" for letter in "ab"]
    changes = {"region": "eu-west-1", "network.zones": zones, "edge.certificateArn": _ARN}
    graph = _changed(changes, ("dify:edge", "hostedZoneId", "hostedZoneName"))
    assert graph.named("edge-https").inputs["certificateArn"] == _ARN
    assert graph.of("acm/certificate:Certificate") == []


def test_content_delivery_shows_the_given_certificate_and_waits_as_long_as_it_is_told() -> None:
    shown = _ARN.replace("eu-west-1", "us-east-1")
    given = {"certificateArn": shown, "originTimeoutSeconds": 33, "priceClass": "PriceClass_100"}
    zones = [f"eu-west-1{letter}" for letter in "ab"]
    changes = {
        "region": "eu-west-1",
        "network.zones": zones,
        "edge.certificateArn": _ARN,
        "edge.contentDelivery": given,
    }
    graph = _changed(changes, ("dify:edge", "hostedZoneId", "hostedZoneName"))
    distribution = graph.named("delivery-distribution").inputs
    assert distribution["viewerCertificate"]["acmCertificateArn"] == shown
    assert distribution["priceClass"] == "PriceClass_100"
    assert distribution["origins"][0]["vpcOriginConfig"]["originReadTimeout"] == 33
    assert graph.of("acm/certificate:Certificate") == []


def test_only_allowed_countries_pass() -> None:
    graph = _changed({"webFirewall.allowedCountries": ["DE"]})
    assert "'DE'" in _inputs(graph, "web-acl-acl")


def test_requests_pass_a_silent_web_firewall_where_they_shall() -> None:
    balancers = [_changed({"webFirewall.failOpen": value}).named("edge-alb").inputs for value in (True, False)]
    assert [balancer["enableWafFailOpen"] for balancer in balancers] == [True, False]


def test_published_apps_are_signed_in_for_where_they_shall_be() -> None:
    changes = {f"signIn.{name}": value for name, value in SIGNED_IN["signIn"].items()}
    rules = [_inputs(_changed({**changes, **more}), "sign-in-rules") for more in ({}, _READERS_SIGN_IN)]
    assert ["/chatbot/*" in rule for rule in rules] == [True, False]


def test_where_use_is_not_counted_nothing_reads_the_database_for_it() -> None:
    graph = _changed({"business.enabled": False})
    assert not [resource.name for resource in graph.resources if resource.name.startswith("business")]
    shown = {one.name for one in graph.of("cloudwatch/dashboard:Dashboard")}
    assert shown == {"dashboards-operations", "dashboards-cost"}


def test_a_collector_takes_what_services_send_and_sends_it_where_it_is_told() -> None:
    xray = _changed({"telemetry": {"collector": "xray"}})
    otlp = _changed({"telemetry": {"collector": "otlp", "endpoint": "https://otlp.example.com"}})
    assert "awsxray" in _inputs(xray, "worker-definition")
    assert "otlp_http" in _inputs(otlp, "worker-definition")
    assert "otel-collector" not in _inputs(_before(), "worker-definition")


def test_without_a_trail_of_its_own_there_is_none() -> None:
    graph = _changed({"audit.trail": False})
    assert graph.of("cloudtrail/trail:Trail") == []
    assert _before().of("cloudtrail/trail:Trail")


def test_a_given_provider_of_identities_is_trusted_and_none_is_made() -> None:
    provider = "arn:aws:iam::111122225555:oidc-provider/token.actions.githubusercontent.com"
    graph = _changed({"pipeline.repository": "example/infrastructure", "pipeline.providerArn": provider})
    assert provider in _inputs(graph, "pipeline-deploy")
    assert graph.of("OpenIdConnectProvider") == []


_READERS_SIGN_IN = {"signIn.publishedApps": "signed-in"}


def _changed(changes: dict[str, Any], removed: tuple[str, ...] = ()) -> Graph:
    return recorded("dev", values=values_of("dev", changes, removed))


@pytest.mark.parametrize("option", REFUSING)
def test_an_option_that_builds_nothing_refuses_what_breaks_it(option: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse(values_of("dev", {option: REFUSING[option]}), "dev")
    assert any(option in line for line in refusal.value.lines), refusal.value.lines


def test_worker_groups_replace_the_worker_and_share_its_queues() -> None:
    runs = ["workflow", "workflow_based_app_execution"]
    rest = [queue for queue in ALL_QUEUES if queue not in runs]
    size = {"cpu": 512, "memory": 2048, "minTasks": 1, "maxTasks": 1}
    groups = [{"name": "runs", "queues": runs, **size}, {"name": "rest", "queues": rest, **size}]
    graph = _changed({"services.workerGroups": groups}, ("dify:services", "worker"))
    services = {service.inputs["name"] for service in graph.of("ecs/service:Service")}
    assert {"worker-runs", "worker-rest"} <= services
    assert "worker" not in services
    assert '"CELERY_WORKER_QUEUES", "value": "workflow,workflow_based_app_execution"' in _inputs(
        graph, "worker-runs-definition"
    )
    assert "'value': 'worker-rest'" in _inputs(graph, "worker-rest-backlog")


def test_without_collaboration_its_service_its_route_and_its_feature_are_gone() -> None:
    graph = _changed({"services.collaboration": {"enabled": False}})
    assert not [resource.name for resource in graph.resources if "api-websocket" in resource.name]
    assert "socket.io" not in "".join(str(rule.inputs) for rule in graph.of(":ListenerRule"))
    assert "NEXT_PUBLIC_SOCKET_URL" not in _inputs(graph, "web-definition")


def test_both_vector_stores_stand_while_vectors_move() -> None:
    graph = _changed({"vectorStore": {"kind": "opensearch", "migrateFrom": "pgvector", "opensearch": {"dataNodes": 2}}})
    assert {"vectors-opensearch", "vectors-pgvector"} <= {resource.name for resource in graph.resources}
    alone = _changed({"vectorStore": {"kind": "opensearch", "opensearch": {"dataNodes": 2}}})
    assert "vectors-pgvector" not in {resource.name for resource in alone.resources}


def test_masters_are_of_the_type_that_was_asked_for() -> None:
    graph = _changed(
        {"vectorStore": {"kind": "opensearch", "opensearch": {"masterType": "r7g.large.search", "dataNodes": 2}}}
    )
    assert "'dedicatedMasterType': 'r7g.large.search'" in _inputs(graph, "search-domain")


def test_a_pooler_takes_the_databases_place() -> None:
    graph = _changed({"database.proxy": True})
    assert "database-proxy" in _inputs(graph, "api-definition")
    assert graph.of("rds/proxy:Proxy")


def test_without_internet_nothing_leads_out_and_plugins_have_a_package_index() -> None:
    changes = {
        "network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"], "images.source": "mirror",
    }  # fmt: skip
    graph = _changed(changes, ("dify:network", "natGateways"))
    assert not graph.of("ec2/internetGateway:InternetGateway") + graph.of("ec2/natGateway:NatGateway")
    assert graph.of("codeartifact/repository:Repository")
    assert "package-login" in _inputs(graph, "plugin-daemon-definition")
