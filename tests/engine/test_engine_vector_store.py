"""The real engine refuses to leave a store of vectors behind, unless the stack file says that they move."""

import json
from pathlib import Path

import pytest
from sandboxes import ROOT, Place

from sandbox.workspace import Workspace

pytestmark = pytest.mark.engine


@pytest.fixture
def vectors(tmp_path: Path, provider: dict[str, str]) -> Place:
    """A stack with nothing but the marks of its vector stores, none yet."""
    place = Place(Workspace(ROOT / "tests" / "engine" / "vectors", "prod", tmp_path / "vectors", None, provider))
    place.workspace.create()
    return place


def choose(place: Place, lifecycle: str, **choices: str) -> None:
    place.configure(lifecycle=lifecycle, vectorStore=json.dumps(choices))


def test_another_store_is_refused_in_the_preview_and_named(vectors: Place) -> None:
    choose(vectors, "retain", kind="pgvector")
    assert vectors.up().code == 0
    choose(vectors, "retain", kind="opensearch")
    refused = vectors.preview()
    assert refused.code != 0
    assert "vectors-pgvector" in refused.text
    assert "protected" in refused.text


def test_another_store_passes_once_the_stack_file_says_where_vectors_come_from(vectors: Place) -> None:
    choose(vectors, "retain", kind="pgvector")
    assert vectors.up().code == 0
    choose(vectors, "retain", kind="opensearch", migrateFrom="pgvector")
    moved = vectors.up()
    assert moved.code == 0, moved.text
    assert moved.names("create") == {"vectors-opensearch"}
    assert moved.names("delete") == set()


def test_the_old_store_is_let_go_only_after_somebody_unprotects_it(vectors: Place) -> None:
    choose(vectors, "retain", kind="opensearch", migrateFrom="pgvector")
    assert vectors.up().code == 0
    choose(vectors, "retain", kind="opensearch")
    assert vectors.preview().code != 0
    (old,) = [one["urn"] for one in vectors.resources() if one["urn"].endswith("::vectors-pgvector")]
    vectors.workspace.run(["state", "unprotect", old, "--yes"], check=True)
    done = vectors.up()
    assert done.code == 0, done.text
    assert done.names("delete") == {"vectors-pgvector"}


def test_a_disposable_stack_changes_its_store_freely(vectors: Place) -> None:
    choose(vectors, "disposable", kind="pgvector")
    assert vectors.up().code == 0
    choose(vectors, "disposable", kind="opensearch")
    done = vectors.up()
    assert done.code == 0, done.text
    assert done.names("delete") == {"vectors-pgvector"}
