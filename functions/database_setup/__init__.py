"""Makes databases, their owners and their logins. The Lambda package, with functions/shared and pg8000."""
