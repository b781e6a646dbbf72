"""`dify:vectorStore`: where the vectors of the knowledge bases are kept."""

from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from settings.environment import Environment
from settings.facts import facts_of
from settings.instance_types import BURSTABLE
from settings.mistake import Mistake
from settings.search_instance_types import require_search_type
from settings.section import Section

_VERSIONS = tuple(f"OpenSearch_{version}" for version in ("2.13", "2.15", "2.17", "2.19", "3.1", "3.3"))
"""Engine versions (Amazon OpenSearch Service developer guide, "Features by engine version"). Dify keeps vectors in
k-NN indices of the engine faiss with HNSW and l2, which each of them has (dify_vdb_opensearch, Dify 1.17.1)."""

SEARCH_ZONES = 3
"""Zones that the data nodes spread over, at most: OpenSearch Service knows one, two or three."""


class VectorStoreKind(StrEnum):
    """PGVECTOR keeps vectors in the application's own PostgreSQL; OPENSEARCH gives them a cluster of their own."""

    PGVECTOR = "pgvector"
    OPENSEARCH = "opensearch"


class OpenSearch(Section):
    """The OpenSearch domain."""

    instance_type: str = Field(
        default="r7g.large.search",
        description="Instance type of the data nodes; not burstable in prod.",
        examples=["r7g.large.search"],
    )
    data_nodes: int = Field(
        default=3,
        ge=1,
        le=80,
        description="Data nodes, a multiple of 3 up to 80: as many in each of three zones; dev may have 1 or 2.",
        examples=[3],
    )
    dedicated_masters: bool = Field(
        default=True,
        description="Three nodes that only manage the cluster, one per zone; always in prod.",
        examples=[True],
    )
    master_type: str = Field(
        default="m7g.large.search",
        description="Instance type of the dedicated masters; not burstable in prod.",
        examples=["m7g.large.search"],
    )
    storage_gib: int = Field(
        default=100,
        ge=10,
        le=2048,
        description="Size of each data node's gp3 volume in GiB, 10 to 2048.",
        examples=[100],
    )
    engine_version: str = Field(
        default="OpenSearch_2.19", description="OpenSearch version.", examples=["OpenSearch_2.19"]
    )

    @field_validator("instance_type", "master_type")
    @classmethod
    def _require_instance_type(cls, value: str, info: ValidationInfo) -> str:
        return require_search_type(value, BURSTABLE if facts_of(info).is_production else ())

    @field_validator("data_nodes")
    @classmethod
    def _require_even_zones(cls, value: int, info: ValidationInfo) -> int:
        is_dev = facts_of(info).environment is Environment.DEV
        if value % SEARCH_ZONES and not (is_dev and value < SEARCH_ZONES):
            least = -(-value // SEARCH_ZONES) * SEARCH_ZONES
            raise Mistake(f"must be a multiple of {SEARCH_ZONES}, so that each zone holds a copy", f"set {least}")
        return value

    @field_validator("dedicated_masters")
    @classmethod
    def _require_masters(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  pydantic calls it
        if facts_of(info).is_production and not value:
            raise Mistake("prod needs masters that outlive the loss of a zone", "set true")
        return value

    @field_validator("engine_version")
    @classmethod
    def _require_supported_version(cls, value: str) -> str:
        if value not in _VERSIONS:
            raise Mistake("must be an OpenSearch version of the service", f"set one of {', '.join(_VERSIONS)}")
        return value


class VectorStore(Section):
    """One store, or two for as long as vectors move from one to the other."""

    kind: VectorStoreKind = Field(
        default=VectorStoreKind.PGVECTOR,
        description="The store that Dify reads and writes: pgvector or opensearch.",
        examples=["pgvector"],
    )
    migrate_from: VectorStoreKind | None = Field(
        default=None,
        description="The store of before, kept beside the new one until `flask vdb-migrate` has run.",
        examples=["pgvector"],
    )
    opensearch: OpenSearch = Field(
        default_factory=OpenSearch, description="The OpenSearch domain, where kind or migrateFrom is opensearch."
    )

    @property
    def kinds(self) -> tuple[VectorStoreKind, ...]:
        """The stores that must stand, the one in use first."""
        return (self.kind,) if self.migrate_from is None else (self.kind, self.migrate_from)

    @property
    def has_opensearch(self) -> bool:
        """Whether an OpenSearch domain must stand."""
        return VectorStoreKind.OPENSEARCH in self.kinds

    @field_validator("migrate_from")
    @classmethod
    def _require_another(cls, value: VectorStoreKind | None, info: ValidationInfo) -> VectorStoreKind | None:
        if value is not None and value == info.data.get("kind"):
            raise Mistake(f"vectors cannot move from {value} to itself", "set the other store, or remove it")
        return value

    @field_validator("opensearch", mode="before")
    @classmethod
    def _refuse_two_stores(cls, value: object, info: ValidationInfo) -> object:
        # Only a section that the stack file holds arrives as anything else than the default.
        is_written = not isinstance(value, OpenSearch)
        chosen = {info.data.get("kind"), info.data.get("migrate_from")}
        if is_written and {"kind", "migrate_from"} <= info.data.keys() and VectorStoreKind.OPENSEARCH not in chosen:
            raise Mistake(
                "both vector stores are configured, but kind is pgvector",
                "remove it or set kind opensearch; to move vectors, also set migrateFrom pgvector",
            )
        return value


def uneven(choices: VectorStore, zones: int) -> Mistake | None:
    """Why the data nodes cannot spread evenly over the network's `zones`; None where they can, or where there are none.

    The service demands the same number in every zone it uses ("Configuring a multi-AZ domain", developer guide).
    """
    nodes, used = choices.opensearch.data_nodes, min(zones, SEARCH_ZONES)
    if not choices.has_opensearch or nodes < used or nodes % used == 0:
        return None
    return Mistake(f"cannot spread evenly over the {zones} zones of the network", "add a third zone to network.zones")
