"""What the sessions on PostgreSQL rest on: the authorities of RDS, and verifiers instead of passwords."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from functions.shared import postgresql
from functions.shared.scram import verifier

AUTHORITIES = Path(postgresql.__file__).with_name("rds_ca.pem")


def test_every_authority_signs_for_one_region_of_rds_and_outlives_this_project() -> None:
    found = x509.load_pem_x509_certificates(AUTHORITIES.read_bytes())
    names = [one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value for one in found]
    assert "Amazon RDS eu-central-1 Root CA RSA2048 G1" in names
    assert len(set(names)) == len(names)
    for one, name in zip(found, names, strict=True):
        assert str(name).startswith("Amazon RDS ")
        assert one.subject == one.issuer
        one.verify_directly_issued_by(one)
        assert one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert one.not_valid_after_utc.year >= 2061


def test_openssl_reads_every_authority_of_the_file() -> None:
    context = ssl.create_default_context(cafile=AUTHORITIES)
    assert len(context.get_ca_certs()) == AUTHORITIES.read_text().count("BEGIN CERTIFICATE")


@given(password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=128))
def test_a_verifier_does_not_hold_the_password_and_is_another_each_time(password: str) -> None:
    first, second = verifier(password), verifier(password)
    assert first.startswith("SCRAM-SHA-256$4096:")
    assert first != second
    assert password not in first
    assert "'" not in first


@pytest.mark.parametrize("name", ['a"b', "a b", "Ä"])
def test_names_are_quoted_as_identifiers(name: str) -> None:
    assert postgresql.name(name) == f'"{name.replace(chr(34), chr(34) * 2)}"'
