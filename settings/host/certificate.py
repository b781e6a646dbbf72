"""What the certificate of a host says, where its files can be seen."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from settings.host.tls import Tls
from settings.mistake import Mistake


def certificate_mistake(tls: Tls, domain: str, at: datetime) -> Mistake | None:
    """What is wrong with the certificate for `domain`, as far as its files are here: on another host, Docker finds out.

    The key is read to see that it fits; nothing of it is kept.
    """
    try:
        content = _content(tls.certificate_file)
        if content is None:
            return None
        certificate = x509.load_pem_x509_certificates(content)[0]
    except (OSError, ValueError, IndexError):
        return Mistake("is no PEM file with a certificate that can be read", "write the certificate there in PEM")
    return next(_mistakes(certificate, tls, domain, at), None)


def _mistakes(certificate: x509.Certificate, tls: Tls, domain: str, at: datetime) -> Iterator[Mistake]:
    if at >= certificate.not_valid_after_utc:
        yield Mistake(f"the certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}", "renew it")
    if at < certificate.not_valid_before_utc:
        yield Mistake(f"the certificate begins on {certificate.not_valid_before_utc:%Y-%m-%d}", "set the clock right")
    if not _covers(certificate, domain):
        yield Mistake(f"the certificate is not for {domain}", f"get one that names {domain}")
    if not _fits(certificate, tls.key_file):
        yield Mistake("the key of keyFile is not that of this certificate", "put both files of one pair there")


def fingerprint(tls: Tls) -> str:
    """SHA-256 of the certificate as hexadecimal digits, so that a new one is noticed; empty where it is not here."""
    content = _content(tls.certificate_file)
    if content is None:
        return ""
    (first, *_) = x509.load_pem_x509_certificates(content)
    return first.fingerprint(SHA256()).hex()


def _content(file: str | None) -> bytes | None:
    """What can be seen here: what only root may read, as certbot's folders, is as far away as another host."""
    try:
        return None if file is None else Path(file).read_bytes()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def now() -> datetime:
    """The time that certificates are judged by."""
    return datetime.now(UTC)


def _covers(certificate: x509.Certificate, domain: str) -> bool:
    """Whether a name of it is `domain` or a wildcard for its last label (RFC 6125, 6.4.3)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return not {domain, f"*.{domain.partition('.')[2]}"}.isdisjoint(names.get_values_for_type(x509.DNSName))


def _fits(certificate: x509.Certificate, key_file: str | None) -> bool:
    """Whether the key is the certificate's; one that only root may read is taken to be."""
    try:
        key = load_pem_private_key(Path(key_file or "").read_bytes(), password=None)
    except OSError:
        return True
    except (ValueError, TypeError):
        return False
    public = [
        one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for one in (key.public_key(), certificate.public_key())
    ]
    return public[0] == public[1]
