"""Workflows: pinned, with a token only where they sign in, and as the role of their purpose."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from settings.pipeline import Pipeline
from tests.components.component_graphs import ROOT

FOLDER = ROOT / ".github"
WORKFLOWS = {path.stem: path for path in sorted((FOLDER / "workflows").glob("*.yml"))}
FILES = [*WORKFLOWS.values(), *sorted((FOLDER / "actions").rglob("action.yml"))]
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}|\./\.github/actions/[\w-]+")
SIGNING_IN = {
    "preview": "AWS_PREVIEW_ROLE",
    "drift": "AWS_DRIFT_ROLE",
    "policies": "AWS_DRIFT_ROLE",
    "deploy": "AWS_DEPLOY_ROLE",
}
REPORTING = ("preview", "policies")
"""Those that show what the policies find in code scanning."""

UNDER_POLICIES = "--stack prod --policy-pack policies --policy-pack-config policies/config.prod.json"


def read(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    found = cast("dict[Any, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
    return {"on" if key is True else str(key): value for key, value in found.items()}


def job(name: str) -> dict[str, Any]:
    (found,) = cast("dict[str, Any]", read(WORKFLOWS[name])["jobs"]).values()
    return found


def commands(name: str) -> str:
    return "\n".join(str(step.get("run", "")) for step in job(name)["steps"])


def steps(path: Path) -> list[dict[str, Any]]:
    found = read(path)
    if "runs" in found:
        return found["runs"]["steps"]
    return [step for one in found["jobs"].values() for step in one["steps"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.stem)
def test_every_action_of_others_is_pinned_to_a_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [name for name in used if not PINNED.fullmatch(name)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_gets_a_token_only_where_it_signs_in(name: str) -> None:
    workflow = read(WORKFLOWS[name])
    assert workflow["permissions"] == {"contents": "read"}
    for one in workflow["jobs"].values():
        wanted = {"contents": "read", "id-token": "write"} if name in SIGNING_IN else None
        if name in REPORTING:
            # For the findings of the policies in code scanning; a pull request of a fork starts no preview.
            wanted = {"contents": "read", "id-token": "write", "security-events": "write"}
        assert one.get("permissions") == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.stem)
def test_no_workflow_knows_a_secret(path: Path) -> None:
    assert "secrets." not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SIGNING_IN)
def test_a_workflow_signs_in_as_the_role_of_its_purpose_or_not_at_all(name: str) -> None:
    (signing_in,) = [step for step in job(name)["steps"] if step.get("uses") == "./.github/actions/sign-in"]
    assert signing_in["with"]["role"] == f"${{{{ vars.{SIGNING_IN[name]} }}}}"
    assert job(name)["if"].startswith(f"vars.{SIGNING_IN[name]} != ''")


def test_only_the_deployment_is_bound_to_the_environment_that_its_role_trusts() -> None:
    bound = {name: one.get("environment") for name in WORKFLOWS for one in read(WORKFLOWS[name])["jobs"].values()}
    wanted = Pipeline.model_fields["environment"].default
    assert bound == {name: wanted if name == "deploy" else None for name in WORKFLOWS}


def test_pull_requests_are_previewed_without_rights_of_the_repository() -> None:
    assert set(read(WORKFLOWS["preview"])["on"]) == {"pull_request"}
    assert f"pulumi preview {UNDER_POLICIES}" in commands("preview")
    assert "head.repo.full_name == github.repository" in job("preview")["if"]


@pytest.mark.parametrize("name", REPORTING)
def test_findings_are_told_and_still_fail_the_run(name: str) -> None:
    told = commands(name)
    assert '"$RUNNER_TEMP/events.json" --sarif policies.sarif --summary policies.md' in told
    assert 'cat policies.md >> "$GITHUB_STEP_SUMMARY"' in told
    assert told.rstrip().endswith('exit "$status"')
    (upload,) = [step for step in job(name)["steps"] if "upload-sarif" in step.get("uses", "")]
    assert upload["with"] == {"sarif_file": "policies.sarif"}
    assert "vars.CODE_SCANNING == 'true'" in upload["if"]


@pytest.mark.parametrize("name", ["drift", "policies"])
def test_what_runs_is_looked_at_every_night_by_who_may_only_read(name: str) -> None:
    (schedule,) = read(WORKFLOWS[name])["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", schedule["cron"])
    assert SIGNING_IN[name] == "AWS_DRIFT_ROLE"


def test_what_runs_is_judged_as_exported_with_its_secrets_encrypted() -> None:
    told = commands("policies")
    assert 'pulumi stack export --stack prod --file "$RUNNER_TEMP/state.json"' in told
    assert 'pulumi policy analyze --file "$RUNNER_TEMP/state.json" --json' in told
    assert "--policy-pack policies --policy-pack-config policies/config.prod.json" in told
    assert "--show-secrets" not in told
    assert "upload-artifact" not in WORKFLOWS["policies"].read_text(encoding="utf-8")


def test_drift_is_looked_for_in_what_aws_has() -> None:
    assert "--refresh" in commands("drift")
    assert "--expect-no-changes" in commands("drift")


def test_deployments_run_one_by_one_under_the_policies() -> None:
    workflow = read(WORKFLOWS["deploy"])
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert f"exec pulumi up {UNDER_POLICIES}" in commands("deploy"), "who cancels a run tells one process of it"
    assert workflow["on"]["push"] == {"branches": ["main"]}


_STAND_IN = """#!/bin/sh
echo "$*" >> called
case "$1 $2" in
  "stack output") echo "$OUTPUTS"; [ -n "$OUTPUTS" ] ;;
  "config get") echo "$WANTED" ;;
esac
"""


_LEAVE = "Leave another release to upgrade"


@pytest.mark.parametrize(
    ("outputs", "wanted", "code", "told"),
    [
        ('{"release": "1.17.1"}', "1.17.1", 0, ""),
        ("{}", "1.17.1", 0, ""),
        (
            '{"release": "1.17.0"}',
            "1.17.1",
            1,
            "prod runs 1.17.0, and main says 1.17.1. A release comes by `python -m ",
        ),
        (
            '{"release": "1.17.1"}',
            "1.17.0",
            1,
            "prod runs 1.17.1, and main says 1.17.0. A release comes by `python -m ",
        ),
        ("", "1.17.1", 1, ""),
    ],
    ids=["the same", "the first", "a newer one", "an older one", "not known"],
)
def test_another_release_is_left_to_the_upgrade_that_brings_its_schema_first(
    tmp_path: Path, outputs: str, wanted: str, code: int, told: str
) -> None:
    """Also an older one, where `upgrade` was faster than the pull request that follows it."""
    named = {step.get("name"): step for step in job("deploy")["steps"]}
    assert [*named].index(_LEAVE) < [*named].index("Deploy prod")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n')
    (tmp_path / ".venv/bin/pulumi").write_text(_STAND_IN)
    (tmp_path / ".venv/bin/pulumi").chmod(0o755)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    # As GitHub runs a step that names no shell.
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-e", "-c", named[_LEAVE]["run"]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "OUTPUTS": outputs, "WANTED": wanted},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(f"::error file=Pulumi.prod.yaml::{told}" if told else "")
    assert len(done.stdout.splitlines()) == bool(told)
