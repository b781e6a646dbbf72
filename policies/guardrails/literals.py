"""Secrets written where they can be read: environment variables of containers and functions.

Only names are ever reported. A value that is found is a secret, whatever else it is.
"""

import re
from typing import Any

from .values import UNKNOWN

SECRET_NAME = re.compile(
    r"(^|_)(KEY|SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIALS?|PASSPHRASE|DSN)$|(^|_)(BROKER|BACKEND)_URL$", re.IGNORECASE
)
URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:(?!\{[\w.]+\}@)[^/\s@]+@", re.IGNORECASE)
"""A template is none: `rediss://{username}:{password}@{host}` says where a password will stand."""
KEY_MATERIAL = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-[A-Za-z0-9]{20,}")
REFERENCE = re.compile(r"^arn:aws[a-z-]*:(secretsmanager|ssm|kms):")

PUBLISHED = frozenset(
    {
        "sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U",
        "difyai123456",
        "dify-sandbox",
        "lYkiYYT6owG+71oLerGzA7GXCgOT++6ovaezWAjpCjf+Sjc3ZtU+qUEi",
        "QaHbTe77CtuXmsfyhR7+vRjI/+XbV1AaFy691iy+kGDv2Jvy0/eAh8Y1",
    }
)
"""Values of docker/.env.example in langgenius/dify: everybody knows them."""


def holds_secret(name: str, value: Any) -> bool:
    """Whether a variable carries a secret in its value. An empty value and the ARN of a secret do not."""
    if value is UNKNOWN or value in (None, ""):
        return False
    text = str(value)
    if text in PUBLISHED or URL_WITH_PASSWORD.search(text) or KEY_MATERIAL.search(text):
        return True
    return bool(SECRET_NAME.search(name)) and not REFERENCE.match(text)
