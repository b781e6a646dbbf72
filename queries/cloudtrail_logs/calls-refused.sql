-- Whom AWS refused what, how often: a role that lacks a permission, or somebody who tries doors.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    coalesce(useridentity.arn, useridentity.principalid, useridentity.type) AS principal,
    eventsource,
    eventname,
    errorcode,
    count(*) AS calls,
    count(DISTINCT sourceipaddress) AS addresses,
    min(eventtime) AS first_time,
    max(eventtime) AS last_time
FROM cloudtrail_logs
WHERE regexp_like(errorcode, '(AccessDenied|Unauthorized|Forbidden|NotAuthorized|AuthFailure)')
    AND day BETWEEN ? AND ?
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, eventname
