"""Fills the missing fields of secrets at deploy time. The folder is the Lambda package: it imports only itself."""
