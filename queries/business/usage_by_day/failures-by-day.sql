-- Apps of which a part failed, day by day, in the last month.

SELECT day, app, kind, sum(turns) AS turns, sum(failures) AS failures,
    round(100.0 * sum(failures) / sum(turns), 1) AS percent
FROM usage_by_day
WHERE day >= CAST(current_date - INTERVAL '30' DAY AS varchar)
GROUP BY day, app, kind
HAVING sum(failures) > 0
ORDER BY day DESC, failures DESC
