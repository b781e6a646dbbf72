-- What an address asked for at CloudFront, behind which the load balancer sees only CloudFront's addresses.
-- Asks for: the address; first day; last day (yyyy/mm/dd).

SELECT
    "date",
    "time",
    "cs-method",
    "cs-uri-stem",
    "sc-status",
    "x-edge-result-type",
    "x-edge-detailed-result-type",
    "ssl-protocol",
    "cs(user-agent)",
    "x-edge-request-id"
FROM cloudfront_logs
WHERE "c-ip" = ?
    AND day BETWEEN ? AND ?
ORDER BY "date", "time"
