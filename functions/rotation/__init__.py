"""Replaces logins and keys while their readers run. The Lambda package, with pg8000 and redis vendored."""
