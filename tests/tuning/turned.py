"""Another value for every setting that the page names, so that it can be seen what follows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.tuning.knob import Stack

ROOM: Mapping[Stack, Mapping[str, Any]] = {Stack.AWS: {}, Stack.HOST: {"host.memoryGib": 128, "host.cpus": 32}}
"""What the other values need, and no parameter follows."""

_UPLOADS: Mapping[str, Any] = {
    "uploads.fileMib": 51,
    "uploads.imageMib": 21,
    "uploads.audioMib": 61,
    "uploads.videoMib": 201,
    "uploads.filesAtOnce": 7,
}
_PARAMETERS: Mapping[str, Any] = {
    f"database.parameters.{key}": value
    for key, value in {
        "workMemMib": 3,
        "maintenanceWorkMemMib": 256,
        "effectiveCacheSizeMib": 9000,
        "randomPageCost": 1.5,
        "effectiveIoConcurrency": 100,
        "maxWalSizeMib": 4096,
        "logMinDurationMs": 500,
    }.items()
}

TURNED: Mapping[Stack, Mapping[str, Any]] = {
    Stack.AWS: {
        "services.api.processes": 3,
        "services.api.connectionsPerProcess": 210,
        "services.api.requestsPerTask": 900,
        "services.worker.concurrency": 18,
        "services.worker.backlogPerTask": 9,
        "services.pluginDaemon.diskGib": 60,
        "edge.idleTimeoutSeconds": 3000,
        "database.poolSize": 9,
        "database.maxOverflow": 12,
        **_PARAMETERS,
        **_UPLOADS,
        "database.instanceClass": "db.m7g.2xlarge",
        "database.allocatedStorageGib": 120,
        "database.maxStorageGib": 1100,
        "cache.nodeType": "cache.m7g.xlarge",
        "cache.nodes": 3,
        "vectorStore.opensearch.instanceType": "r7g.xlarge.search",
        "vectorStore.opensearch.dataNodes": 6,
        "vectorStore.opensearch.storageGib": 120,
    },
    Stack.HOST: {
        "host.openFiles": 80_000,
        "services.api.processes": 3,
        "services.api.connectionsPerProcess": 420,
        "services.api.instances": 3,
        "services.worker.instances": 3,
        "services.worker.concurrency": 18,
        "services.nginx.cpus": 1.5,
        "requests.idleTimeoutSeconds": 3000,
        "database.poolSize": 8,
        "database.maxOverflow": 13,
        **_PARAMETERS,
        **_UPLOADS,
        "database.memoryMib": 12_288,
        "database.synchronous": True,
        "cache.memoryMib": 2048,
    },
}


def variants(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Few stacks, in each of which about half of the settings are turned. No two settings are turned in the same ones,
    so that those in which a parameter differs say which settings it follows."""
    numbered = list(enumerate(TURNED[stack].items(), 1))
    for digit in range(len(numbered).bit_length()):
        yield {**ROOM[stack], **{key: value for number, (key, value) in numbered if number >> digit & 1}}
