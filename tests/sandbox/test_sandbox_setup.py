"""What set-up decides, without installing anything."""

import os
from pathlib import Path

import pytest

from sandbox import engine_build
from sandbox.events import summarise
from sandbox.tree import lines
from sandbox.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def _cli(folder: Path, version: str, *, host: bool = True) -> Path:
    folder.mkdir()
    for name in ("pulumi", *(["pulumi-language-python"] if host else [])):
        (folder / name).write_text(f"#!/bin/sh\necho {version}\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_engine_and_its_sdk_have_one_version() -> None:
    version = engine_build.pinned_version(ROOT / "sandbox" / "engine")
    assert f'"pulumi=={version}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("version", "fits"), [("v3.259.0", True), ("v3.259.4", True), ("v3.260.0", False), ("", False)]
)
def test_only_a_cli_of_the_pinned_minor_version_fits(tmp_path: Path, version: str, *, fits: bool) -> None:
    folder = _cli(tmp_path / "cli", version)
    found = engine_build.fitting_cli(str(folder), except_in=tmp_path / "venv", version="3.259.0")
    assert (found is not None) is fits


def test_a_cli_without_its_language_host_does_not_fit(tmp_path: Path) -> None:
    folder = _cli(tmp_path / "cli", "v3.259.0", host=False)
    assert engine_build.fitting_cli(str(folder), except_in=tmp_path / "venv", version="3.259.0") is None


def test_our_own_link_is_not_taken_for_the_users_cli(tmp_path: Path) -> None:
    folder = _cli(tmp_path / "venv", "v3.259.0")
    assert engine_build.fitting_cli(str(folder), except_in=folder, version="3.259.0") is None


def test_the_cache_follows_the_xdg_specification() -> None:
    assert engine_build.cache_folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/dify-in-production")
    assert engine_build.cache_folder({"HOME": "/h"}) == Path("/h/.cache/dify-in-production")


def test_an_engine_in_the_cache_is_not_built_again(tmp_path: Path) -> None:
    engine = ROOT / "sandbox" / "engine"
    said: list[str] = []

    def no_uv() -> str:
        message = "nothing may be installed"
        raise AssertionError(message)

    first = engine_build.home_of(engine, tmp_path) / "bin"
    first.mkdir(parents=True)
    for name in ("pulumi", "pulumi-language-python-exec"):
        (first / name).touch()
    assert engine_build.ensure(engine, tmp_path, said.append, no_uv) == first
    assert said == []


def test_a_workspace_hides_the_users_own_pulumi_and_aws_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PULUMI_ACCESS_TOKEN", "AWS_PROFILE", "PULUMI_BACKEND_URL"):
        monkeypatch.setenv(name, "mine")
    variables = Workspace(tmp_path, "dev", tmp_path / "home", None).variables()
    assert "PULUMI_ACCESS_TOKEN" not in variables
    assert "AWS_PROFILE" not in variables
    assert variables["PULUMI_BACKEND_URL"].startswith("file://")
    assert variables["HOME"] == os.environ["HOME"]


def test_settings_are_copied_again_and_keep_the_salt_of_the_state(tmp_path: Path) -> None:
    tracked = tmp_path / "Pulumi.dev.yaml"
    tracked.write_text("config:\n  a:b: 1\n")
    place = Workspace(tmp_path, "dev", tmp_path / "home", tracked)
    place.home.mkdir()
    place.config_file.write_text("config:\n  a:b: 0\nencryptionsalt: v1:abc\n")
    place.renew_settings()
    assert place.config_file.read_text() == "config:\n  a:b: 1\nencryptionsalt: v1:abc\n"
    assert tracked.read_text() == "config:\n  a:b: 1\n"


def _log(path: Path) -> Path:
    urn = "urn:pulumi:prod::dify::"
    path.write_text(
        f'{{"resourcePreEvent": {{"metadata": {{"op": "create", "urn": "{urn}pulumi:pulumi:Stack::dify-prod"}}}}}}\n'
        f'{{"resourcePreEvent": {{"metadata": {{"op": "same", "urn": "{urn}aws:ec2/vpc:Vpc::vpc", '
        f'"new": {{"parent": "{urn}pulumi:pulumi:Stack::dify-prod"}}}}}}}}\n'
        '{"policyEvent": {"enforcementLevel": "mandatory"}}\n'
        '{"policyEvent": {"enforcementLevel": "advisory"}}\n'
        '{"summaryEvent": {"resourceChanges": {"create": 1, "same": 1, "delete": 5}}}\n'
    )
    return path


def test_the_summary_counts_resources_policies_and_violations(tmp_path: Path) -> None:
    line = summarise(_log(tmp_path / "events")).line("prod", 80, 1.25)
    assert line == "prod: 2 resources, 80 policies, 1 violations, 1 advisories, 1.2 s"


def test_resources_are_shown_as_a_tree(tmp_path: Path) -> None:
    shown = [line.split() for line in lines(_log(tmp_path / "events"))]
    assert shown == [
        ["+", "pulumi:pulumi:Stack", "dify-prod", "create"],
        ["└─", "aws:ec2:Vpc", "vpc", "same"],
    ]
