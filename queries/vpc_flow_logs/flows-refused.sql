-- What the security groups refused most on a day, and whose it was.
-- Asks for: year; month; day.

SELECT
    pkt_srcaddr,
    pkt_dstaddr,
    dstport,
    protocol,
    ecs_service_name,
    sum(packets) AS all_packets,
    min(from_unixtime("start")) AS first_time,
    max(from_unixtime("end")) AS last_time
FROM vpc_flow_logs
WHERE action = 'REJECT'
    AND year = ?
    AND month = ?
    AND day = ?
GROUP BY 1, 2, 3, 4, 5
ORDER BY all_packets DESC, pkt_srcaddr
LIMIT 200
