"""Tables of everything that this stack records in files: calls of AWS, requests, connections and network flows.

Names of columns are those of the Amazon Athena User Guide, "Query AWS service logs", so that its examples run here.
"""

from dataclasses import dataclass

import pulumi

from components.audit_store import CLOUDFRONT, TRAIL
from components.flow_logs import FIELDS
from components.flow_logs import PREFIX as FLOW_LOGS
from components.load_balancer import CONNECTION_LOG_PREFIX, LOG_PREFIX
from components.log_table import (
    CLOUDTRAIL_JSON,
    PARQUET,
    LogTable,
    days,
    json_lines,
    lines,
    numbers,
    one_of,
)
from components.site import Site
from settings.regions import REGIONS

_WORD = r"([^ ]*)"
_QUOTED = r'"([^"]*)"'
_MORE = r"(?: .*)?"
"""Services append fields as they grow; what comes after the known ones is passed over."""

_YEARS = (2025, 2049)
"""Hive's folders name year, month and day apart, for which Athena has numbers only. Queries always name the year."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A bucket of records and for how many days it keeps them."""

    bucket: pulumi.Input[str]
    days: int


def cloudtrail_logs(site: Site, records: Kept) -> LogTable:
    """Who called AWS: management events of every region, and data events of this stack's buckets."""
    identity = (
        "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
        "username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<"
        "attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,"
        "principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,"
        "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>"
    )
    root = f"{TRAIL}/AWSLogs/{site.account}/CloudTrail/"
    return LogTable(
        name="cloudtrail_logs",
        holds="Calls of AWS",
        bucket=records.bucket,
        root=root,
        path=root + "${region}/${day}/",
        columns={
            "eventversion": "string",
            "useridentity": identity,
            **_strings("eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage"),
            **_strings("requestparameters responseelements additionaleventdata requestid eventid readonly"),
            "resources": "array<struct<arn:string,accountid:string,type:string>>",
            **_strings("eventtype apiversion recipientaccountid serviceeventdetails sharedeventid vpcendpointid"),
            **_strings("vpcendpointaccountid eventcategory addendum sessioncredentialfromconsole edgedevicedetails"),
            "tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
        },
        format=CLOUDTRAIL_JSON,
        partitions={"region": one_of(",".join(REGIONS)), "day": days(records.days)},
    )


def vpc_flow_logs(site: Site, records: Kept) -> LogTable:
    """Who talked to whom in the network. The folders of its hours lie below those of its days."""
    whole = {"version", "srcport", "dstport", "protocol", "tcp-flags", "traffic-path"}
    long = {"packets", "bytes", "start", "end"}
    root = f"{FLOW_LOGS}/AWSLogs/aws-account-id={site.account}/aws-service=vpcflowlogs/aws-region={site.region}/"
    return LogTable(
        name="vpc_flow_logs",
        holds="Flows of the network",
        bucket=records.bucket,
        root=root,
        path=root + "year=${year}/month=${month}/day=${day}/",
        columns={
            one.replace("-", "_"): "int" if one in whole else "bigint" if one in long else "string" for one in FIELDS
        },
        format=PARQUET,
        partitions={
            "year": numbers(*_YEARS, digits=4),
            "month": numbers(1, 12, digits=2),
            "day": numbers(1, 31, digits=2),
        },
    )


def alb_access_logs(site: Site, logs: Kept) -> LogTable:
    """Requests at the load balancer. A request that cannot be read has no method and no protocol."""
    address, request = r"([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*)", r'"([^ ]*) (.*) (- |[^ ]*)"'
    times, statuses = " ".join([r"([-.0-9]*)"] * 3), r"(|[-0-9]*) (-|[-0-9]*)"
    measured = [address, times, statuses, r"([-0-9]*) ([-0-9]*)"]
    told = [_WORD, _WORD, _WORD, _QUOTED, _QUOTED, _QUOTED, r"([-.0-9]*)", _WORD, *[_QUOTED] * 7]
    pattern = " ".join([_WORD, _WORD, _WORD, *measured, request, _QUOTED, *told])
    root = f"{LOG_PREFIX}/AWSLogs/{site.account}/elasticloadbalancing/{site.region}/"
    return LogTable(
        name="alb_access_logs",
        holds="Requests at the load balancer",
        bucket=logs.bucket,
        root=root,
        path=root + "${day}/",
        columns={
            **_strings("type time elb client_ip"),
            "client_port": "int",
            "target_ip": "string",
            "target_port": "int",
            "request_processing_time": "double",
            "target_processing_time": "double",
            "response_processing_time": "double",
            "elb_status_code": "int",
            "target_status_code": "string",
            "received_bytes": "bigint",
            "sent_bytes": "bigint",
            **_strings("request_verb request_url request_proto user_agent ssl_cipher ssl_protocol target_group_arn"),
            **_strings("trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time"),
            **_strings("actions_executed redirect_url lambda_error_reason target_port_list target_status_code_list"),
            **_strings("classification classification_reason conn_trace_id"),
        },
        format=lines(rf"{pattern}(?: {_WORD})?{_MORE}"),
        partitions={"day": days(logs.days)},
    )


def alb_connection_logs(site: Site, logs: Kept) -> LogTable:
    """Connections at the load balancer, also of clients that could not agree on TLS."""
    words = " ".join([_WORD, _WORD, r"([0-9]*) ([0-9]*)", _WORD, _WORD, r"([-.0-9]*)", _QUOTED, _WORD, _WORD, _WORD])
    root = f"{CONNECTION_LOG_PREFIX}/AWSLogs/{site.account}/elasticloadbalancing/{site.region}/"
    return LogTable(
        name="alb_connection_logs",
        holds="Connections at the load balancer",
        bucket=logs.bucket,
        root=root,
        path=root + "${day}/",
        columns={
            **_strings("time client_ip"),
            "client_port": "int",
            "listener_port": "int",
            **_strings("tls_protocol tls_cipher"),
            "tls_handshake_latency": "double",
            **_strings("leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number"),
            **_strings("tls_verify_status conn_trace_id"),
        },
        format=lines(rf"{words}(?: {_WORD})?{_MORE}"),
        partitions={"day": days(logs.days)},
    )


def s3_access_logs(site: Site, logs: Kept, buckets: pulumi.Input[str]) -> LogTable:
    """Requests at the `buckets`, whose names commas part; also those without a login, which CloudTrail leaves out."""
    stated = r'("[^"]*"|-)'
    pattern = " ".join(
        [_WORD, _WORD, r"\[(.*?)\]", *[_WORD] * 5, stated, r"(-|[0-9]*)", *[_WORD] * 6, stated, *[_WORD] * 9]
    )
    root = f"s3/{site.account}/{site.region}/"
    return LogTable(
        name="s3_access_logs",
        holds="Requests at the buckets",
        bucket=logs.bucket,
        root=root,
        path=root + "${bucket}/${day}/",
        columns={
            **_strings("bucketowner bucket_name requestdatetime remoteip requester requestid operation key"),
            **_strings("request_uri httpstatus errorcode"),
            "bytessent": "bigint",
            "objectsize": "bigint",
            **_strings("totaltime turnaroundtime referrer useragent versionid hostid sigv ciphersuite authtype"),
            **_strings("endpoint tlsversion accesspointarn aclrequired"),
        },
        format=lines(pattern + _MORE),
        partitions={"bucket": one_of(buckets), "day": days(logs.days)},
    )


def cloudfront_logs(site: Site, records: Kept, distribution: pulumi.Input[str]) -> LogTable:
    """Requests at CloudFront.

    AWS puts AWSLogs/, the account and CloudFront/ before a delivery's own path. The guides do not agree on whether it
    also does below a folder that the destination names, so both `folder`s are looked into; an empty one costs nothing.
    """
    folders = f"{CLOUDFRONT},{CLOUDFRONT}/AWSLogs/{site.account}/CloudFront"
    fields = (
        "date time x-edge-location sc-bytes c-ip c-port cs-method cs(Host) cs-uri-stem cs-uri-query sc-status "
        "cs(Referer) cs(User-Agent) x-host-header x-edge-result-type x-edge-response-result-type "
        "x-edge-detailed-result-type x-edge-request-id cs-protocol cs-protocol-version cs-bytes time-taken "
        "time-to-first-byte x-forwarded-for ssl-protocol ssl-cipher sc-content-type sc-content-len sc-range-start "
        "sc-range-end"
    )
    return LogTable(
        name="cloudfront_logs",
        holds="Requests at CloudFront",
        bucket=records.bucket,
        root=f"{CLOUDFRONT}/",
        path="${folder}/${distribution}/${day}/",
        columns=_strings(fields.lower()),
        format=json_lines(fields.replace(" ", ",")),
        partitions={
            "folder": one_of(folders),
            "distribution": one_of(distribution),
            "day": days(records.days),
        },
    )


def _strings(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "string")
