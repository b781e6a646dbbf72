-- Which service sent how much to which public address on a day.
-- Asks for: year; month; day.

SELECT
    ecs_service_name,
    pkt_dstaddr,
    dstport,
    pkt_dst_aws_service,
    sum(bytes) AS all_bytes,
    sum(packets) AS all_packets
FROM vpc_flow_logs
WHERE flow_direction = 'egress'
    AND action = 'ACCEPT'
    AND NOT regexp_like(pkt_dstaddr, '^(-$|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)')
    AND NOT regexp_like(pkt_dstaddr, '^(100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cd]|fe80)')
    AND year = ?
    AND month = ?
    AND day = ?
GROUP BY 1, 2, 3, 4
ORDER BY all_bytes DESC, pkt_dstaddr
LIMIT 200
