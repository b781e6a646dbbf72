"""Lambda puts the function's own folder on the path; here the same is done once."""

import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "functions" / "secret_keeper"
sys.path.insert(0, str(PACKAGE))


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, so that a test never reaches an account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
