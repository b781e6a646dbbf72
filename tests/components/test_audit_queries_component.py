"""Athena's workgroup, catalog and saved queries."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from components.audit_queries import MOST_BYTES, QUERIES, AuditQueries, AuditQueriesArgs
from components.audit_tables import Kept
from components.content_delivery import ContentDelivery, ContentDeliveryArgs
from components.flow_logs import FIELDS, FlowLogs, FlowLogsArgs
from components.load_balancer import CONNECTION_LOG_PREFIX, LOG_PREFIX
from settings.content_delivery import ContentDelivery as Choices
from settings.regions import REGIONS
from tests.components.component_graphs import ACCOUNT, REGION, site
from tests.recorder import Graph, record

_ARGS = AuditQueriesArgs(
    site=site(),
    key_arn="key-audit",
    records=Kept(bucket="records", days=500),
    logs=Kept(bucket="logs", days=400),
    logged_buckets=["files", "plugins", "records"],
    trail=True,
    distribution_id="EDFDVBD6EXAMPLE",
)


@cache
def _graph(*, trail: bool = True, distribution: bool = True) -> Graph:
    args = replace(_ARGS, trail=trail, distribution_id=_ARGS.distribution_id if distribution else None)
    return record(lambda: AuditQueries("audit", args))


def _tables(graph: Graph) -> dict[str, dict[str, Any]]:
    return {table.inputs["name"]: table.inputs for table in graph.of("glue/catalogTable:CatalogTable")}


def _configuration() -> dict[str, Any]:
    return _graph().named("audit-workgroup").inputs["configuration"]


def test_nobody_chooses_where_results_go_or_how_they_are_encrypted() -> None:
    assert _configuration()["enforceWorkgroupConfiguration"] is True
    assert _configuration()["resultConfiguration"] == {
        "outputLocation": "s3://audit-results-bucket-bucket/",
        "expectedBucketOwner": ACCOUNT,
        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "key-audit"},
    }


def test_a_query_that_reads_too_much_is_ended_and_all_are_measured() -> None:
    assert _configuration()["bytesScannedCutoffPerQuery"] == MOST_BYTES == 107_374_182_400
    assert _configuration()["publishCloudwatchMetricsEnabled"] is True
    assert _configuration()["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}


def test_results_are_encrypted_logged_and_gone_after_a_month() -> None:
    (encryption,) = _graph().named("audit-results-encryption").inputs["rules"]
    (lifecycle,) = _graph().named("audit-results-lifecycle").inputs["rules"]
    assert encryption["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "key-audit"
    assert lifecycle["expiration"] == {"days": 30}
    assert _graph().named("audit-results-logging").inputs["targetBucket"] == "logs"


def test_the_catalog_is_named_after_the_stack_as_hive_allows() -> None:
    database = _graph().one("glue/catalogDatabase:CatalogDatabase").inputs["name"]
    assert re.fullmatch(r"[a-z0-9_]+", database)
    assert database == "dify_prod_audit"
    assert {table["databaseName"] for table in _tables(_graph()).values()} == {database}


def test_each_table_looks_where_its_log_is_written() -> None:
    places = {name: table["parameters"]["storage.location.template"] for name, table in _tables(_graph()).items()}
    balancer = f"AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/${{day}}/"
    assert places == {
        "alb_access_logs": f"s3://logs/{LOG_PREFIX}/{balancer}",
        "alb_connection_logs": f"s3://logs/{CONNECTION_LOG_PREFIX}/{balancer}",
        "s3_access_logs": f"s3://logs/s3/{ACCOUNT}/{REGION}/${{bucket}}/${{day}}/",
        "vpc_flow_logs": f"s3://records/flow-logs/AWSLogs/aws-account-id={ACCOUNT}/aws-service=vpcflowlogs/"
        f"aws-region={REGION}/year=${{year}}/month=${{month}}/day=${{day}}/",
        "cloudtrail_logs": f"s3://records/trail/AWSLogs/{ACCOUNT}/CloudTrail/${{region}}/${{day}}/",
        "cloudfront_logs": "s3://records/${folder}/${distribution}/${day}/",
    }


def test_every_part_of_a_folder_that_varies_is_a_column_with_values() -> None:
    for table in _tables(_graph()).values():
        parameters = table["parameters"]
        named = set(re.findall(r"\$\{(\w+)\}", parameters["storage.location.template"]))
        assert named == {key["name"] for key in table["partitionKeys"]}
        assert named == {key.split(".")[1] for key in parameters if key.endswith(".type")}
        assert (parameters["projection.enabled"], parameters["EXTERNAL"]) == ("true", "TRUE")
        assert not named & {column["name"] for column in table["storageDescriptor"]["columns"]}


def test_days_reach_back_as_far_as_each_bucket_keeps_them() -> None:
    ranges = {name: table["parameters"].get("projection.day.range") for name, table in _tables(_graph()).items()}
    assert ranges["cloudtrail_logs"] == "NOW-500DAYS,NOW"
    assert ranges["alb_access_logs"] == ranges["s3_access_logs"] == "NOW-400DAYS,NOW"


def test_calls_of_every_region_and_requests_at_every_bucket_are_found() -> None:
    values = {
        name: [value for key, value in table["parameters"].items() if key.endswith(".values")]
        for name, table in _tables(_graph()).items()
    }
    assert values["cloudtrail_logs"] == [",".join(REGIONS)]
    assert values["s3_access_logs"] == ["files,plugins,records,audit-results-bucket-bucket"]
    assert "EDFDVBD6EXAMPLE" in values["cloudfront_logs"]


def test_a_pattern_has_one_group_for_each_column() -> None:
    for table in _tables(_graph()).values():
        pattern = table["storageDescriptor"]["serDeInfo"]["parameters"].get("input.regex")
        if pattern is not None:
            assert re.compile(pattern).groups == len(table["storageDescriptor"]["columns"])


def test_flow_logs_have_the_columns_that_are_recorded() -> None:
    recorded = record(lambda: FlowLogs("flows", FlowLogsArgs(site=site(), vpc_id="vpc", bucket_arn="bucket")))
    fields = re.findall(r"\$\{([a-z-]+)\}", recorded.one("ec2/flowLog:FlowLog").inputs["logFormat"])
    columns = [column["name"] for column in _tables(_graph())["vpc_flow_logs"]["storageDescriptor"]["columns"]]
    assert columns == [field.replace("-", "_") for field in fields] == [field.replace("-", "_") for field in FIELDS]


def test_cloudfronts_columns_are_fields_that_are_recorded() -> None:
    args = ContentDeliveryArgs(
        site=site(),
        domain="dify.example.com",
        certificate_arn="certificate",
        balancer_arn="balancer",
        balancer_dns_name="balancer.example.com",
        web_acl_arn="acl",
        log_bucket_arn="bucket",
        choices=Choices.model_construct(),
    )
    recorded = record(lambda: ContentDelivery("delivery", args))
    fields = recorded.one("cloudwatch/logDelivery:LogDelivery").inputs["recordFields"]
    table = _tables(_graph())["cloudfront_logs"]["storageDescriptor"]
    assert {column["name"] for column in table["columns"]} <= {field.lower() for field in fields}
    assert set(table["serDeInfo"]["parameters"]["paths"].split(",")) <= set(fields)


def test_every_file_is_a_saved_query_of_this_workgroup_and_catalog() -> None:
    saved = {query.inputs["name"]: query.inputs for query in _graph().of("athena/namedQuery:NamedQuery")}
    files = {file.stem: file.read_text(encoding="utf-8") for file in QUERIES.glob("*/*.sql")}
    assert {name: query["query"] for name, query in saved.items()} == files
    assert {query["workgroup"] for query in saved.values()} == {"dify-prod-audit"}
    assert {query["database"] for query in saved.values()} == {"dify_prod_audit"}


def test_what_a_query_answers_and_asks_for_is_its_description() -> None:
    described = _graph().named("audit-calls-of-principal").inputs["description"]
    assert described.startswith("What a principal did, call by call. Asks for: ")
    lengths = [len(query.inputs["description"]) for query in _graph().of("athena/namedQuery:NamedQuery")]
    assert min(lengths) > 0
    assert max(lengths) <= 1024


@pytest.mark.parametrize("missing", ["trail", "distribution"])
def test_what_is_not_recorded_cannot_be_asked(missing: str) -> None:
    graph = _graph(trail=missing != "trail", distribution=missing != "distribution")
    table = {"trail": "cloudtrail_logs", "distribution": "cloudfront_logs"}[missing]
    assert set(_tables(_graph())) - set(_tables(graph)) == {table}
    assert not any(table in query.inputs["query"] for query in graph.of("athena/namedQuery:NamedQuery"))
