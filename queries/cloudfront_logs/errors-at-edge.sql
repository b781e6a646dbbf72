-- Which paths failed at CloudFront and why, also those that never reached the load balancer.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    "cs-method",
    "cs-uri-stem",
    "sc-status",
    "x-edge-detailed-result-type",
    count(*) AS requests,
    count(DISTINCT "c-ip") AS addresses
FROM cloudfront_logs
WHERE "x-edge-result-type" = 'Error'
    AND day BETWEEN ? AND ?
GROUP BY 1, 2, 3, 4
ORDER BY requests DESC, "cs-uri-stem"
LIMIT 200
