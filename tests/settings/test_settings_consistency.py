"""Sections that are right by themselves may still not fit each other."""

from pathlib import Path
from typing import Any

import pytest

from dify.queues import ALL_QUEUES
from settings import ConfigurationError, parse
from settings.stack_file import read_values
from tests.settings.stack_files import refusals

ROOT = Path(__file__).parent.parent.parent


def lines_of(**changed: str) -> tuple[str, ...]:
    values = read_values(ROOT / "Pulumi.dev.yaml") | {f"dify:{key}": value for key, value in changed.items()}
    with pytest.raises(ConfigurationError) as refused:
        parse(values, "dev")
    return refused.value.lines


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


_ALL = [{"name": "all", "queues": list(ALL_QUEUES)}]


def test_a_worker_that_groups_leave_without_queues_is_refused() -> None:
    changes = {"services.workerGroups": _ALL, "services.worker.concurrency": 8}
    assert refusals(changes) == [
        (
            "config dify:services.worker: got a mapping; workerGroups all take every queue, so nothing would read it; "
            "remove it, or remove workerGroups"
        )
    ]


def test_groups_of_workers_alone_are_accepted() -> None:
    assert refusals({"services.workerGroups": _ALL}) == []


def test_data_nodes_that_the_zones_cannot_share_are_refused() -> None:
    changes = {"vectorStore.kind": "opensearch", "network.zones": ["eu-central-1a", "eu-central-1b"]}
    (line,) = refusals(changes, "dev")
    assert line.startswith("config dify:vectorStore.opensearch.dataNodes: got 3; cannot spread evenly over the 2 zones")


_CLOSED = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}
_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail-AbCdEf"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"mail": {"sender": "dify@example.com", "login": _LOGIN, "server": "smtp.example.com"}},
            (
                'mail.server: got "smtp.example.com"; a network without internet does not reach it; '
                "remove it to send through Amazon SES, which has an endpoint inside"
            ),
        ),
        (
            {"telemetry": {"endpoint": "https://otlp.example.com"}},
            (
                'telemetry.endpoint: got "https://otlp.example.com"; a network without internet does not reach it; '
                "remove it and set collector xray, which has an endpoint inside"
            ),
        ),
    ],
    ids=["mail", "telemetry"],
)
def test_what_a_closed_network_does_not_reach_is_refused(changes: dict[str, Any], line: str) -> None:
    assert refusals({**_CLOSED, **changes}) == [f"config dify:{line}"]
    assert refusals(changes) == []


def test_an_image_from_outside_the_allowed_registries_is_refused() -> None:
    (first, *_) = refusals({"images.allowedRegistries": ["docker.io/somebody"]})
    assert first.startswith("config dify:images.allowedRegistries: got ")
    assert "must come from docker.io/somebody; add docker.io/langgenius to images.allowedRegistries" in first
