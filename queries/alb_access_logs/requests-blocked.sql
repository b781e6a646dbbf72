-- What the web firewall turned away at the load balancer, by address and path.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    client_ip,
    request_verb,
    regexp_extract(request_url, '^[a-z]+://[^/]+([^?]*)', 1) AS path,
    count(*) AS requests,
    max(user_agent) AS a_user_agent,
    min(time) AS first_time,
    max(time) AS last_time
FROM alb_access_logs
WHERE regexp_like(actions_executed, '(^|,)waf$')
    AND day BETWEEN ? AND ?
GROUP BY 1, 2, 3
ORDER BY requests DESC, client_ip
LIMIT 200
