-- What the root user did itself, which should be nothing.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    awsregion,
    eventsource,
    eventname,
    sourceipaddress,
    useragent,
    errorcode,
    requestparameters,
    eventid
FROM cloudtrail_logs
WHERE useridentity.type = 'Root'
    AND useridentity.invokedby IS NULL
    AND eventtype <> 'AwsServiceEvent'
    AND day BETWEEN ? AND ?
ORDER BY eventtime
