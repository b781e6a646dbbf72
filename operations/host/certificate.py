"""What a certificate in PEM says."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from operations.host.preflight import CertificateFacts


def facts_of(where: str, certificate: bytes | None, key: bytes | None = None) -> CertificateFacts:
    """The facts of the first certificate in `certificate`, which is the server's own; with `key`, whether it fits.

    `where` names it in lines for people. Nothing of the key is kept.
    """
    if not certificate:
        return CertificateFacts(where=where, unreadable="got no certificate")
    try:
        served = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError:
        return CertificateFacts(where=where, unreadable="got something that is no certificate in PEM")
    try:
        names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns = tuple(names.get_values_for_type(x509.DNSName))
        addresses = tuple(str(address) for address in names.get_values_for_type(x509.IPAddress))
    except x509.ExtensionNotFound:
        # Browsers look at nothing else (RFC 9525, section 2).
        dns, addresses = (), ()
    fits = True
    if key is not None:
        try:
            private = load_pem_private_key(key, password=None)
        except (ValueError, TypeError):
            return CertificateFacts(where=where, unreadable="got a key that is none in PEM, or has a password")
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        fits = private.public_key().public_bytes(*form) == served.public_key().public_bytes(*form)
    return CertificateFacts(
        where=where,
        names=(*dns, *addresses),
        begins=served.not_valid_before_utc,
        ends=served.not_valid_after_utc,
        fits_key=fits,
    )
