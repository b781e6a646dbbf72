"""The program has every rule and its tracked exemptions. Whoever installs the pack has nothing that speaks of Dify, and
the exemptions that they name."""

import subprocess
import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel

from policies.guardrails import ALL
from policies.guardrails.audience import (
    AS_FAR_AS_DIFY,
    OF_DIFY,
    PACK,
    PACKAGE,
    VARIABLE,
    exemptions_file,
    is_installed,
    served,
)
from policies.guardrails.exemptions import of_file
from policies.guardrails.rule import RULES


def test_the_program_has_every_rule_as_it_is() -> None:
    assert not is_installed()
    assert [*served(ALL, installed=False)] == ALL


def test_what_is_left_out_or_advises_for_others_are_rules_that_exist() -> None:
    assert {rule.name for rule in RULES} >= OF_DIFY | AS_FAR_AS_DIFY
    assert not OF_DIFY & AS_FAR_AS_DIFY


def test_others_have_every_rule_but_those_of_dify_at_its_own_level_unless_it_knows_no_more_than_dify_uses() -> None:
    own = {policy.name: policy for policy in ALL}
    others = {policy.name: policy for policy in served(ALL, installed=True)}
    assert others.keys() == own.keys() - OF_DIFY
    for name, policy in others.items():
        advises = name in AS_FAR_AS_DIFY
        assert policy.enforcement_level is (EnforcementLevel.ADVISORY if advises else own[name].enforcement_level)
        assert policy.severity is own[name].severity


def test_no_variable_moves_the_exemptions_of_the_program() -> None:
    assert exemptions_file({VARIABLE: "elsewhere.yaml"}, installed=False) == PACK / "exemptions.yaml"


def test_others_have_the_exemptions_that_they_name_or_none() -> None:
    assert exemptions_file({VARIABLE: "mine.yaml"}, installed=True) == Path("mine.yaml")
    assert exemptions_file({}, installed=True) is None
    assert of_file(None).entries == ()


def test_a_named_file_that_cannot_be_read_is_one_line_and_lets_nothing_through(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe")
    unreadable = {
        tmp_path / "missing.yaml": "No such file or directory",
        tmp_path: "Is a directory",
        binary: "is no UTF-8",
    }
    for file, reason in unreadable.items():
        found = of_file(file)
        assert found.mistakes([]) == [f"exemptions.yaml: {file}: {reason}: name a file of exemptions in {VARIABLE}"]
        assert found.entries == ()


def test_only_the_folder_of_the_wheel_counts_as_installed() -> None:
    assert is_installed(Path("/x/site-packages") / PACKAGE)
    assert not is_installed(Path("/x/policies"))


def test_as_a_module_the_pack_says_where_it_lies() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "policies"], cwd=PACK.parent, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{PACK}\n"
