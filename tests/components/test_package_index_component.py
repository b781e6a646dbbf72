"""The package index, and the command that keeps its login fresh, run by a real shell."""

import json
import os
import stat
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pulumi
import pytest

from components.container import Sidecar
from components.iam import role
from components.package_index import (
    LOGIN_FILE,
    RENEWAL_SECONDS,
    TOKEN_SECONDS,
    PackageIndex,
    PackageIndexArgs,
    renew_command,
)
from tests.components.component_graphs import ACCOUNT, document, site
from tests.recorder import Graph, record

HOST = f"dify-prod-{ACCOUNT}.d.codeartifact.eu-central-1.amazonaws.com"
TOKEN = "first-token"  # noqa: S105  an invented one


@cache
def _index() -> Graph:
    def build() -> None:
        index = PackageIndex("packages", PackageIndexArgs(site=site(), key_arn="key"))
        statements = index.read_statements()
        opts = pulumi.ResourceOptions()
        role("reader", service="ecs-tasks.amazonaws.com", site=site(), statements=statements, opts=opts)

    return record(build)


def test_packages_are_encrypted_with_the_given_key() -> None:
    assert _index().one("codeartifact/domain:Domain").inputs == {"domain": "dify-prod", "encryptionKey": "key"}


def test_plugins_read_a_repository_above_the_copy_of_pypi() -> None:
    copy, plugins = _index().named("packages-pypi").inputs, _index().named("packages-plugins").inputs
    assert copy["externalConnections"] == {"externalConnectionName": "public:pypi"}
    assert plugins["upstreams"] == [{"repositoryName": copy["repository"]}]
    assert "externalConnections" not in plugins


def test_domain_and_repositories_are_open_to_this_account_only() -> None:
    kinds = ("DomainPermissions", "RepositoryPermissionsPolicy")
    policies = [resource.inputs["policyDocument"] for kind in kinds for resource in _index().of(f":{kind}")]
    assert len(policies) == 3
    for policy in policies:
        (statement,) = json.loads(policy)["Statement"]
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert not [action for action in statement["Action"] if "*" in action]


def test_a_reader_gets_a_token_and_packages_and_nothing_more() -> None:
    allowed = {s["Sid"]: s for s in document(_index().named("reader-policy").inputs["policy"])}
    assert {sid: (s["Action"], s["Resource"]) for sid, s in allowed.items()} == {
        "PackageToken": (["codeartifact:GetAuthorizationToken"], "packages-domain-arn"),
        "ReadPackages": (
            ["codeartifact:ReadFromRepository", "codeartifact:GetRepositoryEndpoint"],
            "packages-plugins-arn",
        ),
        "BearerToken": (["sts:GetServiceBearerToken"], "*"),
    }
    assert allowed["BearerToken"]["Condition"] == {"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}}


def test_its_address_is_the_simple_index_of_the_plugins_repository() -> None:
    (outputs,) = [value for urn, value in _index().component_outputs.items() if urn.endswith("::packages")]
    assert outputs == {"index_url": f"https://{HOST}/pypi/plugins/simple/", "login_host": HOST}


class _Shell:
    """A folder of programs that the command finds first, and what they were called with.

    `aws` fails as often as `refusals` says and then answers with a token; the sleep that follows `naps` others ends
    the shell.
    """

    def __init__(self, folder: Path, *, refusals: int = 0, naps: int = 0) -> None:
        self._folder = folder
        self._calls = folder / "calls"
        (folder / "refusals").write_text("x\n" * refusals)
        (folder / "naps").write_text("x\n" * naps)
        self._program(
            "aws",
            'if [ -s refusals ]; then sed -i 1d refusals; echo "AccessDenied" >&2; exit 254; fi',
            f"echo {TOKEN}",
        )
        self._program("sleep", "if [ -s naps ]; then sed -i 1d naps; else kill $PPID; fi")

    def _program(self, name: str, *lines: str) -> None:
        text = "\n".join(["#!/bin/sh", f'cd {self._folder}; echo "{name} $*" >> calls', *lines])
        program = self._folder / name
        program.write_text(f"{text}\n")
        program.chmod(0o700)

    def run(self, path: Path) -> "subprocess.CompletedProcess[str]":
        command = renew_command("dify-prod", ACCOUNT, "eu-central-1", str(path))
        environment = {"PATH": f"{self._folder}:{os.environ['PATH']}"}
        return subprocess.run(  # noqa: S603  the command under test
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shared volume"
    folder.mkdir()
    return folder / "uv.toml"


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def test_the_login_is_written_as_uv_reads_it_whatever_user_it_runs_as(place: Path, bin_folder: Path) -> None:
    _Shell(bin_folder).run(place)
    (index,) = tomllib.loads(place.read_text())["index"]
    assert index == {"name": "plugins", "url": f"https://aws:{TOKEN}@{HOST}/pypi/plugins/simple/"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert [entry.name for entry in place.parent.iterdir()] == ["uv.toml"]


def test_the_token_is_in_no_argument_and_in_no_output(place: Path, bin_folder: Path) -> None:
    shell = _Shell(bin_folder)
    done = shell.run(place)
    assert TOKEN not in done.stdout + done.stderr
    assert TOKEN not in " ".join(shell.calls)


def test_a_token_of_the_longest_life_is_asked_for_and_renewed_well_before_its_end(
    place: Path, bin_folder: Path
) -> None:
    shell = _Shell(bin_folder, naps=1)
    shell.run(place)
    asked, slept, again, _ = shell.calls
    assert asked == again
    assert f"--duration-seconds {TOKEN_SECONDS}" in asked
    assert f"--domain dify-prod --domain-owner {ACCOUNT} --region eu-central-1" in asked
    assert slept == f"sleep {RENEWAL_SECONDS}"
    assert RENEWAL_SECONDS < TOKEN_SECONDS


def test_a_refusal_is_said_and_tried_again_and_leaves_the_old_login(place: Path, bin_folder: Path) -> None:
    place.write_text("old")
    shell = _Shell(bin_folder, refusals=2, naps=1)
    done = shell.run(place)
    assert place.read_text() == "old"
    assert done.stderr.count("AccessDenied") == 2
    assert [call.split()[0] for call in shell.calls] == ["aws", "sleep", "aws", "sleep"]


def test_who_reads_during_a_renewal_reads_the_whole_old_login(place: Path, bin_folder: Path) -> None:
    place.write_text("old")
    with place.open() as reader:
        _Shell(bin_folder).run(place)
        assert reader.read() == "old"
    assert TOKEN in place.read_text()


def test_a_success_after_a_refusal_replaces_the_old_login(place: Path, bin_folder: Path) -> None:
    place.write_text("old")
    _Shell(bin_folder, refusals=1, naps=1).run(place)
    assert TOKEN in place.read_text()


def test_the_sidecar_says_that_it_is_ready_once_the_login_is_there(tmp_path: Path) -> None:
    sidecars: list[Sidecar] = []

    def build() -> None:
        index = PackageIndex("packages", PackageIndexArgs(site=site(), key_arn="key"))
        sidecars.append(index.login_sidecar("package-login", "image"))

    record(build)
    (sidecar,) = sidecars
    assert sidecar.command == renew_command("dify-prod", ACCOUNT, "eu-central-1", LOGIN_FILE)
    assert (sidecar.name, sidecar.image, sidecar.folder) == ("package-login", "image", str(Path(LOGIN_FILE).parent))
    here = tmp_path / "uv.toml"
    ready = [part.replace(LOGIN_FILE, str(here)) for part in sidecar.ready]
    codes: list[int] = []
    for text in (None, "", "machine"):
        if text is not None:
            here.write_text(text)
        codes.append(subprocess.run(ready, check=False).returncode)  # noqa: S603  the command under test
    assert codes == [1, 1, 0]
