"""Wrong values of the vector store, each with its line."""

from typing import Any

from tests.settings.stack_files import Bad

_OPENSEARCH = {"vectorStore.kind": "opensearch"}
_TYPE = "must be a known type <family>.<size>.search"
_BURSTABLE: dict[str, Any] = {
    "rule": "prod needs steady CPU, this family is burstable",
    "fix": "set one such as r7g.large.search",
    "also": _OPENSEARCH,
}
_EVEN = "must be a multiple of 3, so that each zone holds a copy"
_BOTH: dict[str, Any] = {
    "got": "a mapping",
    "rule": "both vector stores are configured, but kind is pgvector",
    "fix": "remove it or set kind opensearch; to move vectors, also set migrateFrom pgvector",
}
_ITSELF = "set the other store, or remove it"


def _whole(key: str, example: int) -> list[Bad]:
    rule, fix = "must be a whole number", f"write one, for example {example}"
    return [Bad(key=key, value=value, also=_OPENSEARCH, rule=rule, fix=fix) for value in ("3", 2.5, True)]


def _between(key: str, least: int, most: int) -> list[Bad]:
    low, high = f"must be at least {least}", f"must be at most {most}"
    return [
        Bad(key=key, value=least - 1, environment="dev", also=_OPENSEARCH, rule=low, fix=f"set {least} or more"),
        Bad(key=key, value=most + 1, environment="dev", also=_OPENSEARCH, rule=high, fix=f"set {most} or less"),
    ]


VECTOR_STORE: tuple[Bad, ...] = (
    Bad(
        key="vectorStore.kind",
        value="weaviate",
        rule="must be one of pgvector, opensearch",
        fix="set one of them",
    ),
    Bad(
        key="vectorStore.migrateFrom",
        value="pgvector",
        rule="vectors cannot move from pgvector to itself",
        fix=_ITSELF,
    ),
    Bad(
        key="vectorStore.migrateFrom",
        value="opensearch",
        also=_OPENSEARCH,
        rule="vectors cannot move from opensearch to itself",
        fix=_ITSELF,
    ),
    Bad(
        key="vectorStore.migrateFrom",
        value="qdrant",
        rule="must be one of pgvector, opensearch",
        fix="set one of them",
    ),
    Bad(key="vectorStore.opensearch", value={"dataNodes": 3}, **_BOTH),
    Bad(key="vectorStore.opensearch", value={}, also={"vectorStore.kind": "pgvector"}, **_BOTH),
    Bad(
        key="vectorStore.opensearch",
        value=[],
        also=_OPENSEARCH,
        rule="must be a mapping",
        fix="write its keys below it: instanceType, dataNodes, dedicatedMasters, masterType, storageGib, engineVersion",
    ),
    Bad(
        key="vectorStore.opensearch.instanceType",
        value="r7g.larg.search",
        also=_OPENSEARCH,
        rule=_TYPE,
        fix="set one such as r7g.large.search",
    ),
    Bad(
        key="vectorStore.opensearch.instanceType",
        value="r7gd.large.search",
        also=_OPENSEARCH,
        rule=_TYPE,
        fix="set one such as r7g.large.search",
    ),
    Bad(key="vectorStore.opensearch.instanceType", value="t3.medium.search", **_BURSTABLE),
    Bad(key="vectorStore.opensearch.masterType", value="t3.small.search", **_BURSTABLE),
    Bad(
        key="vectorStore.opensearch.masterType",
        value="m7g.large",
        also=_OPENSEARCH,
        rule=_TYPE,
        fix="set one such as m7g.large.search",
    ),
    *(
        Bad(
            key="vectorStore.opensearch.dataNodes",
            value=nodes,
            environment=environment,
            also=_OPENSEARCH,
            rule=_EVEN,
            fix=f"set {enough}",
        )
        for environment, nodes, enough in (("prod", 1, 3), ("prod", 4, 6), ("staging", 2, 3), ("dev", 4, 6))
    ),
    *_between("vectorStore.opensearch.dataNodes", 1, 80),
    *_whole("vectorStore.opensearch.dataNodes", 3),
    Bad(
        key="vectorStore.opensearch.dedicatedMasters",
        value=False,
        also=_OPENSEARCH,
        rule="prod needs masters that outlive the loss of a zone",
        fix="set true",
    ),
    *_between("vectorStore.opensearch.storageGib", 10, 2048),
    *_whole("vectorStore.opensearch.storageGib", 100),
    Bad(
        key="vectorStore.opensearch.engineVersion",
        value="2.19",
        also=_OPENSEARCH,
        rule="must be an OpenSearch version of the service",
        fix="set one of OpenSearch_2.13, OpenSearch_2.15, OpenSearch_2.17, OpenSearch_2.19, OpenSearch_3.1, "
        "OpenSearch_3.3",
    ),
)
