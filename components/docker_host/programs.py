"""The volume of scripts and configuration, and where containers see it."""

FOLDER = "/opt/dify"
SECRETS_FOLDER = "/run/secrets/dify"
"""Where a container sees the secrets of its own."""

BACKUPS_FOLDER = "/var/lib/dify/backups"
ROLE_FOLDER = "/var/lib/dify/role"


def path(name: str) -> str:
    """Where a container sees a program."""
    return f"{FOLDER}/{name}"
