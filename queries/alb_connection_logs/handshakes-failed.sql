-- Who tried to connect and could not agree on TLS: old clients, scanners.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    client_ip,
    count(*) AS connections,
    min(time) AS first_time,
    max(time) AS last_time
FROM alb_connection_logs
WHERE listener_port = 443
    AND tls_protocol = '-'
    AND day BETWEEN ? AND ?
GROUP BY 1
ORDER BY connections DESC, client_ip
LIMIT 200
