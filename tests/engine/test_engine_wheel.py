"""Somebody else installs the pack's wheel and points the real engine at it.

What this does not prove: that the official CLI takes the Python of the same environment for the pack. Here the language
host of the sandbox does, started with that Python.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sandboxes import ROOT, Done, Place

from policies.guardrails.audience import AS_FAR_AS_DIFY, OF_DIFY, VARIABLE
from policies.guardrails.rule import RULES
from sandbox.engine_build import cache_folder
from sandbox.events import operations
from sandbox.install import find_uv
from sandbox.wheel import build
from sandbox.workspace import Workspace

# ruff: noqa: S603  the commands are this module's own

pytestmark = pytest.mark.engine

PUBLIC = "rds-instance-must-not-be-public"
BACKUPS = "rds-instance-must-keep-backups"


@dataclass(frozen=True)
class Installed:
    """`pack` is what `python -m dify_guardrails` says; `pulumi` takes the new environment's Python for packs."""

    pulumi: Path
    pack: Path


def run(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, cwd=ROOT).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment that holds nothing else, with the versions of uv.lock."""
    home = tmp_path_factory.mktemp("wheel")
    uv, python = find_uv(cache_folder(os.environ)), home / "venv" / "bin" / "python"
    locked = home / "locked.txt"
    run(uv, "export", "--quiet", "--frozen", "--no-hashes", "--output-file", locked)
    run(uv, "venv", "--quiet", "--python", sys.executable, home / "venv")
    run(uv, "pip", "install", "--quiet", "--python", python, "--constraint", locked, build(home / "dist"))
    return Installed(engine_with(python, home / "bin"), Path(run(python, "-m", "dify_guardrails").strip()))


def engine_with(python: Path, folder: Path) -> Path:
    """The engine beside a language host of its own: it takes the one that lies there."""
    folder.mkdir()
    tools = Path(sys.executable).parent
    try:
        os.link(tools / "pulumi", folder / "pulumi")
    except OSError:
        shutil.copy2(tools / "pulumi", folder / "pulumi")
    shutil.copy2(tools / "pulumi-language-python-exec", python.parent)
    host = folder / "pulumi-language-python"
    host.write_text(f'#!/bin/sh\nexec "{python}" "{ROOT / "sandbox" / "language_host.py"}" "$@"\n')
    host.chmod(0o755)
    return folder / "pulumi"


@pytest.fixture
def foreign(tmp_path: Path, provider: dict[str, str]) -> Place:
    """The program of somebody else, on an empty account."""
    place = Place(Workspace(ROOT / "tests" / "engine" / "foreign", "live", tmp_path / "home", None, provider))
    place.workspace.create()
    return place


def preview(place: Place, installed: Installed, **variables: str) -> Done:
    command = place.workspace.command(["preview", "--policy-pack", str(installed.pack)])
    environment = {**place.workspace.variables(), **variables}
    environment["PATH"] = os.pathsep.join([str(installed.pulumi.parent), environment["PATH"]])
    ran = subprocess.run(
        [str(installed.pulumi), *command[1:]],
        cwd=place.workspace.program,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    return Done(ran.returncode, ran.stdout + ran.stderr, operations(place.workspace.event_log))


def test_a_finding_says_what_is_wrong_how_to_fix_it_and_where_to_read_more(
    foreign: Place, installed: Installed
) -> None:
    done = preview(foreign, installed)
    rule = next(one for one in RULES if one.name == PUBLIC)
    assert done.code != 0
    heading = next(line for line in done.text.splitlines() if PUBLIC in line)
    assert "[mandatory]" in heading
    assert "(aws:rds:Instance: orders)" in heading
    assert "orders: publiclyAccessible is true" in done.text
    assert f"How to fix: {rule.remediation}" in done.text
    assert f"Read more: {rule.url}" in done.text


def test_what_speaks_of_dify_alone_is_left_out_and_what_knows_no_more_than_it_uses_advises(
    foreign: Place, installed: Installed
) -> None:
    text = preview(foreign, installed).text
    assert {name for name in OF_DIFY if name in text} == set()
    told = [line for line in text.splitlines() if any(f" {name} " in line for name in AS_FAR_AS_DIFY)]
    assert "rds-instance-must-run-a-supported-engine" in "".join(told)
    assert [line for line in told if "[advisory]" not in line] == []


def test_an_exemption_holds_only_where_its_file_is_named_beside_the_project(
    foreign: Place, installed: Installed, tmp_path: Path
) -> None:
    mine = tmp_path / "exemptions.yaml"
    expires = datetime.now(UTC).date() + timedelta(days=30)
    entry = {"rule": BACKUPS, "resource": "orders", "reason": "r", "owner": "shop", "expires": expires}
    mine.write_text(yaml.safe_dump({"exemptions": [entry]}))
    assert f"{BACKUPS} " in preview(foreign, installed).text
    named = os.path.relpath(mine, foreign.workspace.program)
    exempted = preview(foreign, installed, **{VARIABLE: named}).text
    assert f"{BACKUPS} " not in exempted.replace(f"from {BACKUPS} ", "")
    assert f"exemption of orders from {BACKUPS} is in use" in exempted
    lost = preview(foreign, installed, **{VARIABLE: "nowhere.yaml"})
    assert lost.code != 0
    assert "exemptions.yaml: nowhere.yaml: No such file or directory" in lost.text
    assert "Traceback" not in lost.text


def test_the_wheel_has_neither_exemptions_nor_levels_of_this_project_but_the_pages(installed: Installed) -> None:
    files = {str(file.relative_to(installed.pack)) for file in installed.pack.rglob("*") if file.is_file()}
    assert not {file for file in files if "exemptions.yaml" in file or file.startswith(("config.", "coverage/"))}
    assert {"PulumiPolicy.yaml", "__main__.py", "docs/policies.md", "docs/policies/network.md"} <= files


def test_the_wheel_has_the_version_of_the_pack(installed: Installed) -> None:
    project = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text())
    (metadata,) = installed.pack.parent.glob("dify_guardrails-*.dist-info")
    assert metadata.name == f"dify_guardrails-{project['version']}.dist-info"
