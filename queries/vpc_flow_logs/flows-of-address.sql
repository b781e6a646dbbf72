-- Whom an address talked to on a day, and whether it was let.
-- Asks for: the address, twice; year; month; day.

SELECT
    from_unixtime("start") AS begins,
    from_unixtime("end") AS ends,
    pkt_srcaddr,
    srcport,
    pkt_dstaddr,
    dstport,
    protocol,
    action,
    reject_reason,
    flow_direction,
    bytes,
    ecs_service_name,
    ecs_task_id,
    interface_id
FROM vpc_flow_logs
WHERE (pkt_srcaddr = ? OR pkt_dstaddr = ?)
    AND year = ?
    AND month = ?
    AND day = ?
ORDER BY begins, interface_id
