"""Queries of requests, connections and flows, over rows cut from lines as the services write them.

The lines are shaped as in the Elastic Load Balancing ("Access log entries", "Connection log entries") and Amazon S3
("Server access log format") User Guides.
"""

from typing import Any

from tests.queries.athena_world import TABLES, World, cells

_DAY = "2026/11/24"


def _request(
    *,
    time: str = "10:00:00",
    client: str = "203.0.113.9:2817",
    target: str = "10.20.48.4:5001",
    seconds: str = "0.001 0.048 0.000",
    statuses: str = "200 200",
    asked: str = "GET https://dify.example.com:443/console/api/apps?page=1 HTTP/1.1",
    done: str = "waf,forward",
) -> dict[str, Any]:
    line = (
        f"h2 2026-11-24T{time}.186641Z app/dify-alb/50dc6c495c0c9188 {client} {target} {seconds} {statuses} 34 366 "
        f'"{asked}" "Mozilla/5.0 (X11; Linux x86_64)" TLS_AES_128_GCM_SHA256 TLSv1.3 '
        "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/api/73e2d6bc24d8a067 "
        '"Root=1-58337281-1d84f3d73c47ec4e58577259" "dify.example.com" '
        '"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012" 1 '
        f'2026-11-24T{time}.100000Z "{done}" "-" "-" "10.20.48.4:5001" "200" "-" "-" TID_123456'
    )
    return {**cells(TABLES["alb_access_logs"], line), "day": _DAY}


def _connection(client: str, protocol: str, cipher: str, time: str = "10:00:00") -> dict[str, Any]:
    done = "-" if protocol == "-" else "4.036"
    line = f'2026-11-24T{time}.514108Z {client} 36280 443 {protocol} {cipher} {done} "-" - - - TID_3180a73013c8ca4b'
    return {**cells(TABLES["alb_connection_logs"], line), "day": _DAY}


def _object(
    time: str, key: str, status: str = "200", requester: str = "arn:aws:sts::111122223333:assumed-role/api/0123"
) -> dict[str, Any]:
    error = "-" if status == "200" else "AccessDenied"
    line = (
        f"79a59df900b949e55d96a1e698fbaced files [24/Nov/2026:{time} +0000] 203.0.113.9 {requester} 3E57427F3EXAMPLE "
        f'REST.GET.OBJECT {key} "GET /{key}?X-Amz-Signature=1 HTTP/1.1" {status} {error} '
        '113 4096 7 6 "-" "Mozilla/5.0 (X11)" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/ SigV4 '
        "TLS_AES_128_GCM_SHA256 QueryString files.s3.eu-central-1.amazonaws.com TLSv1.3 - -"
    )
    return {**cells(TABLES["s3_access_logs"], line), "day": _DAY, "bucket": "files"}


def _flow(**more: Any) -> dict[str, Any]:
    return {
        "year": 2026,
        "month": 11,
        "day": 24,
        "start": 1_795_000_000,
        "end": 1_795_000_060,
        "action": "ACCEPT",
        "flow_direction": "egress",
        "protocol": 6,
        "interface_id": "eni-1",
        **more,
    }


def test_a_line_of_the_load_balancer_is_cut_into_its_columns() -> None:
    row = _request()
    assert (row["client_ip"], row["client_port"], row["target_ip"], row["target_port"]) == (
        "203.0.113.9",
        2817,
        "10.20.48.4",
        5001,
    )
    assert (row["request_verb"], row["request_proto"], row["target_processing_time"]) == ("GET", "HTTP/1.1", 0.048)
    assert (row["classification"], row["classification_reason"], row["conn_trace_id"]) == ("-", "-", "TID_123456")


def test_a_request_that_reached_no_service_and_one_that_cannot_be_read_have_columns_too() -> None:
    row = _request(target="-", seconds="-1 -1 -1", statuses="400 -", asked="- https://dify.example.com:443- ", done="-")
    assert (row["target_ip"], row["target_port"], row["elb_status_code"], row["target_status_code"]) == (
        "",
        None,
        400,
        "-",
    )
    assert (row["request_verb"], row["request_proto"]) == ("-", "")


def test_an_address_of_ipv6_keeps_its_colons() -> None:
    row = _request(client="2001:db8::9:443")
    assert (row["client_ip"], row["client_port"]) == ("2001:db8::9", 443)


def test_fields_that_aws_appends_later_are_passed_over() -> None:
    line = '2026-11-24T10:00:00.5Z 203.0.113.9 1 443 TLSv1.3 TLS_AES_128_GCM_SHA256 4.0 "-" - - - TID_1 more "to come"'
    assert cells(TABLES["alb_connection_logs"], line)["conn_trace_id"] == "TID_1"


def test_requests_from_an_address_are_listed_in_order_without_their_query() -> None:
    world = World().add(
        "alb_access_logs", _request(time="10:00:02"), _request(time="10:00:01"), _request(client="192.0.2.1:1")
    )
    answer = world.ask("requests-from-address", "203.0.113.9", _DAY, _DAY)
    assert [(row["time"][11:19], row["path"]) for row in answer] == [
        ("10:00:01", "/console/api/apps"),
        ("10:00:02", "/console/api/apps"),
    ]


def test_server_errors_tell_a_failing_service_from_a_missing_one() -> None:
    missing = {"target": "-", "statuses": "503 -"}
    world = World().add(
        "alb_access_logs",
        *(_request(statuses="500 500") for _ in range(2)),
        _request(**missing),
        _request(statuses="404 404"),
    )
    answer = world.ask("server-errors", _DAY, _DAY)
    assert [(row["elb_status_code"], row["target_status_code"], row["requests"]) for row in answer] == [
        (500, "500", 2),
        (503, "-", 1),
    ]
    assert {row["path"] for row in answer} == {"/console/api/apps"}


def test_the_slowest_paths_come_first_and_requests_without_an_answer_do_not_count() -> None:
    slow, fast = (
        "POST https://dify.example.com:443/v1/chat-messages HTTP/1.1",
        "GET https://dify.example.com:443/ HTTP/1.1",
    )
    world = World().add(
        "alb_access_logs",
        *(_request(asked=slow, seconds=f"0.0 {seconds} 0.0") for seconds in (1.0, 2.0, 9.0)),
        _request(asked=fast, seconds="0.0 0.010 0.0"),
        _request(asked=fast, seconds="-1 -1 -1"),
    )
    first, second = world.ask("slowest-paths", _DAY, _DAY)
    assert (first["path"], first["requests"], first["longest_seconds"]) == ("/v1/chat-messages", 3, 9.0)
    assert (second["path"], second["requests"]) == ("/", 1)


def test_blocked_requests_are_those_that_went_no_further_than_the_firewall() -> None:
    world = World().add(
        "alb_access_logs",
        *(_request(done="waf", target="-", statuses="403 -") for _ in range(3)),
        _request(done="waf,forward", statuses="403 403"),
        _request(done="waf-failed,forward"),
    )
    (row,) = world.ask("requests-blocked", _DAY, _DAY)
    assert (row["client_ip"], row["path"], row["requests"]) == ("203.0.113.9", "/console/api/apps", 3)


def test_versions_of_tls_are_counted_by_connection_and_client() -> None:
    old, new = ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"), ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
    world = World().add(
        "alb_connection_logs",
        *(_connection("203.0.113.1", *new) for _ in range(3)),
        _connection("203.0.113.2", *old),
        _connection("203.0.113.3", *old),
    )
    answer = world.ask("tls-of-clients", _DAY, _DAY)
    assert [(row["tls_protocol"], row["connections"], row["addresses"]) for row in answer] == [
        ("TLSv1.3", 3, 1),
        ("TLSv1.2", 2, 2),
    ]


def test_clients_that_failed_to_agree_on_tls_are_named() -> None:
    world = World().add(
        "alb_connection_logs",
        _connection("203.0.113.7", "-", "-"),
        _connection("203.0.113.8", "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    )
    (row,) = world.ask("handshakes-failed", _DAY, _DAY)
    assert (row["client_ip"], row["connections"]) == ("203.0.113.7", 1)


def test_flows_that_were_refused_are_added_up() -> None:
    refused = {"action": "REJECT", "pkt_srcaddr": "198.51.100.4", "pkt_dstaddr": "10.20.1.4", "dstport": 22}
    world = World().add(
        "vpc_flow_logs",
        _flow(**refused, packets=2),
        _flow(**refused, packets=3),
        _flow(**refused | {"action": "ACCEPT"}, packets=90),
        _flow(**refused, packets=50) | {"day": 23},
    )
    (row,) = world.ask("flows-refused", 2026, 11, 24)
    assert (row["pkt_srcaddr"], row["dstport"], row["all_packets"]) == ("198.51.100.4", 22, 5)


def test_bytes_sent_outside_are_counted_by_service_and_none_that_stayed_inside() -> None:
    inside = ("10.20.3.4", "172.31.0.9", "192.168.4.4", "100.64.0.3", "169.254.169.254", "fd00::4", "-")
    world = World().add(
        "vpc_flow_logs",
        _flow(ecs_service_name="api", pkt_dstaddr="198.51.100.4", dstport=443, bytes=1000, packets=1),
        _flow(ecs_service_name="api", pkt_dstaddr="198.51.100.4", dstport=443, bytes=500, packets=1),
        _flow(ecs_service_name="worker", pkt_dstaddr="172.32.0.1", dstport=443, bytes=7, packets=1),
        _flow(ecs_service_name="api", pkt_dstaddr="198.51.100.4", dstport=443, bytes=9, flow_direction="ingress"),
        _flow(ecs_service_name="api", pkt_dstaddr="198.51.100.4", dstport=443, bytes=9, action="REJECT"),
        *(_flow(ecs_service_name="api", pkt_dstaddr=address, bytes=10**9) for address in inside),
    )
    answer = world.ask("sent-outside", 2026, 11, 24)
    assert [(row["ecs_service_name"], row["pkt_dstaddr"], row["all_bytes"]) for row in answer] == [
        ("api", "198.51.100.4", 1500),
        ("worker", "172.32.0.1", 7),
    ]


def test_flows_of_an_address_show_both_directions_in_order() -> None:
    world = World().add(
        "vpc_flow_logs",
        _flow(pkt_srcaddr="10.20.1.4", pkt_dstaddr="10.20.2.5", start=1_795_000_030),
        _flow(pkt_srcaddr="10.20.2.5", pkt_dstaddr="10.20.1.4", action="REJECT", reject_reason="SG"),
        _flow(pkt_srcaddr="10.20.1.9", pkt_dstaddr="10.20.2.5"),
    )
    answer = world.ask("flows-of-address", "10.20.1.4", "10.20.1.4", 2026, 11, 24)
    assert [row["action"] for row in answer] == ["REJECT", "ACCEPT"]
    assert answer[0]["begins"] < answer[1]["begins"] < answer[1]["ends"]


def test_every_request_for_an_object_is_found_also_by_a_signed_link() -> None:
    world = World().add(
        "s3_access_logs",
        _object("10:00:02", "upload_files/t1/a.pdf"),
        _object("10:00:01", "upload_files/t1/a.pdf", "403", "-"),
        _object("10:00:03", "upload_files/t2/a.pdf"),
    )
    answer = world.ask("requests-for-object", "files", "upload_files/t1/", _DAY, _DAY)
    assert [(row["httpstatus"], row["requester"], row["authtype"]) for row in answer] == [
        ("403", "-", "QueryString"),
        ("200", "arn:aws:sts::111122223333:assumed-role/api/0123", "QueryString"),
    ]


def test_requests_that_a_bucket_refused_are_counted() -> None:
    world = World().add(
        "s3_access_logs",
        _object("10:00:01", "a", "403", "-"),
        _object("10:00:02", "b", "403", "-"),
        _object("10:00:03", "c", "401", "-"),
        _object("10:00:04", "a"),
    )
    (row,) = world.ask("requests-refused", _DAY, _DAY)
    assert (row["bucket"], row["errorcode"], row["requests"], row["objects"]) == ("files", "AccessDenied", 3, 3)


def test_requests_at_cloudfront_are_found_by_viewer_and_by_error() -> None:
    def asked(time: str, viewer: str, result: str, status: str) -> dict[str, Any]:
        seen = {"x-edge-result-type": result, "x-edge-detailed-result-type": f"Origin{result}", "sc-status": status}
        return {"day": _DAY, "date": "2026-11-24", "time": time, "c-ip": viewer, "cs-uri-stem": "/v1/messages", **seen}

    world = World().add(
        "cloudfront_logs",
        asked("10:00:02", "203.0.113.9", "Miss", "200"),
        asked("10:00:01", "203.0.113.9", "Error", "502"),
        asked("10:00:03", "203.0.113.8", "Error", "502"),
    )
    seen = world.ask("requests-of-viewer", "203.0.113.9", _DAY, _DAY)
    assert [row["sc-status"] for row in seen] == ["502", "200"]
    (row,) = world.ask("errors-at-edge", _DAY, _DAY)
    assert (row["x-edge-detailed-result-type"], row["requests"], row["addresses"]) == ("OriginError", 2, 2)
