-- Who read a secret's value. Without a name also those who read many at once.
-- Asks for: part of the secret's name or ARN, empty for all; first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    eventname,
    json_extract_scalar(requestparameters, '$.secretId') AS secret,
    coalesce(useridentity.arn, useridentity.invokedby) AS principal,
    sourceipaddress,
    errorcode,
    eventid
FROM cloudtrail_logs
WHERE eventsource = 'secretsmanager.amazonaws.com'
    AND eventname IN ('GetSecretValue', 'BatchGetSecretValue')
    AND strpos(coalesce(json_extract_scalar(requestparameters, '$.secretId'), ''), ?) > 0
    AND day BETWEEN ? AND ?
ORDER BY eventtime
