-- How long paths take until they begin to answer; streamed answers go on after that.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    request_verb,
    regexp_extract(request_url, '^[a-z]+://[^/]+([^?]*)', 1) AS path,
    count(*) AS requests,
    approx_percentile(target_processing_time, 0.5) AS median_seconds,
    approx_percentile(target_processing_time, 0.95) AS p95_seconds,
    max(target_processing_time) AS longest_seconds
FROM alb_access_logs
WHERE target_processing_time >= 0
    AND day BETWEEN ? AND ?
GROUP BY 1, 2
ORDER BY p95_seconds DESC, path
LIMIT 200
