"""Cases of the rules about networks, ports, volumes and the provider of Docker, as changes of the stack on one host."""

from functools import partial

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop, named, put, together, unprotect
from tests.policies.cases_docker import append, of

HOST = partial(Case, source="host")
CONTAINER = partial(HOST, at=t.DOCKER_CONTAINER)

CASES = [
    CONTAINER(
        rule="docker-container-must-leave-the-default-bridge",
        where=named("web-1-container"),
        breaks=together(drop("networksAdvanced"), put("networkMode", "bridge")),
        loses="networksAdvanced",
        hides="networksAdvanced",
        set_when_unknown=True,
    ),
    CONTAINER(
        rule="docker-container-must-join-networks-of-the-stack",
        where=named("web-1-container"),
        breaks=append("networksAdvanced", {"name": "of-somebody-else"}),
        loses="networksAdvanced",
        hides="networksAdvanced",
        safe_when_missing=True,
    ),
    HOST(
        rule="docker-network-must-keep-others-out",
        at=t.DOCKER_NETWORK,
        where=named("networks-data"),
        breaks=put("driver", "macvlan"),
        loses="driver",
        hides="driver",
        safe_when_missing=True,
    ),
    HOST(
        rule="docker-network-must-leave-the-host-out",
        at=t.DOCKER_NETWORK,
        where=named("networks-data"),
        breaks=put("options", {"com.docker.network.bridge.inhibit_ipv4": "false"}),
        loses="options",
        hides="options",
    ),
    HOST(
        rule="docker-store-must-be-on-internal-networks",
        at=t.DOCKER_NETWORK,
        where=named("networks-data"),
        breaks=put("internal", False),
        loses="internal",
        hides="internal",
    ),
    CONTAINER(
        rule="docker-container-must-publish-web-ports-only",
        where=named("nginx-container"),
        breaks=put("ports.0.external", 8081),
        loses="ports",
        hides="ports",
        safe_when_missing=True,
    ),
    CONTAINER(
        rule="docker-port-must-name-its-address",
        where=named("nginx-container"),
        breaks=drop("ports.0.ip"),
        loses="ports.1.ip",
        hides="ports.0.ip",
    ),
    CONTAINER(
        rule="docker-container-must-not-bridge-outside-and-inside",
        where=named("nginx-container"),
        breaks=append("networksAdvanced", {"name": "dify-host-data"}),
        loses="networksAdvanced",
        hides="networksAdvanced",
        safe_when_missing=True,
    ),
    CONTAINER(
        rule="docker-port-must-be-published-once",
        where=named("web-1-container"),
        breaks=put("ports", [{"internal": 3000, "external": 443, "ip": "10.0.0.4", "protocol": "tcp"}]),
        loses="ports",
        hides="ports",
        safe_when_missing=True,
    ),
    HOST(
        rule="docker-volume-must-be-protected",
        at=t.DOCKER_VOLUME,
        where=named("volumes-redis"),
        breaks=unprotect,
        loses=unprotect,
        hides="name",
        set_when_unknown=True,
    ),
    CONTAINER(
        rule="docker-store-must-keep-its-data",
        where=named("redis-container"),
        breaks=put("mounts.0.readOnly", True),
        loses="mounts",
        hides="mounts",
    ),
    CONTAINER(
        rule="docker-mount-must-name-a-volume-of-the-stack",
        where=named("api-1-container"),
        breaks=put("mounts.0.source", "dify-host-flies"),
        loses=drop("mounts.0.source"),
        hides="mounts",
    ),
    HOST(
        rule="docker-volume-must-be-encrypted-on-its-way",
        at=t.DOCKER_VOLUME,
        where=named("volumes-files"),
        breaks=put("driverOpts", {"type": "nfs", "o": "addr=files.example.com,rw", "device": ":/dify"}),
        loses="driverOpts",
        hides="driverOpts",
        safe_when_missing=True,
    ),
    HOST(
        rule="docker-provider-must-name-its-host",
        at=t.DOCKER_PROVIDER,
        breaks=put("context", "another"),
        loses="host",
        hides="host",
        set_when_unknown=True,
    ),
    HOST(
        rule="docker-provider-must-reach-docker-in-private",
        at=t.DOCKER_PROVIDER,
        breaks=put("host", "tcp://host.example.com:2375"),
        loses="host",
        hides="host",
        safe_when_missing=True,
    ),
    HOST(
        rule="docker-volume-must-have-one-store",
        at=t.DOCKER_VOLUME,
        where=named("volumes-postgres-a"),
        breaks=of("postgres-b-container", put("mounts.0.source", "dify-host-postgres-a")),
        loses="name",
        hides="name",
        safe_when_missing=True,
    ),
    CONTAINER(
        rule="docker-resource-must-not-share-its-name",
        where=named("api-2-container"),
        breaks=put("name", "dify-host-api-1"),
        loses="name",
        hides="name",
        safe_when_missing=True,
    ),
]
