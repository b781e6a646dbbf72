-- Which paths failed, how often, and whether the service failed or nobody answered for it.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    request_verb,
    regexp_extract(request_url, '^[a-z]+://[^/]+([^?]*)', 1) AS path,
    elb_status_code,
    target_status_code,
    count(*) AS requests,
    count(DISTINCT client_ip) AS addresses,
    min(time) AS first_time,
    max(time) AS last_time
FROM alb_access_logs
WHERE elb_status_code >= 500
    AND day BETWEEN ? AND ?
GROUP BY 1, 2, 3, 4
ORDER BY requests DESC, path
LIMIT 200
