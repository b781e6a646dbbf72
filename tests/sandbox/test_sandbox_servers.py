"""What the tests' servers come from: installed where they are missing, and named where they cannot be."""

from pathlib import Path

import pytest

from sandbox import servers


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without servers; the programs in the folder are all it has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(servers, "_LIBRARIES", tmp_path / "postgresql")
    monkeypatch.setattr(servers, "_SYSTEM", str(tmp_path / "sbin"))
    return folder


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / name
    made.write_text(f"#!/bin/sh\n{text}\n")
    made.chmod(0o755)
    return made


def test_a_machine_that_has_the_servers_is_left_alone_in_silence(bare: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in servers.PACKAGES:
        program(bare, name)
    assert servers.main() == 0
    assert capfd.readouterr() == ("", "")


def test_a_machine_where_nothing_can_be_installed_names_every_package(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    program(bare, "squid")
    assert servers.main() == 1
    said = capfd.readouterr().err
    assert said.startswith("These Debian packages are missing: postgresql redis-server nginx. Install them by hand: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("user", "docker"), [(0, ["docker.io", "busybox-static", "mmdebstrap", "iproute2"]), (1000, [])]
)
def test_what_only_root_can_start_is_asked_for_by_root_only(
    bare: Path, monkeypatch: pytest.MonkeyPatch, user: int, docker: list[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    for name in servers.PACKAGES.keys() - servers.ROOT_ONLY:
        program(bare, name)
    assert servers.missing() == docker


def test_what_apt_says_is_passed_on_in_one_line(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    program(bare, "apt-get")
    program(bare, "sudo", "echo 'sudo: a password is required' >&2; exit 1")
    assert servers.main() == 1
    assert capfd.readouterr().err.endswith("Install them by hand: a password is required\n")


def test_only_what_is_missing_is_asked_for(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program(bare, "postgres")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    program(bare, "apt-get")
    program(bare, "sudo", f'shift 5; echo "$@" > {bare}/asked')
    assert servers.main() == 1
    assert (bare / "asked").read_text() == "redis-server squid nginx\n"
    assert capfd.readouterr().err == "These Debian packages did not bring their programs: redis-server squid nginx\n"


def test_the_newest_postgresql_is_found_where_debian_keeps_it(bare: Path, tmp_path: Path) -> None:
    for version in ("9.6", "15", "16"):
        program(tmp_path / "postgresql" / version / "bin", "initdb")
    assert servers.find("initdb") == str(tmp_path / "postgresql" / "16" / "bin" / "initdb")
