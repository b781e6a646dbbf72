-- Which versions and ciphers of TLS clients use: whom a stricter policy would lock out.
-- Asks for: first day; last day (yyyy/mm/dd).

SELECT
    tls_protocol,
    tls_cipher,
    count(*) AS connections,
    count(DISTINCT client_ip) AS addresses
FROM alb_connection_logs
WHERE listener_port = 443
    AND day BETWEEN ? AND ?
GROUP BY 1, 2
ORDER BY connections DESC, tls_cipher
