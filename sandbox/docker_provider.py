"""A stand-in for the docker provider. It talks to no Docker: it pulls, builds, tags and pushes nothing, and its digests
and image ids are invented."""

from sandbox.stand_in import StandIn


class DockerProvider(StandIn):
    """Images without Docker and without a registry."""

    package = "docker"
