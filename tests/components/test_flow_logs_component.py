"""Logs of traffic."""

from functools import cache

from components.flow_logs import FIELDS, FlowLogs, FlowLogsArgs
from tests.components.component_graphs import site
from tests.recorder import Recorded, record


@cache
def _flow_log() -> Recorded:
    args = FlowLogsArgs(site=site(), vpc_id="vpc", bucket_arn="arn:aws:s3:::logs")
    return record(lambda: FlowLogs("flow-logs", args)).one("ec2/flowLog:FlowLog")


def test_all_traffic_of_the_network_is_recorded_minute_by_minute() -> None:
    inputs = _flow_log().inputs
    assert (inputs["vpcId"], inputs["trafficType"], inputs["maxAggregationInterval"]) == ("vpc", "ALL", 60)


def test_records_lie_in_the_bucket_as_files_that_athena_reads_by_the_hour() -> None:
    inputs = _flow_log().inputs
    assert inputs["logDestinationType"] == "s3"
    assert inputs["logDestination"] == "arn:aws:s3:::logs/flow-logs/"
    assert inputs["destinationOptions"] == {
        "fileFormat": "parquet",
        "hiveCompatiblePartitions": True,
        "perHourPartition": True,
    }


def test_a_record_says_who_really_spoke_to_whom_and_what_became_of_it() -> None:
    assert _flow_log().inputs["logFormat"].split() == [f"${{{field}}}" for field in FIELDS]
    assert len(set(FIELDS)) == len(FIELDS)
    assert {"pkt-srcaddr", "pkt-dstaddr", "action", "ecs-service-name", "flow-direction"} <= {*FIELDS}
