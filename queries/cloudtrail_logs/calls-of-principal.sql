-- What a principal did, call by call.
-- Asks for: part of its ARN, such as the name of a user, a role or a session; first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    awsregion,
    eventsource,
    eventname,
    useridentity.arn AS principal,
    sourceipaddress,
    errorcode,
    requestparameters,
    eventid
FROM cloudtrail_logs
WHERE strpos(useridentity.arn, ?) > 0
    AND day BETWEEN ? AND ?
ORDER BY eventtime
