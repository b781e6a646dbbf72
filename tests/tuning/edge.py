"""Where requests come in: the load balancer, or nginx."""

from tests.tuning.knob import Knob, Table
from tests.tuning.readings import (
    attribute,
    host_container,
    host_nginx,
    host_nginx_switch,
    host_variable,
    variable,
)

_IDLE = "an hour: as long as a run may be silent before its first word"


def _upload(name: str, does: str, setting: str) -> Knob:
    return Knob(
        name=name,
        does=does,
        comes="Dify's default; the api holds a file in memory while it takes it",
        aws=variable("api", name.strip("`"), setting),
        host=host_variable("api-1", name.strip("`"), setting),
        alarms=("services-api-memory",),
        sign="Dify says that a file is too large",
    )


EDGE = Table(
    name="edge",
    knobs=(
        Knob(
            name="idle timeout",
            does="how long a connection may be silent; a blocking call is silent for as long as its run lasts",
            comes=_IDLE,
            aws=attribute("edge-alb", "idleTimeout", "edge.idleTimeoutSeconds", unit="s"),
            host=host_nginx("proxy_read_timeout", "requests.idleTimeoutSeconds"),
            alarms=("edge-balancer-errors",),
            sign="504; streams end early, all after the same silence",
        ),
        Knob(
            name="deregistration delay",
            does="how long a task that leaves may finish its streams",
            comes="it fits into the 120 s that Fargate gives",
            aws=attribute("edge-api", "deregistrationDelay", unit="s"),
            sign="streams end early during a deployment",
        ),
        Knob(
            name="balancing",
            does="who gets a request: whoever has the fewest",
            comes="streams differ in length, so turns would be unfair",
            aws=attribute("edge-api", "loadBalancingAlgorithmType"),
            host=host_nginx_switch("least_conn"),
            alarms=("edge-api-response",),
        ),
        Knob(
            name="health check",
            does="seconds between two questions; three wrong answers take a task out",
            comes="out of service within 45 s",
            aws=attribute("edge-api", "healthCheck/interval", unit="s"),
            host=host_container("api-1", "healthcheck/interval"),
            alarms=("edge-api-unhealthy",),
        ),
        Knob(
            name="`worker_processes`",
            does="processes of nginx",
            comes="its CPUs, rounded up",
            host=host_nginx("worker_processes", "services.nginx.cpus"),
        ),
        Knob(
            name="`worker_connections`",
            does="connections of each; a request takes two",
            comes="twice what the api, and the editors, take at once, at least 4,096",
            host=host_nginx(
                "worker_connections",
                "services.api.connectionsPerProcess",
                "services.api.processes",
                "services.api.instances",
            ),
            sign="connections reset while every api is idle",
        ),
        Knob(
            name="`client_max_body_size`",
            does="largest body of a request",
            comes="100 MiB (Dify's own nginx), or the largest upload and 1 MiB; AWS has none before the api",
            host=host_nginx("client_max_body_size", "uploads.videoMib"),
            sign="413",
        ),
        _upload("`UPLOAD_FILE_SIZE_LIMIT`", "largest document, in MiB", "uploads.fileMib"),
        _upload("`UPLOAD_IMAGE_FILE_SIZE_LIMIT`", "largest image, in MiB", "uploads.imageMib"),
        _upload("`UPLOAD_AUDIO_FILE_SIZE_LIMIT`", "largest recording, in MiB", "uploads.audioMib"),
        _upload("`UPLOAD_VIDEO_FILE_SIZE_LIMIT`", "largest video, in MiB", "uploads.videoMib"),
        _upload("`UPLOAD_FILE_BATCH_LIMIT`", "files that one upload may hold", "uploads.filesAtOnce"),
        Knob(
            name="`proxy_buffering`",
            does="whether an answer waits until it fills a buffer",
            comes="no stream may wait",
            host=host_nginx("proxy_buffering"),
        ),
    ),
)
