-- What was called from an address, and as whom.
-- Asks for: the address; first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    awsregion,
    eventsource,
    eventname,
    coalesce(useridentity.arn, useridentity.principalid, useridentity.type) AS principal,
    useragent,
    errorcode,
    eventid
FROM cloudtrail_logs
WHERE sourceipaddress = ?
    AND day BETWEEN ? AND ?
ORDER BY eventtime
