"""Strict-Transport-Security: how long browsers are told to stay with HTTPS."""

LEAST_HSTS_SECONDS = 31_536_000
"""A year, the least that the preload lists of browsers take (hstspreload.org)."""
