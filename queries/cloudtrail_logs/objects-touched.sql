-- Who read, wrote or deleted which objects of a bucket.
-- Asks for: the bucket; the beginning of the keys, empty for all; first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    eventname,
    json_extract_scalar(requestparameters, '$.key') AS object,
    json_extract_scalar(requestparameters, '$.versionId') AS version,
    coalesce(useridentity.arn, useridentity.invokedby, useridentity.type) AS principal,
    sourceipaddress,
    errorcode,
    eventid
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com'
    AND eventcategory = 'Data'
    AND json_extract_scalar(requestparameters, '$.bucketName') = ?
    AND starts_with(coalesce(json_extract_scalar(requestparameters, '$.key'), ''), ?)
    AND day BETWEEN ? AND ?
ORDER BY eventtime
