"""The OpenSearch domain: where it stands, who gets in, what it tells, and that it stays."""

import json
from functools import cache
from typing import Any

import pytest

from components.component import Component
from components.function import Inside
from components.key import Key, KeyArgs
from components.search import Search, SearchArgs
from components.search_domain import LONGEST_NAME, domain_name
from components.search_snapshots import SearchSnapshots, SearchSnapshotsArgs
from components.site import Site
from components.vector_store import VectorStore, vector_stores
from settings.backup import Backup
from settings.environment import Lifecycle
from settings.vector_store import OpenSearch, VectorStoreKind
from tests.components.component_graphs import ACCOUNT, LOGS, REGION, document, site
from tests.recorder import Graph, record

READERS = [f"arn:aws:iam::{ACCOUNT}:role/{name}-task" for name in ("api", "worker")]
DOMAIN = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/dify-prod"


@cache
def _search(lifecycle: Lifecycle = Lifecycle.RETAIN, zones: int = 3, nodes: int = 3, *, masters: bool = True) -> Graph:
    return record(lambda: Search("search", _args(lifecycle, zones, nodes, masters=masters)))


def _args(lifecycle: Lifecycle, zones: int, nodes: int, *, masters: bool) -> SearchArgs:
    return SearchArgs(
        site=site(lifecycle),
        subnet_ids=[f"data-{zone}" for zone in "abcde"[:zones]],
        security_group_id="search-group",
        key_arn="key",
        logs=LOGS,
        choices=OpenSearch.model_construct(data_nodes=nodes, dedicated_masters=masters),
        reader_role_arns=READERS,
        inside=Inside(subnet_ids=["private-a", "private-b"], security_group_id="setup-group"),
        snapshots=SearchSnapshots(
            "search-snapshots",
            SearchSnapshotsArgs(
                site=site(lifecycle),
                key=Key("backup", KeyArgs(site=site(lifecycle), purpose="Backups", via=("s3",))),
                log_bucket="logs",
                choices=Backup.model_construct(daily_retention_days=35, hourly_retention_days=30),
            ),
        ),
    )


def _domain(graph: Graph | None = None) -> dict[str, Any]:
    return (graph or _search()).named("search-domain").inputs


@pytest.mark.parametrize(("zones", "nodes", "used"), [(3, 3, 3), (5, 6, 3), (2, 6, 2), (3, 2, 2), (3, 1, 1), (2, 2, 2)])
def test_it_spreads_over_at_most_three_zones_with_one_subnet_each(zones: int, nodes: int, used: int) -> None:
    domain = _domain(_search(zones=zones, nodes=nodes))
    assert domain["vpcOptions"]["subnetIds"] == [f"data-{zone}" for zone in "abc"[:used]]
    cluster = domain["clusterConfig"]
    assert (cluster["instanceCount"], cluster["zoneAwarenessEnabled"]) == (nodes, used > 1)
    assert cluster.get("zoneAwarenessConfig") == ({"availabilityZoneCount": used} if used > 1 else None)


def test_three_masters_of_their_own_decide_when_a_zone_is_lost() -> None:
    cluster = _domain()["clusterConfig"]
    assert (cluster["dedicatedMasterEnabled"], cluster["dedicatedMasterCount"]) == (True, 3)
    assert cluster["dedicatedMasterType"] == "m7g.large.search"


def test_a_domain_without_masters_names_none() -> None:
    cluster = _domain(_search(masters=False))["clusterConfig"]
    assert cluster["dedicatedMasterEnabled"] is False
    assert not {"dedicatedMasterCount", "dedicatedMasterType"} & set(cluster)


def test_it_is_in_the_data_subnets_behind_its_own_group() -> None:
    assert _domain()["vpcOptions"]["securityGroupIds"] == ["search-group"]
    setup = _search().one("lambda/function:Function").inputs["vpcConfig"]
    assert setup == {"subnetIds": ["private-a", "private-b"], "securityGroupIds": ["setup-group"]}


def test_it_is_encrypted_at_rest_with_the_given_key_between_nodes_and_to_clients() -> None:
    domain = _domain()
    assert domain["encryptAtRest"] == {"enabled": True, "kmsKeyId": "key"}
    assert domain["nodeToNodeEncryption"] == {"enabled": True}
    endpoint = {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"}
    assert domain["domainEndpointOptions"] == endpoint


def test_its_master_is_the_set_up_functions_role_and_there_is_no_password() -> None:
    security = _domain()["advancedSecurityOptions"]
    assert security["masterUserOptions"] == {"masterUserArn": "search-setup-role-arn"}
    assert (security["enabled"], security["internalUserDatabaseEnabled"]) == (True, False)
    assert security["anonymousAuthEnabled"] is False


def test_it_admits_this_account_and_leaves_the_rest_to_its_own_roles() -> None:
    admitted = {one["Sid"]: one for one in document(_domain()["accessPolicies"])}
    assert admitted["UseSearch"]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert admitted["SetUpSearch"]["Principal"] == {"AWS": "search-setup-role-arn"}
    assert {one["Resource"] for one in admitted.values()} == {f"{DOMAIN}/*", f"{DOMAIN}/_plugins/_security/api/*"}


def test_a_readers_own_permission_is_the_one_that_the_domain_admits() -> None:
    (own,) = Search.use_statements(site())
    (admitted,) = [one for one in document(_domain()["accessPolicies"]) if one["Sid"] == "UseSearch"]
    assert (own["Action"], own["Resource"]) == (admitted["Action"], admitted["Resource"])
    assert "es:ESHttpPatch" not in own["Action"]


def test_only_the_set_up_function_may_change_who_gets_in() -> None:
    policy = _search().named("search-setup-role-policy").inputs["policy"]
    (own,) = [one for one in document(policy) if one["Sid"] == "SetUpSearch"]
    assert own["Action"] == ["es:ESHttpPut", "es:ESHttpPatch"]
    assert own["Resource"] == f"{DOMAIN}/_plugins/_security/api/*"


def test_the_set_up_maps_the_readers_to_difys_indices_once_the_domain_is_there() -> None:
    call = _search().one("lambda/invocation:Invocation")
    request = json.loads(call.inputs["input"])
    del request["snapshots"]
    assert request == {
        "action": "setUp",
        "host": "search-domain-endpoint",
        "region": REGION,
        "role": "dify",
        "indexPatterns": ["vector_index*"],
        "backendRoles": READERS,
    }
    assert any(urn.endswith("::search-domain") for urn in call.property_dependencies["input"])


def test_whoever_takes_the_host_waits_until_its_role_is_let_in() -> None:
    class Reader(Component):
        type_token = "dify:test:Reader"  # noqa: S105  a type token
        host: Any

        def __init__(self) -> None:
            super().__init__("reader")
            self.host = Search("search", _args(Lifecycle.RETAIN, 3, 3, masters=True)).host
            self.done()

    known = record(Reader)
    (outputs,) = [value for urn, value in known.component_outputs.items() if urn.endswith("::reader")]
    assert outputs["host"] == "search-domain-endpoint"
    # In a preview the call has not happened, so the host is not known either.
    unknown = record(Reader, preview=True)
    (outputs,) = [value for urn, value in unknown.component_outputs.items() if urn.endswith("::reader")]
    assert outputs.get("host") != "search-domain-endpoint"


@pytest.mark.parametrize("kind", ["ES_APPLICATION_LOGS", "SEARCH_SLOW_LOGS", "INDEX_SLOW_LOGS", "AUDIT_LOGS"])
def test_each_log_has_an_encrypted_group_of_its_own(kind: str) -> None:
    (option,) = [one for one in _domain()["logPublishingOptions"] if one["logType"] == kind]
    group = _search().named(option["cloudwatchLogGroupArn"].removesuffix("-arn")).inputs
    assert group["name"].startswith("/aws/OpenSearchService/domains/dify-prod/")
    assert (group["kmsKeyId"], group["retentionInDays"]) == ("key-logs", 365)


def test_this_domain_alone_may_write_its_logs_and_may_before_it_exists() -> None:
    policy = _search().one("cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = document(policy.inputs["policyDocument"])
    assert statement["Principal"] == {"Service": "es.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": DOMAIN}
    assert statement["Resource"] == [
        f"search-{kind}-logs-arn:*" for kind in ("application", "slow-search", "slow-index", "audit")
    ]
    assert policy.urn in _search().named("search-domain").dependencies


def test_the_service_keeps_its_software_current_at_quiet_hours() -> None:
    assert _domain()["softwareUpdateOptions"] == {"autoSoftwareUpdateEnabled": True}
    assert _domain()["offPeakWindowOptions"]["enabled"] is True


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_domain_and_snapshots_are_protected_and_only_where_data_is_retained(lifecycle: Lifecycle) -> None:
    protected = {one.name for one in _search(lifecycle).resources if one.protect and one.name != "backup-key"}
    kept = {"search-domain", "search-snapshots-bucket"}
    assert protected == (kept if lifecycle is Lifecycle.RETAIN else set[str]())


def test_the_set_up_registers_the_snapshots_with_its_own_role_as_who_hands_theirs_over() -> None:
    call = _search().one("lambda/invocation:Invocation")
    snapshots = json.loads(call.inputs["input"])["snapshots"]
    assert snapshots["managerRoleArn"] == "search-setup-role-arn"
    assert snapshots["roleArn"] == "search-snapshots-role-arn"


def test_the_set_up_function_deletes_indices_of_dify_only() -> None:
    policy = document(_search().named("search-setup-role-policy").inputs["policy"])
    deleting = {one["Sid"]: one["Resource"] for one in policy if "es:ESHttpDelete" in one["Action"]}
    assert deleting == {
        "ReplaceIndices": f"{DOMAIN}/vector_index*",
        "DropWhatWasKeptAside": f"{DOMAIN}/_snapshot/dify/aside-*",
    }


def test_its_snapshots_are_looked_at_each_half_hour_once_it_is_set_up() -> None:
    rule, target = _search().named("search-look-half-hour"), _search().named("search-look-target")
    assert rule.inputs["scheduleExpression"] == "rate(30 minutes)"
    assert json.loads(target.inputs["input"]) == {
        "action": "look",
        "host": "search-domain-endpoint",
        "region": REGION,
        "repository": "dify",
    }
    assert _search().named("search-setup-readers").urn in target.dependencies


def test_the_age_in_the_functions_log_is_a_metric_of_this_stack() -> None:
    found = _search().one("cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert found["logGroupName"] == "/aws/lambda/dify-prod-search-setup"
    assert found["pattern"] == "{ $.snapshotAgeSeconds >= 0 }"
    assert found["metricTransformation"] == {
        "namespace": "Dify/Search",
        "name": "dify-prod-snapshot-age",
        "value": "$.snapshotAgeSeconds",
        "unit": "Seconds",
    }


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        ("dify-prod", "dify-prod"),
        ("dify-" + "a" * 23, "dify-" + "a" * 23),
        ("dify-prod-frankfurt-first-customer", "dify-prod-frankfurt-f-"),
        ("dify-prod-Anna", "dify-prod-anna-"),
    ],
)
def test_a_domains_name_fits_and_is_the_stacks_own(stack: str, name: str) -> None:
    def named(text: str) -> str:
        return domain_name(Site(name=text, account=ACCOUNT, region=REGION, lifecycle=Lifecycle.RETAIN))

    assert named(stack).startswith(name)
    assert len(named(stack)) <= LONGEST_NAME
    assert named(stack) != named(f"{stack}-twin")


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_every_store_in_use_has_a_mark_that_is_protected_where_data_is_retained(lifecycle: Lifecycle) -> None:
    kinds = (VectorStoreKind.OPENSEARCH, VectorStoreKind.PGVECTOR)
    graph = record(lambda: vector_stores(site(lifecycle), kinds))
    marks = {one.name: one.protect for one in graph.of(VectorStore.type_token)}
    retains = lifecycle is Lifecycle.RETAIN
    assert marks == {"vectors-opensearch": retains, "vectors-pgvector": retains}


@pytest.mark.parametrize(("component", "token"), [(Search, "dify:data:Search"), (VectorStore, "dify:data:VectorStore")])
def test_the_type_tokens_stay(component: type[Component], token: str) -> None:
    assert component.type_token == token
