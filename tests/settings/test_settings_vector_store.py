"""The vector store's settings by themselves: what stands, and what fits the network."""

import json
from typing import Any

import botocore.session
import pytest

from settings.environment import Environment
from settings.facts import Facts
from settings.search_instance_types import SEARCH
from settings.vector_store import OpenSearch, VectorStore, VectorStoreKind, uneven

PGVECTOR, OPENSEARCH = VectorStoreKind.PGVECTOR, VectorStoreKind.OPENSEARCH


def chosen(environment: Environment = Environment.PROD, **values: Any) -> VectorStore:
    return VectorStore.model_validate_json(json.dumps(values), context=Facts(environment=environment))


def test_vectors_are_in_postgresql_unless_a_stack_says_otherwise() -> None:
    assert (chosen().kinds, chosen().has_opensearch) == ((PGVECTOR,), False)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({"kind": "opensearch"}, (OPENSEARCH,)),
        ({"kind": "opensearch", "migrateFrom": "pgvector"}, (OPENSEARCH, PGVECTOR)),
        ({"kind": "pgvector", "migrateFrom": "opensearch"}, (PGVECTOR, OPENSEARCH)),
    ],
)
def test_both_stores_stand_only_while_vectors_move(values: dict[str, Any], kinds: tuple[VectorStoreKind, ...]) -> None:
    assert (chosen(**values).kinds, chosen(**values).has_opensearch) == (kinds, True)


def test_a_domain_keeps_its_settings_while_vectors_move_away_from_it() -> None:
    leaving = chosen(kind="pgvector", migrateFrom="opensearch", opensearch={"dataNodes": 6})
    assert leaving.opensearch.data_nodes == 6


def test_a_domain_without_settings_is_one_for_production() -> None:
    domain = chosen(kind="opensearch").opensearch
    assert (domain.instance_type, domain.data_nodes, domain.storage_gib) == ("r7g.large.search", 3, 100)
    assert (domain.dedicated_masters, domain.master_type) == (True, "m7g.large.search")


@pytest.mark.parametrize("nodes", [1, 2, 3, 6])
def test_dev_may_do_with_fewer_nodes_and_no_masters(nodes: int) -> None:
    small = {"dataNodes": nodes, "dedicatedMasters": False, "instanceType": "t3.small.search"}
    assert chosen(Environment.DEV, kind="opensearch", opensearch=small).opensearch.data_nodes == nodes


@pytest.mark.parametrize(
    ("nodes", "zones", "fits"),
    [(1, 2, True), (2, 2, True), (3, 2, False), (6, 2, True), (9, 2, False), (2, 3, True), (3, 3, True), (3, 5, True)],
)
def test_data_nodes_spread_evenly_over_the_zones_or_are_refused(nodes: int, zones: int, fits: bool) -> None:
    mistake = uneven(chosen(Environment.DEV, kind="opensearch", opensearch={"dataNodes": nodes}), zones)
    assert (mistake is None) is fits


def test_zones_do_not_matter_without_a_domain() -> None:
    assert uneven(chosen(), 2) is None


def test_every_instance_type_that_boto3_knows_by_family_is_one_of_the_service() -> None:
    session: Any = botocore.session.Session()
    model = session.get_service_model("opensearch")
    known: set[str] = set(model.shape_for("OpenSearchPartitionInstanceType").enum)
    families = {one.split(".")[0] for one in known} & SEARCH.keys()
    assert families >= {"t3", "m6g", "r6g", "c6g"}
    listed = {f"{family}.{size}.search" for family in families for size in SEARCH[family]}
    assert listed <= known


def test_the_defaults_are_types_that_are_listed() -> None:
    for value in (OpenSearch().instance_type, OpenSearch().master_type):
        family, size, _ = value.split(".")
        assert size in SEARCH[family]
