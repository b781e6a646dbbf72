-- Who changed what is recorded or who is told of it: trails, logs, flow logs, Config, GuardDuty, alarms.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    awsregion,
    eventsource,
    eventname,
    coalesce(useridentity.arn, useridentity.invokedby) AS principal,
    sourceipaddress,
    errorcode,
    requestparameters,
    eventid
FROM cloudtrail_logs
WHERE day BETWEEN ? AND ?
    AND (
        (
            eventsource = 'cloudtrail.amazonaws.com'
            AND regexp_like(eventname, '^(Delete|Put|StopLogging|UpdateTrail)')
        )
        OR (
            eventsource IN (
                'config.amazonaws.com', 'guardduty.amazonaws.com', 'securityhub.amazonaws.com',
                'access-analyzer.amazonaws.com'
            )
            AND regexp_like(eventname, '^(Delete|Disable|Disassociate|Put|Stop|Update)')
        )
        OR (
            eventsource = 'logs.amazonaws.com'
            AND regexp_like(eventname, '^(Delete|PutRetentionPolicy|DisassociateKmsKey)')
        )
        OR (
            eventsource = 'monitoring.amazonaws.com'
            AND eventname IN ('DeleteAlarms', 'DisableAlarmActions', 'PutMetricAlarm')
        )
        OR eventname IN ('DeleteFlowLogs', 'PutBucketLogging', 'DeleteLoggingConfiguration', 'Unsubscribe')
    )
ORDER BY eventtime
