"""Certificates for servers on the loopback: one authority made for the test, trusted by nobody else."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """Files of one server certificate, and of the authority that a client trusts to accept it."""

    ca_file: Path
    certificate_file: Path
    key_file: Path


def loopback_certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 and localhost, with its own authority, as PEM files in `folder`; valid for a day."""
    return _made(folder, "localhost", x509.IPAddress(IPv4Address("127.0.0.1")))


def server_certificate(folder: Path, domain: str) -> Certificate:
    """As `loopback_certificate`, for a server that is called `domain`; valid for three months, as public ones are."""
    return _made(folder, domain, days=90)


def tls_of(certificate: Certificate) -> ssl.SSLContext:
    """What a server of the standard library shows `certificate` with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    return context


def _made(folder: Path, domain: str, *others: x509.GeneralName, days: int = 1) -> Certificate:
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = (
        _certificate("test authority", "test authority", authority_key.public_key(), days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate(domain, "test authority", server_key.public_key(), days)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain), *others]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    made = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    made.ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate_file.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    made.key_file.touch(mode=0o600)
    made.key_file.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made


def _certificate(subject: str, issuer: str, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
