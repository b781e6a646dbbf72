-- Every request for an object, also by a signed link and without a login.
-- Asks for: the bucket; the beginning of the key; first day; last day (yyyy/mm/dd).

SELECT
    date_parse(requestdatetime, '%d/%b/%Y:%H:%i:%S +0000') AS asked_at,
    operation,
    key,
    httpstatus,
    errorcode,
    requester,
    authtype,
    remoteip,
    useragent,
    bytessent,
    versionid,
    requestid
FROM s3_access_logs
WHERE bucket = ?
    AND starts_with(key, ?)
    AND day BETWEEN ? AND ?
ORDER BY asked_at
