-- Who opened a shell in a container by ECS Exec, or a session by Systems Manager.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    eventname,
    coalesce(useridentity.arn, useridentity.invokedby) AS principal,
    json_extract_scalar(requestparameters, '$.cluster') AS cluster,
    json_extract_scalar(requestparameters, '$.task') AS task,
    json_extract_scalar(requestparameters, '$.container') AS container,
    json_extract_scalar(requestparameters, '$.command') AS command,
    sourceipaddress,
    errorcode,
    eventid
FROM cloudtrail_logs
WHERE (
        (eventsource = 'ecs.amazonaws.com' AND eventname = 'ExecuteCommand')
        OR (eventsource = 'ssm.amazonaws.com' AND eventname IN ('StartSession', 'ResumeSession'))
    )
    AND day BETWEEN ? AND ?
ORDER BY eventtime
