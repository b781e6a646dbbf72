"""The secret keeper of a Docker host, run as it runs there: values are made once and nobody else reads them."""

# ruff: noqa: S603, S607  the commands are this module's own

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

ROOT = Path(__file__).parents[2]
_RECIPE = {"length": 64, "alphabet": "alphanumeric"}


class World:
    """A request, the folders that stand for volumes, and the keeper with what it imports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("secrets-backend", "secrets-nginx", "secrets-keeper", "files"):
            (folder / name).mkdir()
        for source in ("components/docker_host/scripts/secret_keeper.py", "functions/shared/generation.py"):
            shutil.copy(ROOT / source, folder)
        self.store = folder / "secrets-keeper/values.json"
        self.environment = folder / "secrets-backend/environment"
        self.certificate, self.key = folder / "secrets-nginx/certificate.pem", folder / "secrets-nginx/key.pem"
        self.request: dict[str, Any] = {
            "store": str(self.store),
            "generate": {"application.SECRET_KEY": _RECIPE, "cache.password": _RECIPE},
            "given": {},
            "folders": [{"path": str(folder / "files"), "owner": os.getuid(), "mode": "755"}],
            "files": [self.file("SECRET_KEY='{application.SECRET_KEY}'\n")],
            "certificate": {
                "domain": "dify.example.com",
                "certificate": str(self.certificate),
                "key": str(self.key),
                "owner": os.getuid(),
                "given": None,
            },
        }

    def file(self, template: str) -> dict[str, Any]:
        return {"path": str(self.environment), "owner": os.getuid(), "template": template}

    def keep(self) -> "subprocess.CompletedProcess[str]":
        (self.folder / "request.json").write_text(json.dumps(self.request))
        return subprocess.run(
            [sys.executable, "-B", "secret_keeper.py", "request.json"],
            cwd=self.folder,
            text=True,
            capture_output=True,
            check=False,
        )

    def values(self) -> dict[str, str]:
        return json.loads(self.store.read_text())

    def sourced(self, variable: str) -> str:
        """What a shell gets that reads the file, as the entry of a container does."""
        script = f'. {shlex.quote(str(self.environment))}; printf %s "${variable}"'
        return subprocess.run(["sh", "-c", script], text=True, capture_output=True, check=True).stdout


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_missing_is_made_and_a_shell_reads_it(world: World) -> None:
    assert world.keep().returncode == 0
    value = world.values()["application.SECRET_KEY"]
    assert (len(value), value.isalnum()) == (64, True)
    assert world.sourced("SECRET_KEY") == value


def test_a_second_run_touches_nothing(world: World) -> None:
    world.keep()
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in world.folder.glob("secrets-*/*")}
    again = world.keep()
    assert (again.returncode, again.stdout) == (0, "")
    assert {path: (path.read_bytes(), path.stat().st_ino) for path in before} == before


def test_a_value_stays_when_others_are_wanted_beside_it(world: World) -> None:
    world.keep()
    before = world.values()
    world.request["generate"]["sandbox-key.KEY"] = _RECIPE
    assert world.keep().stdout.splitlines()[-1] == "made sandbox-key.KEY"
    assert {name: value for name, value in world.values().items() if name in before} == before


def test_a_file_that_was_lost_comes_back_with_the_same_values(world: World) -> None:
    world.keep()
    before = world.environment.read_text()
    world.environment.unlink()
    world.keep()
    assert world.environment.read_text() == before


def test_nobody_but_its_owner_reads_a_file(world: World) -> None:
    world.keep()
    for path in (world.store, world.environment, world.certificate, world.key):
        assert path.stat().st_mode & 0o777 == 0o400


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files and folders away")
def test_files_and_folders_belong_to_their_readers(world: World) -> None:
    world.request["files"][0]["owner"] = 1001
    world.request["folders"][0] |= {"owner": 999, "mode": "700"}
    assert world.keep().returncode == 0
    assert world.environment.stat().st_uid == 1001
    folder = (world.folder / "files").stat()
    assert (folder.st_uid, folder.st_mode & 0o777) == (999, 0o700)


def test_no_value_is_printed(world: World) -> None:
    done = world.keep()
    assert not [value for value in world.values().values() if value in done.stdout + done.stderr]
    assert "made application.SECRET_KEY" in done.stdout


def test_redis_gets_the_digest_of_its_password(world: World) -> None:
    world.request["files"] = [world.file("user cache on #{sha256 cache.password}\n")]
    world.keep()
    digest = sha256(world.values()["cache.password"].encode()).hexdigest()
    assert world.environment.read_text() == f"user cache on #{digest}\n"


def test_an_operators_login_of_any_letters_reaches_a_shell_whole_and_is_not_stored(world: World) -> None:
    odd = "p'a\"$s {s} `w`\\"
    login = world.folder / "login.json"
    login.write_text(json.dumps({"username": "u", "password": odd}))
    world.request["given"] = {"mail": {"path": str(login), "fields": ["username", "password"]}}
    world.request["files"] = [world.file("SMTP_PASSWORD={shell mail.password}\n")]
    assert world.keep().returncode == 0
    assert world.sourced("SMTP_PASSWORD") == odd
    assert odd not in world.store.read_text()


@pytest.mark.parametrize(
    ("login", "line"),
    [
        ("hello", "secret_keeper: the file of mail is not JSON"),
        ('{"username": "secret-of-mine"}', "secret_keeper: the file of mail needs text in password"),
        ("[]", "secret_keeper: the file of mail needs text in username, password"),
    ],
)
def test_a_wrong_login_file_gives_one_line_without_what_is_in_it(world: World, login: str, line: str) -> None:
    (world.folder / "login.json").write_text(login)
    world.request["given"] = {"mail": {"path": str(world.folder / "login.json"), "fields": ["username", "password"]}}
    done = world.keep()
    assert (done.returncode, done.stderr) == (1, f"{line}\n")
    assert not world.environment.exists()


def test_a_missing_file_gives_one_line(world: World) -> None:
    world.request["given"] = {"mail": {"path": "/nowhere/login.json", "fields": ["username"]}}
    done = world.keep()
    assert (done.returncode, done.stderr) == (1, "secret_keeper: /nowhere/login.json: No such file or directory\n")


def test_a_damaged_store_is_left_alone_rather_than_filled_anew(world: World) -> None:
    world.store.write_text('{"application.SECRET_KEY": "a')
    done = world.keep()
    assert (done.returncode, done.stderr) == (1, f"secret_keeper: {world.store} is damaged; put it back from a copy\n")
    assert world.store.read_text() == '{"application.SECRET_KEY": "a'


def test_a_value_that_nobody_makes_is_named(world: World) -> None:
    world.request["files"] = [world.file("X='{other.value}'\n")]
    assert world.keep().stderr == "secret_keeper: nobody makes other.value\n"


def _names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


def test_a_certificate_is_made_for_the_domain_and_says_that_it_is_for_tests(world: World) -> None:
    world.keep()
    certificate = x509.load_pem_x509_certificate(world.certificate.read_bytes())
    key = load_pem_private_key(world.key.read_bytes(), password=None)
    assert _names(certificate) == ["dify.example.com"]
    assert "Self-signed for tests" in certificate.subject.rfc4514_string()
    public = [one.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for one in (
        key.public_key(), certificate.public_key()
    )]  # fmt: skip
    assert public[0] == public[1]


def test_another_domain_gets_another_certificate(world: World) -> None:
    world.keep()
    world.request["certificate"]["domain"] = "other.example.com"
    world.keep()
    assert _names(x509.load_pem_x509_certificate(world.certificate.read_bytes())) == ["other.example.com"]


def _pair() -> tuple[bytes, bytes]:
    """A certificate and its key, as an operator has them."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=300))
        .sign(key, SHA256())
    )
    return (
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _give(world: World, certificate: bytes, key: bytes) -> None:
    (world.folder / "certificate.pem").write_bytes(certificate)
    (world.folder / "key.pem").write_bytes(key)
    given = {"certificate": str(world.folder / "certificate.pem"), "key": str(world.folder / "key.pem")}
    world.request["certificate"]["given"] = given


def test_a_given_certificate_is_taken_over_and_a_renewed_one_after_it(world: World) -> None:
    for pair in (_pair(), _pair()):
        _give(world, *pair)
        assert world.keep().returncode == 0
        assert (world.certificate.read_bytes(), world.key.read_bytes()) == pair


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("key", "the given key is another certificate's; the old pair stays"),
        ("certificate", "the given key is another certificate's; the old pair stays"),
        ("half a key", "the given certificate or key is no PEM without a passphrase; the old pair stays"),
        ("half a certificate", "the given certificate or key is no PEM without a passphrase; the old pair stays"),
    ],
)
def test_half_of_a_renewed_pair_is_not_taken_over(world: World, part: str, words: str) -> None:
    old, new = _pair(), _pair()
    _give(world, *old)
    assert world.keep().returncode == 0
    whole = new if "half" in part else old
    given = {"certificate": whole[0], "key": whole[1]}
    name = part.rpartition(" ")[2]
    given[name] = new[["certificate", "key"].index(name)]
    if "half" in part:
        given[name] = given[name][: len(given[name]) // 2]
    _give(world, given["certificate"], given["key"])
    done = world.keep()
    assert (done.returncode, done.stderr) == (1, f"secret_keeper: {words}\n")
    assert (world.certificate.read_bytes(), world.key.read_bytes()) == old


def test_a_certificate_is_made_where_the_given_one_is_not_wanted_any_more(world: World) -> None:
    certificate, _ = _pair()
    world.certificate.write_bytes(certificate)
    world.key.write_text("given")
    assert world.keep().returncode == 0
    assert _names(x509.load_pem_x509_certificate(world.certificate.read_bytes())) == ["dify.example.com"]
    assert world.key.read_text() != "given"
