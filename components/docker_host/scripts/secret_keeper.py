"""Fills the secrets volumes of one host: each value is made once, and each reader's file follows from the values.

`python3 secret_keeper.py REQUEST` reads names, owners and templates from the JSON file REQUEST. It can be repeated with
no effect: a value that is there stays, a file that is right is not touched. Prints names only, one line for each that
it made; one line on standard error and exit code 1 for what it cannot do.
"""

import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from generation import Recipe, generate

SELF_SIGNED = "Self-signed for tests"
"""The organisation in the subject of a certificate that is made here."""

_REFERENCE = re.compile(r"\{(?:(sha256|shell) )?([a-z][a-z0-9-]*\.[A-Za-z_]+)\}")
_SELF_SIGNED_DAYS = 365
_RENEWED_BEFORE = timedelta(days=30)


class KeeperError(Exception):
    """What cannot be done, in one line without a value."""


def main(arguments: list[str]) -> int:
    """Fulfil the request in the file that is named; returns the exit code."""
    if len(arguments) != 1:
        print("usage: secret_keeper.py REQUEST", file=sys.stderr)
        return 2
    try:
        request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        keep(request)
    except KeeperError as error:
        print(f"secret_keeper: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"secret_keeper: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def keep(request: Mapping[str, Any]) -> None:
    """Make what is missing of `request`: values first, so that a failure part way leaves nothing that does not fit."""
    for folder in request["folders"]:
        own_folder(Path(folder["path"]), folder["owner"], int(folder["mode"], 8))
    values = kept_values(Path(request["store"]), request["generate"])
    for name, given in request["given"].items():
        values |= given_values(name, Path(given["path"]), given["fields"])
    for file in request["files"]:
        write(Path(file["path"]), rendered(file["template"], values).encode(), file["owner"])
    keep_certificate(request["certificate"])


def kept_values(store: Path, recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Every value that `recipes` name; those that the store lacks are generated and stored before they are used."""
    stored: dict[str, str] = {}
    if store.exists():
        try:
            stored = json.loads(store.read_text(encoding="utf-8"))
        except ValueError:
            # New values beside data that the old ones encrypted would be worse than none.
            raise KeeperError(f"{store} is damaged; put it back from a copy") from None
    made = {
        name: generate(Recipe(length=recipe["length"], alphabet=recipe["alphabet"]))
        for name, recipe in recipes.items()
        if name not in stored
    }
    if made:
        write(store, json.dumps({**stored, **made}, indent=1, sort_keys=True).encode(), os.getuid())
        print("\n".join(f"made {name}" for name in sorted(made)))
    return {**stored, **made}


def given_values(name: str, path: Path, fields: list[str]) -> dict[str, str]:
    """The fields of an operator's own file, as `name.field`."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise KeeperError(f"the file of {name} is not JSON") from None
    found = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    wrong = [field for field in fields if not isinstance(found.get(field), str)]
    if wrong:
        raise KeeperError(f"the file of {name} needs text in {', '.join(wrong)}")
    return {f"{name}.{field}": found[field] for field in fields}


def rendered(template: str, values: Mapping[str, str]) -> str:
    """`template` with each reference replaced. Raises KeeperError for a value that nobody made."""

    def value(match: re.Match[str]) -> str:
        form, name = match.groups()
        if name not in values:
            raise KeeperError(f"nobody makes {name}")
        if form == "sha256":
            return sha256(values[name].encode()).hexdigest()
        return shlex.quote(values[name]) if form == "shell" else values[name]

    return _REFERENCE.sub(value, template)


def own_folder(path: Path, owner: int, mode: int) -> None:
    """Give a volume to its user: a new one belongs to root."""
    state = path.stat()
    if state.st_uid != owner:
        os.chown(path, owner, owner)
    if state.st_mode & 0o7777 != mode:
        path.chmod(mode)


def write(path: Path, content: bytes, owner: int) -> None:
    """The file at `path` with `content`, which `owner` alone may read; whole or not at all."""
    if path.exists() and path.read_bytes() == content and path.stat().st_uid == owner:
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
        draft.write(content)
        draft.flush()
        os.fchmod(draft.fileno(), 0o400)
        if owner != os.getuid():
            os.fchown(draft.fileno(), owner, owner)
        os.fsync(draft.fileno())
    Path(draft.name).rename(path)
    print(f"wrote {path}")


def keep_certificate(wanted: Mapping[str, Any]) -> None:
    """The operator's certificate and key, or a pair that is made here and renewed before it ends."""
    certificate, key = Path(wanted["certificate"]), Path(wanted["key"])
    if wanted["given"] is not None:
        pair = given_pair(Path(wanted["given"]["certificate"]), Path(wanted["given"]["key"]))
    elif certificate.exists() and key.exists() and _still_good(certificate.read_bytes(), wanted["domain"]):
        return
    else:
        pair = self_signed(wanted["domain"], datetime.now(UTC))
    # The key first: nginx, started between the two, refuses to run rather than show a certificate of another key.
    write(key, pair[1], wanted["owner"])
    write(certificate, pair[0], wanted["owner"])


def given_pair(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    """The operator's certificate and key as they are. Raises KeeperError for what is no pair, as in the moment between
    their renewals: nginx would not start again with it."""
    pair = (certificate.read_bytes(), key.read_bytes())
    try:
        publics = (
            x509.load_pem_x509_certificate(pair[0]).public_key(),
            serialization.load_pem_private_key(pair[1], password=None).public_key(),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeeperError("the given certificate or key is no PEM without a passphrase; the old pair stays") from None
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if publics[0].public_bytes(*form) != publics[1].public_bytes(*form):
        raise KeeperError("the given key is another certificate's; the old pair stays")
    return pair


def self_signed(domain: str, now: datetime) -> tuple[bytes, bytes]:
    """A certificate for `domain` and its key, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SELF_SIGNED),
            x509.NameAttribute(NameOID.COMMON_NAME, domain[:64]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _still_good(pem: bytes, domain: str) -> bool:
    certificate = x509.load_pem_x509_certificate(pem)
    organisations = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if [one.value for one in organisations] != [SELF_SIGNED]:
        # An operator gave it earlier, and wants another one now.
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    has_time = datetime.now(UTC) < _end(certificate) - _RENEWED_BEFORE
    return has_time and names.get_values_for_type(x509.DNSName) == [domain]


def _end(certificate: x509.Certificate) -> datetime:
    # The api image's cryptography may be older than 42, where the aware property begins.
    aware = getattr(certificate, "not_valid_after_utc", None)
    return aware if aware is not None else certificate.not_valid_after.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
