"""What the operating system gives a container."""

from tests.tuning.knob import Cost, Knob, Reading, Stack, Table
from tests.tuning.readings import container, host_container, number

_SCRATCH = r"size="


def _scratch() -> Reading:
    return Reading(
        read=lambda graph: next(
            word.removeprefix("size=").removesuffix("m") + " MiB"
            for word in graph.named("api-1-container").inputs["tmpfs"]["/tmp"].split(",")  # noqa: S108
            if word.startswith("size=")
        ),
        cost=Cost.ROLLING,
        stack=Stack.HOST,
    )


SYSTEM = Table(
    name="system",
    knobs=(
        Knob(
            name="`nofile`",
            does="descriptors of a process: each open stream takes one in nginx and one in the api",
            comes="squid wants 65,536 and says so; other tasks have Fargate's own 65,535",
            aws=container("ssrf-proxy", lambda found: found["ulimits"][0]["softLimit"]),
            host=host_container("api-1", "ulimits/0/soft", "host.openFiles"),
            sign="`Too many open files` in a log",
        ),
        Knob(
            name="`net.core.somaxconn`",
            does="connections that wait to be accepted",
            comes="AWS: Linux' own 4,096. Docker gives each container a network of its own, which is told as much",
            host=host_container("api-1", "sysctls/net.core.somaxconn"),
            sign="`ListenOverflows` of `nstat` in the container",
        ),
        Knob(
            name="scratch folder",
            does="`/tmp` is memory of the container, as far as it is used",
            comes="`SCRATCH_MIB` of `components/container.py`",
            aws=container("api", lambda found: f"{found['linuxParameters']['tmpfs'][0]['size']} MiB"),
            host=_scratch(),
            alarms=("services-api-memory",),
            sign="`No space left on device`",
        ),
        Knob(
            name="swap",
            does="a container that swapped would answer in seconds: it is killed instead",
            comes="memory and swap together are the memory (Docker); Fargate has none",
            host=Reading(
                read=lambda graph: f"{_swap(graph.named('api-1-container').inputs)} MiB",
                cost=Cost.ROLLING,
                stack=Stack.HOST,
            ),
            sign="exit code 137",
        ),
        Knob(
            name="time to end",
            does="seconds between being told to end and being killed: what a stream or job has left",
            comes="the most that Fargate admits; a host gives nginx's five seconds more",
            aws=container("api", lambda found: f"{found['stopTimeout']} s"),
            host=host_container("api-1", "stopTimeout", unit="s"),
            sign="streams end early during a deployment",
        ),
    ),
)


def _swap(inputs: dict[str, int]) -> str:
    return number(inputs["memorySwap"] - inputs["memory"])
