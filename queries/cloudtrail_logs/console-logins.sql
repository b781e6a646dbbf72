-- Who signed in to the console or failed to, and whether with a second factor.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    eventtime,
    eventname,
    coalesce(useridentity.arn, useridentity.username, useridentity.type) AS principal,
    json_extract_scalar(responseelements, '$.ConsoleLogin') AS outcome,
    json_extract_scalar(additionaleventdata, '$.MFAUsed') AS second_factor,
    sourceipaddress,
    useragent,
    errormessage,
    eventid
FROM cloudtrail_logs
WHERE eventsource IN ('signin.amazonaws.com', 'sso.amazonaws.com')
    AND eventname IN (
        'Authenticate', 'CheckMfa', 'ConsoleLogin', 'Federate', 'PasswordRecoveryRequested', 'SwitchRole',
        'UserAuthentication'
    )
    AND day BETWEEN ? AND ?
ORDER BY eventtime
