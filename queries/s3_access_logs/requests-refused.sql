-- Who was refused what at the buckets.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    bucket,
    requester,
    remoteip,
    operation,
    errorcode,
    count(*) AS requests,
    count(DISTINCT key) AS objects
FROM s3_access_logs
WHERE httpstatus IN ('401', '403')
    AND day BETWEEN ? AND ?
GROUP BY 1, 2, 3, 4, 5
ORDER BY requests DESC, remoteip
LIMIT 200
