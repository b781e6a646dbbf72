"""Replaces logins and keys while their readers run. The Lambda package, with functions/shared, pg8000 and redis."""
