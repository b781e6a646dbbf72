"""`python -m tests.functions.business_bench`: what a run over a million messages takes. Exit code 1 above the goal."""

import os
import resource
import sys
import time

import pytest
from moto import mock_aws

from tests.functions import conftest
from tests.functions.business_world import World
from tests.functions.dify_tables import INDEXES, TABLES, statements
from tests.functions.test_business_metrics_million import MESSAGES, RUNS
from tests.servers.postgresql import PostgreSQL

_MOST_SECONDS, _MOST_MIB = 10, 200
"""The goal for one run, the record of a day included; this process holds moto and pytest as well."""

_NOBODY = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")


def main() -> int:
    """Everything on one day, which a run then reads in whole: print and compare."""
    assert conftest.FUNCTIONS.is_dir()  # importing it has put the functions on the path
    a_day = MESSAGES.replace("2026-11-10 13:00", "2026-11-19 13:00").replace("0.864 s", "0.0864 s")
    os.environ.update({**_NOBODY, "AWS_DEFAULT_REGION": "eu-central-1"})
    with PostgreSQL.start() as server, pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("DATABASE_CA_FILE", str(server.ca_file))
        world = World.make(server, patch, tables=TABLES)
        world.sql(a_day, RUNS, *statements(INDEXES), "ANALYZE")
        started = time.monotonic()
        world.run("2026-11-20T12:01:00Z")
        seconds = time.monotonic() - started
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"business metrics over a million messages of one day: {seconds:.1f} s, {mebibytes:.0f} MiB")
    return 0 if seconds <= _MOST_SECONDS and mebibytes <= _MOST_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
