"""Random values hold what their readers accept, whatever the recipe."""

import base64
import string

from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from functions.shared.composition import compose, placeholders
from functions.shared.generation import ALPHANUMERIC, BASE64URL_32_BYTES, Recipe, generate, lengths_of
from tests.functions.secret_keeper_world import TEMPLATE


@given(length=st.integers(min_value=16, max_value=128))
def test_alphanumeric_values_have_the_length_and_need_no_quoting(length: int) -> None:
    value = generate(Recipe(length=length, alphabet=ALPHANUMERIC))
    assert len(value) == length
    assert set(value) <= set(string.ascii_letters + string.digits)
    assert compose("{value}", {"value": value}) == value


def test_alphanumeric_values_use_the_whole_alphabet() -> None:
    seen = "".join(generate(Recipe(length=128, alphabet=ALPHANUMERIC)) for _ in range(40))
    assert set(seen) == set(string.ascii_letters + string.digits)


def test_two_values_differ() -> None:
    recipe = Recipe(length=16, alphabet=ALPHANUMERIC)
    assert len({generate(recipe) for _ in range(1000)}) == 1000


def test_base64url_values_are_32_bytes_without_padding() -> None:
    value = generate(Recipe(length=43, alphabet=BASE64URL_32_BYTES))
    assert len(value) == 43
    assert len(base64.urlsafe_b64decode(value + "=")) == 32


def test_lengths_are_those_that_dify_documents() -> None:
    assert 42 in lengths_of("SECRET_KEY")
    assert 41 not in lengths_of("SECRET_KEY")
    assert 30 in lengths_of("INIT_PASSWORD")
    assert 31 not in lengths_of("INIT_PASSWORD")


@given(password=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_password_changes_the_shape_of_the_url(password: str) -> None:
    parts = {"username": "dify", "password": password, "host": "cache.internal", "port": "6379"}
    url = parse_url(compose(TEMPLATE, parts))
    assert (url.scheme, url.host, url.port, url.path) == ("rediss", "cache.internal", 6379, "/1")


def test_placeholders_are_the_names_in_braces() -> None:
    assert placeholders(TEMPLATE) == {"username", "password", "host", "port"}
    assert placeholders("{{literal}}") == frozenset()
