"""Sections that are right by themselves may still not fit each other."""

from pathlib import Path

import pytest

from settings import ConfigurationError, parse
from settings.stack_file import read_values

ROOT = Path(__file__).parent.parent.parent


def lines_of(**changed: str) -> tuple[str, ...]:
    values = read_values(ROOT / "Pulumi.dev.yaml") | {f"dify:{key}": value for key, value in changed.items()}
    with pytest.raises(ConfigurationError) as refused:
        parse(values, "dev")
    return refused.value.lines


def test_more_connections_than_the_database_admits_are_refused_with_the_sum() -> None:
    database = '{"instanceClass": "db.t4g.micro", "multiAz": false, "backupRetentionDays": 7}'
    assert lines_of(database=database) == (
        (
            "config dify:database.poolSize: got 10; (api 2x1x(10+10) + worker 2x1x(10+10) + beat 1x1x(10+10)) x 2 "
            "while deploying + 15 reserved = 215 connections, but db.t4g.micro admits 112; lower poolSize, maxOverflow "
            "or maxTasks, or take a larger instanceClass"
        ),
    )


def test_two_different_retentions_of_point_in_time_backups_are_refused() -> None:
    database = '{"instanceClass": "db.t4g.large", "multiAz": false, "backupRetentionDays": 9}'
    assert lines_of(database=database) == (
        (
            "config dify:database.backupRetentionDays: got 9; must equal backup.hourlyRetentionDays, which is 7: AWS "
            "Backup sets both to one value; set 7, or change the other"
        ),
    )


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_every_tracked_stack_fits_together(stack: str) -> None:
    assert parse(read_values(ROOT / f"Pulumi.{stack}.yaml"), stack).environment == stack


def test_the_longest_point_in_time_window_passes_where_both_name_it() -> None:
    values = read_values(ROOT / "Pulumi.prod.yaml")
    chosen = {"dify:database": '{"backupRetentionDays": 35}', "dify:backup": '{"hourlyRetentionDays": 35}'}
    assert parse(values | chosen, "prod").database.backup_retention_days == 35
