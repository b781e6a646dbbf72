-- Who changed who may do or reach what: IAM, policies of buckets, keys and secrets, security groups.
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
            eventsource = 'iam.amazonaws.com'
            AND regexp_like(eventname, '^(Add|Attach|Create|Deactivate|Delete|Detach|Put|Remove|Set|Update|Upload)')
        )
        OR (
            eventsource = 'ec2.amazonaws.com'
            AND regexp_like(eventname, '(SecurityGroup|NetworkAcl|Route|InternetGateway|VpcEndpoint|VpcPeering)')
            AND NOT regexp_like(eventname, '^(Describe|Get|Search)')
        )
        OR (
            eventsource = 'kms.amazonaws.com'
            AND eventname IN (
                'CreateGrant', 'DisableKey', 'DisableKeyRotation', 'PutKeyPolicy', 'ReplicateKey', 'RevokeGrant',
                'ScheduleKeyDeletion'
            )
        )
        OR (
            eventsource = 's3.amazonaws.com'
            AND eventname IN (
                'DeleteBucketPolicy', 'DeletePublicAccessBlock', 'PutBucketAcl', 'PutBucketPolicy',
                'PutBucketPublicAccessBlock', 'PutBucketReplication'
            )
        )
        OR eventname IN ('DeleteResourcePolicy', 'PutResourcePolicy')
    )
ORDER BY eventtime
