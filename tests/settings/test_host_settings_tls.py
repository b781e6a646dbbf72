"""The certificate of a Docker host is one that users can trust, or the stack is refused."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from settings.host.certificate import fingerprint
from settings.host.tls import Tls
from tests.settings.host_files import host_refusals, host_settings


def _certificate(
    folder: Path, names: list[str], *, starts: timedelta = timedelta(days=-1), ends: timedelta = timedelta(days=90)
) -> dict[str, Any]:
    """A certificate and its key in `folder`, as a stack file names them."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, no = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "c.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "k.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no))
    return {"tls": {"certificateFile": f"{folder}/c.pem", "keyFile": f"{folder}/k.pem"}}


@contextmanager
def _nobody() -> Generator[None]:
    """A user who is not root: root may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("names", [["dify.example.com"], ["www.example.com", "*.example.com"]])
def test_a_certificate_for_the_domain_passes(tmp_path: Path, names: list[str]) -> None:
    assert host_refusals(_certificate(tmp_path, names)) == []


@pytest.mark.parametrize(
    ("names", "times", "mistake"),
    [
        (["other.example.com"], {}, "the certificate is not for dify.example.com; get one that names dify.example.com"),
        (["*.dify.example.com"], {}, "the certificate is not for dify.example.com; get one that names"),
        (["dify.example.com"], {"ends": timedelta(seconds=-1)}, "the certificate ended on "),
        (["dify.example.com"], {"starts": timedelta(days=2)}, "the certificate begins on "),
    ],
)
def test_a_certificate_that_users_would_not_trust_is_refused(
    tmp_path: Path, names: list[str], times: dict[str, timedelta], mistake: str
) -> None:
    (line,) = host_refusals(_certificate(tmp_path, names, **times))
    assert line.startswith(f'config dify:tls.certificateFile: got "{tmp_path}/c.pem"; {mistake}')


def test_a_key_of_another_certificate_is_refused_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    changes = _certificate(tmp_path, ["dify.example.com"])
    _certificate(tmp_path / "other", ["dify.example.com"])
    changes["tls"]["keyFile"] = f"{tmp_path}/other/k.pem"
    (line,) = host_refusals(changes)
    assert "the key of keyFile is not that of this certificate" in line
    assert "PRIVATE" not in line


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    changes = _certificate(tmp_path, ["dify.example.com"])
    (tmp_path / "c.pem").write_text("hello")
    (line,) = host_refusals(changes)
    assert "is no PEM file with a certificate that can be read; write the certificate there in PEM" in line


def test_a_new_certificate_is_noticed_by_its_fingerprint(tmp_path: Path) -> None:
    first = fingerprint(host_settings(_certificate(tmp_path, ["dify.example.com"])).tls)
    again = fingerprint(host_settings(_certificate(tmp_path, ["dify.example.com"])).tls)
    assert len(first) == len(again) == 64
    assert first != again


def test_a_certificate_on_another_host_has_no_fingerprint_here() -> None:
    away = Tls.model_validate({"certificateFile": "/nowhere/c.pem", "keyFile": "/nowhere/k.pem"})
    assert fingerprint(away) == ""


@pytest.mark.parametrize("mode", [(0o700, 0o000), (0o000, 0o600)], ids=["file", "folder"])
def test_a_certificate_that_only_root_may_read_is_left_to_the_host(tmp_path: Path, mode: tuple[int, int]) -> None:
    (tmp_path / "live").mkdir()
    changes = _certificate(tmp_path / "live", ["other.example.com"])
    folder, file = mode
    (tmp_path / "live/c.pem").chmod(file)
    (tmp_path / "live").chmod(folder)
    with _nobody():
        assert host_refusals(changes) == []
        assert fingerprint(host_settings(changes).tls) == ""
