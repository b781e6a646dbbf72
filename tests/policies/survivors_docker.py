"""What is known of mutations of Docker's resources that the pack does not find, each looked at once, as a kind.

Tried on Docker Engine 20.10 were a range of all addresses and IPv6 without a range, which it refuses. All else rests on
the documentation of Docker and on what the provider demands.
"""

from tests.policies.judgement import Judgement, Table

OF_DOCKER: Table = {
    Judgement.REFUSED: (
        "Container mounts.t* drop",
        "Container ports.internal drop",
        "Container ulimits.* drop",
        "* labels.* drop",
        "Network ipamConfigs* *",
        "Provider registryAuth.address drop",
        "RemoteImage build.context drop",
        "Volume driverOpts.* drop",
    ),
    Judgement.SAME: (
        # One more that a container is not without: the default, or what it has in any case.
        "Container capabilities.adds drop*",
        "Container healthcheck give no question",
        "Container hostname drop",
        "Container logs *",
        "Container mounts.volumeOptions*",
        "Container mounts.readOnly drop",
        "Container mustRun drop",
        "Container networkMode drop",
        "Container ports.protocol drop",
        # It has no network, and ends when its work is done.
        "Container readOnly drop",
        "Container readOnly flip",
        "Container restart drop",
        "Container stdinOpen give input",
        "Container tty give a terminal",
        "Container user drop",
        # Whoever is on the host reaches every port of a container on a bridge (Docker manual, "Port publishing").
        "Container ports give a port of the host alone",
        # A network namespace forwards as its host does; without NET_ADMIN nobody sends anything that way.
        "Container sysctls give forwarding",
        # What is in memory may be run in any case, and gives no privilege.
        "Container tmpfs give programs in memory",
        # Where no container runs, as on AWS, images may be copied by any Docker.
        "Provider context give another context",
        "Provider host drop",
        "Network attachable *",
        "Network driver drop",
        # Without a range Docker 20.10 refuses it; from 27 on it is filtered as IPv4 is.
        "Network ipv6 *",
        "RemoteImage keepLocally *",
        "Volume driver drop",
        # Nothing is missed that is in these.
        "Volume driverOpts give memory",
    ),
    Judgement.CLOSED: (
        "Container destroyGraceSeconds drop",
        "Container dnsOpts drop*",
        "Container healthcheck.* drop*",
        "Container init *",
        "Container mounts drop*",
        "Container networksAdvanced drop*",
        "Container networksAdvanced.* drop*",
        "Container ports drop*",
        "Container shmSize drop",
        "Container stopTimeout drop",
        "Container sysctls* drop",
        "Container tmpfs* drop",
        "Container ulimits drop*",
        "Container wait* *",
        "Provider registryAuth drop*",
        "RegistryImage keepRemotely *",
        "RegistryImage name drop",
        "RemoteImage *platform drop",
        "RemoteImage triggers *",
        # What is operated is found by its labels.
        "* labels drop*",
        "Network internal flip",
    ),
    Judgement.WHICH: (
        "* link to another",
        "* remove",
        "Container gpus *",
        "Container mounts give others' *",
        "Container networksAdvanced give another network",
        "RemoteImage build *",
        "RemoteImage name give another registry",
    ),
}
