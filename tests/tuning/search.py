"""The OpenSearch domain."""

from tests.tuning.knob import Cost, Knob, Table
from tests.tuning.readings import attribute

_OWN = "vectorStore.opensearch"

SEARCH = Table(
    name="OpenSearch",
    knobs=(
        Knob(
            name="data nodes",
            does="who keeps vectors; the same number in each zone",
            comes="three zones, one each",
            aws=attribute("search-domain", "clusterConfig/instanceCount", f"{_OWN}.dataNodes", cost=Cost.NODES),
            alarms=("search-cpu", "search-yellow"),
            sign="searches are slow",
        ),
        Knob(
            name="type of data nodes",
            does="memory for vectors: half is the heap, the index of vectors is in half of the rest",
            comes="the smallest that is not burstable, with much memory",
            aws=attribute("search-domain", "clusterConfig/instanceType", f"{_OWN}.instanceType", cost=Cost.NODES),
            alarms=("search-heap", "search-writes-blocked"),
            sign="documents are refused",
        ),
        Knob(
            name="storage of each",
            does="vectors and text, each twice in the domain",
            comes="our own",
            aws=attribute("search-domain", "ebsOptions/volumeSize", f"{_OWN}.storageGib", unit="GiB", cost=Cost.NODES),
            alarms=("search-disk", "search-writes-blocked"),
        ),
        Knob(
            name="masters",
            does="nodes that only manage the others",
            comes="two of three are a majority when a zone is lost",
            aws=attribute("search-domain", "clusterConfig/dedicatedMasterCount", cost=Cost.NODES),
            alarms=("search-master", "search-master-cpu", "search-master-heap"),
        ),
    ),
)
