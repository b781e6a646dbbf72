"""Asks Dify each minute what its users ask, and publishes whether it answered. The Lambda package, with
functions/shared."""
