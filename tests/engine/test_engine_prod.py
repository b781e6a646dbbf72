"""The prod stack on the real engine: it comes up, and neither a destroy nor a wrong stack file can hurt it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sandboxes import ROOT, Place

from sandbox.workspace import Workspace

pytestmark = pytest.mark.engine

TEN_MISTAKES = """\
config:
  dify:environment: production
  dify:account: "12345"
  dify:region: eu-central-9
  dify:domain: https://dify.example.com/
  dify:release: latest
  dify:lifecycle: forever
  dify:tags: {owner: platform, costCenter: ai}
  dify:network: {cidr: 10.20.0.0/30, zones: [eu-central-1a, eu-central-1b, eu-central-1c]}
  dify:edge: {}
  dify:services: {api: {cpu: 3000}}
  dify:alarms: {subscriptions: [{email: nobody}]}
"""


def test_prod_comes_up_and_a_destroy_is_refused(dify: Callable[[str], Place]) -> None:
    prod = dify("prod")
    brought = prod.up("--policy-pack", "policies")
    assert brought.code == 0, brought.text
    before = {resource["urn"] for resource in prod.resources()}
    refused = prod.destroy()
    assert refused.code != 0
    assert "protect" in refused.text
    assert {resource["urn"] for resource in prod.resources()} == before


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(TEN_MISTAKES)
    return path


def test_ten_mistakes_give_ten_lines_before_the_engine_starts(bad_file: Path) -> None:
    # Starting the engine begins with an empty workspace, which would take this file away.
    untouched = ROOT / "build" / "sandbox" / "prod" / "preview" / "untouched"
    untouched.parent.mkdir(parents=True, exist_ok=True)
    untouched.touch()
    ran = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "sandbox.run", "preview", "prod", "--settings", str(bad_file)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert untouched.exists()
    lines = ran.stderr.splitlines()
    assert ran.returncode == 1
    assert len(lines) >= 10
    assert all(line.startswith("config dify:") for line in lines), ran.stderr
    assert ran.stdout == ""


def test_the_engine_itself_registers_nothing_from_a_wrong_stack_file(
    bad_file: Path, tmp_path: Path, provider: dict[str, str]
) -> None:
    place = Place(Workspace(ROOT, "prod", tmp_path / "home", bad_file, provider))
    place.workspace.create()
    done = place.preview()
    assert done.code != 0
    assert "Traceback" not in done.text
    assert done.text.count("config dify:") >= 10
    assert {urn.split("::")[2] for urn in done.operations} <= {"pulumi:pulumi:Stack"}
