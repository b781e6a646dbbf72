"""The real pack in the real engine stops what it is there to stop."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sandboxes import ROOT, STATEFUL, Place

from policies.guardrails.configuration import file_of

pytestmark = pytest.mark.engine

PACK = ("--policy-pack", str(ROOT / "policies"))


def test_a_preview_names_every_rule_that_a_bad_stack_breaks(small: Place) -> None:
    done = small.preview(*PACK)
    assert done.code != 0
    assert "[mandatory]" in done.text
    for rule in ("kms-key-must-rotate", "rds-instance-must-refuse-deletion", "rds-instance-must-be-multi-az"):
        assert rule in done.text, done.text


def test_a_first_preview_of_prod_leaves_no_rule_undecided(dify: Callable[[str], Place]) -> None:
    """Rules that wait for a composed document say so to the engine only (tests/policies/test_preview_verdicts.py)."""
    done = dify("prod").preview(*PACK, "--policy-pack-config", str(file_of("prod")))
    assert done.code == 0, done.text
    assert "dify-guardrails" in done.text
    assert "can't run policy" not in done.text
    assert "can't be known during preview" not in done.text


def test_an_update_creates_nothing_that_holds_data_below_the_baseline(small: Place) -> None:
    done = small.up(*PACK)
    assert done.code != 0
    assert [kept["urn"] for kept in small.resources() if STATEFUL.match(kept["type"])] == []


def test_a_configuration_that_lowers_a_critical_rule_in_production_ends_a_preview_before_it_starts(
    small: Place, tmp_path: Path
) -> None:
    lowered = tmp_path / "config.json"
    lowered.write_text(json.dumps({"rds-instance-must-not-be-public": "advisory", "kms-key-must-rotat": "advisory"}))
    done = small.preview(*PACK, "--policy-pack-config", str(lowered))
    assert done.code != 0
    assert "rds-instance-must-not-be-public: a critical rule is mandatory in production, got advisory" in done.text
    assert "kms-key-must-rotat: no rule has this name; did you mean kms-key-must-rotate?" in done.text
    assert "Traceback" not in done.text
    assert done.names("create") <= {"small-test"}


def test_a_lowered_rule_is_said_and_does_not_stop(small: Place, tmp_path: Path) -> None:
    lowered = tmp_path / "config.json"
    lowered.write_text(json.dumps({"kms-key-must-rotate": {"enforcementLevel": "advisory"}}))
    done = small.preview(*PACK, "--policy-pack-config", str(lowered))
    told = [line for line in done.text.splitlines() if "kms-key-must-rotate" in line]
    assert told
    assert all("[advisory]" in line for line in told)
