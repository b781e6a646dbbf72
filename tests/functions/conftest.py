"""Lambda puts a function's own folder on the path; here the same is done once, for every function."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgresql import PostgreSQL

FUNCTIONS = Path(__file__).parents[2] / "functions"
sys.path[:0] = [str(package.parent) for package in sorted(FUNCTIONS.glob("*/__init__.py"))]


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, so that a test never reaches an account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgreSQL]:
    with PostgreSQL.start() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_cluster: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> PostgreSQL:
    """A real server as new, whose certificate the functions verify."""
    postgresql_cluster.reset()
    monkeypatch.setenv("DATABASE_CA_FILE", str(postgresql_cluster.ca_file))
    return postgresql_cluster
