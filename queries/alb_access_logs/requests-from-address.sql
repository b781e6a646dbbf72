-- What an address asked for at the load balancer.
-- Asks for: the address; first day; last day (yyyy/mm/dd).

SELECT
    time,
    request_verb,
    regexp_extract(request_url, '^[a-z]+://[^/]+([^?]*)', 1) AS path,
    elb_status_code,
    target_status_code,
    received_bytes,
    sent_bytes,
    user_agent,
    actions_executed,
    trace_id
FROM alb_access_logs
WHERE client_ip = ?
    AND day BETWEEN ? AND ?
ORDER BY time
