"""`python -m sandbox.serve`: the stand-in providers in one process, each on a free port of its own.

The first line of output is what the engine wants in PULUMI_DEBUG_PROVIDERS, such as `aws:40001,docker:40002`.
"""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.aws_provider import AwsProvider
from sandbox.docker_provider import DockerProvider
from sandbox.faults import FaultInjector, from_environment

_SERVE_THREADS = 32
"""More than the engine's default parallelism, so that no call waits for another."""


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    # Faults count over all providers, as creates do.
    faults = FaultInjector(from_environment())
    threads = ThreadPoolExecutor(_SERVE_THREADS)
    servers: list[Any] = []
    addresses: list[str] = []
    for stand_in in (AwsProvider, DockerProvider):
        server: Any = grpc.server(threads)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(stand_in(faults), server)
        addresses.append(f"{stand_in.package}:{server.add_insecure_port('127.0.0.1:0')}")
        servers.append(server)
    done = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda _number, _frame: done.set())
    for server in servers:
        server.start()
    print(",".join(addresses), flush=True)
    done.wait()
    for server in servers:
        server.stop(grace=None)


if __name__ == "__main__":
    main()
