-- What each model was asked and what it cost, month by month, in the last year.

SELECT substr(day, 1, 7) AS month, provider, model, currency, sum(turns) AS turns, sum(tokens_in) AS tokens_in,
    sum(tokens_out) AS tokens_out, sum(cost) AS cost
FROM usage_by_day
WHERE day >= CAST(current_date - INTERVAL '365' DAY AS varchar) AND kind = 'messages'
GROUP BY substr(day, 1, 7), provider, model, currency
ORDER BY month DESC, cost DESC
