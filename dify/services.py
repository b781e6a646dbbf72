"""Dify's services: what each runs, where it listens, how its health is seen and what it may write.

Names are Dify's own with hyphens: a DNS label and an AWS name take no underscore. Sources: docker/docker-compose.yaml,
api/docker/entrypoint.sh and the Dockerfiles of langgenius/dify 1.16.0 to 1.17.1, langgenius/dify-plugin-daemon 0.6 and
langgenius/dify-sandbox 0.2.15.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """What the load balancer asks a task, and what it takes for healthy."""

    path: str
    matcher: str = "200"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One Dify service.

    `kind` is what it is where several services are the same thing (workers of different queues), else its name.
    `image` names an image of the release, `mode` is the api image's MODE variable. `port` is None for a service that
    only consumes. `health` puts it behind the load balancer, `probe` is asked inside the container (ECS replaces a
    task whose probe fails). A `discovered` service has a private DNS name; an `isolated` one runs other people's code
    and stands where nothing leads out. A `singleton` never runs twice, not even
    during a deployment. `stop_seconds` is the time between SIGTERM and SIGKILL, at most 120 on Fargate. `writable`
    paths are kept in memory under a read-only root, `disk` paths on the task's ephemeral storage; an image that needs
    a writable root says why in policies/exemptions.yaml. `user` is the numeric user of its image, 0 where it must
    start as root and gives that up itself; `drops` are the capabilities it can then do without. `open_files` is the
    limit that it needs where Fargate's own, 65,535, is too low.
    """

    name: str
    image: str
    kind: str = ""
    mode: str | None = None
    port: int | None = None
    health: HealthCheck | None = None
    probe: tuple[str, ...] = ()
    discovered: bool = False
    isolated: bool = False
    singleton: bool = False
    stop_seconds: int = 120
    read_only_root: bool = True
    writable: tuple[str, ...] = ("/tmp",)  # noqa: S108  the images' own scratch folder
    disk: tuple[str, ...] = ()
    user: str = "1001"
    drops: tuple[str, ...] = ("ALL",)
    open_files: int | None = None

    def __post_init__(self) -> None:
        if not self.kind:
            object.__setattr__(self, "kind", self.name)

    @property
    def runs_api_image(self) -> bool:
        """Whether it is one of the processes of Dify's backend, which share one environment."""
        return self.image == API_IMAGE


WEB_PORT = 3000
API_PORT = 5001
PLUGIN_DAEMON_PORT = 5002
SANDBOX_PORT = 8194
SSRF_PROXY_PORT = 3128
AGENT_BACKEND_PORT = 5050
LOCAL_SANDBOX_PORT = 5004
"""Ports of the images (docker/docker-compose.yaml)."""

API_IMAGE = "api"

_API_WRITABLE = ("/tmp", "/app/api/storage")  # noqa: S108
"""The app factory makes the storage folder when it starts, also where files go to S3."""

WEB = Service(
    name="web",
    image="web",
    port=WEB_PORT,
    health=HealthCheck(path="/", matcher="200-299,307"),  # "/" redirects to the sign-in page
    stop_seconds=30,
    writable=("/tmp", "/app/web/.next/cache"),  # noqa: S108
)
API = Service(
    name="api",
    image=API_IMAGE,
    mode="api",
    port=API_PORT,
    health=HealthCheck(path="/health"),
    discovered=True,
    writable=_API_WRITABLE,
)
API_WEBSOCKET = Service(
    name="api-websocket",
    image=API_IMAGE,
    mode="api",
    port=API_PORT,
    health=HealthCheck(path="/health"),
    writable=_API_WRITABLE,
)
WORKER = Service(name="worker", image=API_IMAGE, mode="worker", writable=_API_WRITABLE)
BEAT = Service(
    # Two beats would enqueue every scheduled job twice (celery/celery#2856).
    name="beat",
    image=API_IMAGE,
    mode="beat",
    singleton=True,
    stop_seconds=30,
    writable=_API_WRITABLE,
)
MIGRATION = Service(name="migration", image=API_IMAGE, mode="migration", writable=_API_WRITABLE)

PLUGIN_DAEMON = Service(
    # The community edition does not scale out (langgenius/dify-plugin-daemon#184, #394).
    name="plugin-daemon",
    image="plugin-daemon",
    port=PLUGIN_DAEMON_PORT,
    health=HealthCheck(path="/health/check"),
    discovered=True,
    singleton=True,
    disk=("/app/storage",),
)
SANDBOX = Service(
    name="sandbox",
    image="sandbox",
    port=SANDBOX_PORT,
    probe=("curl", "-f", f"http://localhost:{SANDBOX_PORT}/health"),
    discovered=True,
    isolated=True,
    stop_seconds=60,
    # It builds a chroot below /var/sandbox at start and runs each program in it under a user of its own.
    read_only_root=False,
    writable=(),
    user="0",
    # What Docker grants less what it needs: CHOWN, DAC_OVERRIDE, SETGID, SETUID, SYS_CHROOT, and KILL for programs
    # that run over their time, which are another user's.
    drops=(
        "AUDIT_WRITE", "FOWNER", "FSETID", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETPCAP",
    ),
)  # fmt: skip
SSRF_PROXY = Service(
    name="ssrf-proxy",
    image="ssrf-proxy",
    port=SSRF_PROXY_PORT,
    discovered=True,
    stop_seconds=60,
    user="13",
    open_files=65_536,
)
AGENT_BACKEND = Service(
    # A run lives in the process that took it and is not taken over (dify-agent/, langgenius/dify 1.17).
    name="agent-backend",
    image="agent-backend",
    port=AGENT_BACKEND_PORT,
    probe=(
        "python",
        "-c",
        f"import urllib.request as r; r.urlopen('http://localhost:{AGENT_BACKEND_PORT}/openapi.json')",
    ),
    discovered=True,
    singleton=True,
    writable=_API_WRITABLE,
)
LOCAL_SANDBOX = Service(
    # Agents' homes are on its disk (dify-agent-runtime/): there is one, and a new one starts empty.
    name="local-sandbox",
    image="local-sandbox",
    port=LOCAL_SANDBOX_PORT,
    discovered=True,
    isolated=True,
    singleton=True,
    stop_seconds=60,
    disk=("/home/dify", "/workspace"),
    user="1000",
)
AGENT_SSRF_PROXY = replace(SSRF_PROXY, name="agent-ssrf-proxy", kind="agent-ssrf-proxy")


def worker_of(group: str) -> Service:
    """The worker of one group of queues."""
    return replace(WORKER, name=f"{WORKER.name}-{group}")
