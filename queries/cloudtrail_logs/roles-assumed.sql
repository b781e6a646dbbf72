-- Who became which role, from where. The session's name leads on to calls-of-principal.
-- Asks for: part of the role's ARN, empty for all; first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    eventname,
    coalesce(useridentity.arn, useridentity.invokedby, useridentity.username) AS principal,
    json_extract_scalar(requestparameters, '$.roleArn') AS role,
    json_extract_scalar(requestparameters, '$.roleSessionName') AS session,
    sourceipaddress,
    errorcode,
    eventid
FROM cloudtrail_logs
WHERE eventsource = 'sts.amazonaws.com'
    AND eventname IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity')
    AND strpos(json_extract_scalar(requestparameters, '$.roleArn'), ?) > 0
    AND day BETWEEN ? AND ?
ORDER BY eventtime
