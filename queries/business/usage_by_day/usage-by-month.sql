-- What each app cost and how much it was used, month by month, in the last year.

SELECT substr(day, 1, 7) AS month, app, max(mode) AS mode, currency, sum(turns) AS turns, sum(failures) AS failures,
    sum(tokens) AS tokens, sum(cost) AS cost
FROM usage_by_day
WHERE day >= CAST(current_date - INTERVAL '365' DAY AS varchar)
GROUP BY substr(day, 1, 7), app, currency
ORDER BY month DESC, cost DESC
