"""Makes databases, their owners and their logins. The folder is the Lambda package, with pg8000 vendored."""
