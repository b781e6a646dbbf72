-- Who deleted, or tried to delete, what keeps data: backups, snapshots, databases, caches, search domains, buckets, keys.
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
            eventsource = 'backup.amazonaws.com'
            AND regexp_like(eventname, '^(Delete|Disassociate|StopBackupJob|UpdateRecoveryPointLifecycle)')
        )
        OR (
            eventsource IN ('rds.amazonaws.com', 'elasticache.amazonaws.com', 'es.amazonaws.com')
            AND regexp_like(eventname, '^Delete')
        )
        OR (
            eventsource = 's3.amazonaws.com'
            AND eventname IN (
                'DeleteBucket', 'DeleteBucketReplication', 'PutBucketLifecycle', 'PutBucketVersioning',
                'PutObjectLockConfiguration'
            )
        )
        OR (eventsource = 'secretsmanager.amazonaws.com' AND eventname = 'DeleteSecret')
        OR (eventsource = 'kms.amazonaws.com' AND eventname IN ('DisableKey', 'ScheduleKeyDeletion'))
    )
ORDER BY eventtime
