"""The real pack in the real engine stops what it is there to stop."""

import pytest
from sandboxes import ROOT, STATEFUL, Place

pytestmark = pytest.mark.engine

PACK = ("--policy-pack", str(ROOT / "policies"))


def test_a_preview_names_every_rule_that_a_bad_stack_breaks(small: Place) -> None:
    done = small.preview(*PACK)
    assert done.code != 0
    assert "[mandatory]" in done.text
    for rule in ("kms-key-must-rotate", "rds-instance-must-refuse-deletion", "rds-instance-must-be-multi-az"):
        assert rule in done.text, done.text


def test_an_update_creates_nothing_that_holds_data_below_the_baseline(small: Place) -> None:
    done = small.up(*PACK)
    assert done.code != 0
    assert [kept["urn"] for kept in small.resources() if STATEFUL.match(kept["type"])] == []
