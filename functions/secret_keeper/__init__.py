"""Fills the missing fields of secrets at deploy time. The Lambda package, with functions/shared."""
