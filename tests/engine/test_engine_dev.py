"""The dev stack from nothing to nothing on the real engine, policies included. One stack, in the order of its life."""

from collections.abc import Callable

import pytest
from sandboxes import ROOT, Place

pytestmark = pytest.mark.engine

PACK = ("--policy-pack", "policies")


@pytest.fixture(scope="module")
def dev(dify: Callable[[str], Place]) -> Place:
    place = dify("dev")
    brought = place.up(*PACK)
    assert brought.code == 0, brought.text
    return place


def test_a_second_preview_finds_nothing_to_do(dev: Place) -> None:
    done = dev.preview("--expect-no-changes")
    assert done.code == 0, done.text


def test_a_preview_leaves_the_tracked_stack_file_as_it_is(dev: Place) -> None:
    tracked = ROOT / "Pulumi.dev.yaml"
    before = tracked.read_bytes()
    dev.preview()
    assert tracked.read_bytes() == before
    assert b"encryptionsalt" not in before


def test_a_changed_size_updates_in_place_and_replaces_nothing_that_holds_data(dev: Place) -> None:
    dev.edit("instanceClass: db.t4g.medium", "instanceClass: db.t4g.large")
    dev.edit("maxStorageGib: 50", "maxStorageGib: 60")
    dev.edit("backupRetentionDays: 7", "backupRetentionDays: 8")
    dev.edit("hourlyRetentionDays: 7", "hourlyRetentionDays: 8")
    dev.edit("dailyRetentionDays: 7", "dailyRetentionDays: 8")
    dev.edit("nodeType: cache.t4g.small", "nodeType: cache.t4g.medium")
    dev.edit("snapshotRetentionDays: 0", "snapshotRetentionDays: 1")
    done = dev.up(*PACK)
    assert done.code == 0, done.text
    stateful = done.stateful()
    assert set(stateful.values()) == {"same", "update"}
    assert {name for name, operation in stateful.items() if operation == "update"} == {
        "database-instance",
        "cache-group",
    }


def test_destroy_leaves_nothing(dev: Place) -> None:
    done = dev.destroy()
    assert done.code == 0, done.text
    assert dev.resources() == []
