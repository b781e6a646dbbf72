"""Whether a Docker host can carry what is planned, told before anything is made: pure, so that the program and the
command `check` say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

OLDEST_DOCKER = (20, 10)
"""The oldest Docker Engine that this is tested with (API 1.41; Debian 12's docker.io)."""

SOON = timedelta(days=21)
"""A certificate that ends sooner is worth a line: Let's Encrypt's clients renew thirty days ahead."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A TCP port that the plan publishes at `address` of the host."""

    address: str
    number: int


@dataclass(frozen=True, kw_only=True)
class HostPlan:
    """What the stack wants of its host: sizes in bytes, `memory` with what the system needs, `largest_cpus` the CPUs of
    its largest container, `open_files` what each container may have open. `watched`: somebody is told what is wrong."""

    stack: str
    docker_host: str
    domain: str
    release: str
    ports: tuple[Port, ...]
    memory: int
    largest_cpus: float
    disk: int
    postgres_major: int
    open_files: int
    watched: bool


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Who listens on a TCP port of the host. `ours` for a container of the stack itself."""

    address: str
    port: int
    who: str
    ours: bool


_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """What the certificate says, or in `unreadable` why it or its key is none. `fits_key`: the key is its own."""

    where: str
    unreadable: str | None = None
    names: tuple[str, ...] = ()
    begins: datetime = _ALWAYS
    ends: datetime = _NEVER
    fits_key: bool = True


@dataclass(frozen=True, kw_only=True)
class OpenFilesFacts:
    """What Docker did when it was asked for a container with as many open files as planned. `given` is None where that
    could not be found out; `why` is what Docker said."""

    given: bool | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """What was found. None is what could not be seen, as the kernel of a host elsewhere: it is not judged.

    `postgres_majors` are volumes and the PostgreSQL whose data they hold; `data_release` is the release of the newest
    migration that ran.
    """

    now: datetime
    unreachable: str | None = None
    docker_version: str = ""
    memory: int | None = None
    cpus: int | None = None
    disk_free: int | None = None
    docker_folder: str = ""
    listeners: tuple[Listener, ...] = ()
    postgres_majors: dict[str, int] = field(default_factory=dict[str, int])
    data_release: str | None = None
    certificate: CertificateFacts | None = None
    overcommit_memory: int | None = None
    somaxconn: int | None = None
    nr_open: int | None = None
    open_files: OpenFilesFacts | None = None
    transparent_huge_pages: str | None = None


def mistakes(plan: HostPlan, facts: HostFacts) -> list[str]:
    """What must be put right before the stack can run, one line each: what, where, what was got, how to fix."""
    if facts.unreachable is not None:
        fix = "start it, or set dify:host.docker to where it runs"
        return [f"Docker at {plan.docker_host}: got {facts.unreachable}; the stack needs a running Docker; {fix}"]
    return [
        *_docker(facts),
        *_sizes(plan, facts),
        *_open_files(plan, facts),
        *_ports(plan, facts),
        *_data(plan, facts),
        *_certificate(plan, facts),
    ]


def advice(plan: HostPlan, facts: HostFacts) -> list[str]:
    """What would run better otherwise, one line each. Sources: Redis documentation, "Redis administration"; Linux
    kernel documentation, admin-guide/sysctl."""
    return [*_kernel(facts), *_untried(plan, facts), *_ending(facts), *_unwatched(plan)]


def _docker(facts: HostFacts) -> Iterator[str]:
    got = _numbers(facts.docker_version)
    if got[:2] < OLDEST_DOCKER:
        oldest = ".".join(map(str, OLDEST_DOCKER))
        yield f"Docker: got version {facts.docker_version or 'unknown'}; it must be {oldest} or newer; upgrade Docker"


def _sizes(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    if facts.memory is not None and plan.memory > facts.memory:
        yield (
            f"memory of the host: got {_gib(facts.memory)}; the containers' limits and the system need "
            f"{_gib(plan.memory)}; add memory, or lower the services' memoryMib in Pulumi.{plan.stack}.yaml"
        )
    if facts.cpus is not None and plan.largest_cpus > facts.cpus:
        yield (
            f"CPUs of the host: got {facts.cpus}; one container may use {plan.largest_cpus:g}, and Docker refuses "
            f"more than there are; add CPUs, or lower the services' cpus in Pulumi.{plan.stack}.yaml"
        )
    if facts.disk_free is not None and facts.disk_free < plan.disk:
        yield (
            f"disk at {facts.docker_folder}: got {_gib(facts.disk_free)} free; images, data and backups need "
            f"{_gib(plan.disk)}; free some (`docker system df` shows what Docker holds) or add a disk"
        )


def _open_files(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    """More than fs.nr_open is refused to everybody (Linux kernel, kernel/sys.c, do_prlimit)."""
    wanted = plan.open_files
    if facts.nr_open is not None and facts.nr_open < wanted:
        yield (
            f"fs.nr_open: got {facts.nr_open}; each container is started with {wanted} open files (openFiles of "
            f"dify:host); `sysctl -w fs.nr_open={wanted}`, and the same line in /etc/sysctl.d"
        )
    elif facts.open_files is not None and facts.open_files.given is False:
        yield (
            f"Docker at {plan.docker_host}: got a refusal of {wanted} open files; each container is started with as "
            "many (openFiles of dify:host); set LimitNOFILE=1048576 for docker.service, and for containerd.service "
            "where there is one, and restart them"
        )


def _ports(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    for port in plan.ports:
        for listener in facts.listeners:
            if listener.port == port.number and not listener.ours and _meet(port.address, listener.address):
                yield (
                    f"port {port.number} of the host: got {listener.who} listening on {listener.address}; "
                    f"nginx publishes it; stop that, or publish another port in Pulumi.{plan.stack}.yaml"
                )
                break


def _data(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    for volume, major in sorted(facts.postgres_majors.items()):
        if major != plan.postgres_major:
            yield (
                f"volume {volume}: got data of PostgreSQL {major}; the plan's server is {plan.postgres_major} and "
                "cannot read it; stay on the old major, or dump and load the databases (docs/operate-host.md)"
            )
    if facts.data_release is not None and _numbers(facts.data_release) > _numbers(plan.release):
        yield (
            f"config dify:release: got {plan.release}; the database was migrated by {facts.data_release}, and Dify "
            f"has no way back; set dify:release to {facts.data_release} or newer, or restore an older backup"
        )


def _certificate(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    certificate = facts.certificate
    if certificate is None:
        return
    if certificate.unreadable is not None:
        yield f"{certificate.where}: {certificate.unreadable}; give the certificate and its key as PEM"
        return
    if not certificate.fits_key:
        yield f"{certificate.where}: the key is another certificate's; give the key that it was requested with"
    if not any(covers(name, plan.domain) for name in certificate.names):
        names = ", ".join(certificate.names) or "no name"
        yield f"{certificate.where}: got {names}; browsers ask for {plan.domain}; give one that names it"
    if certificate.ends <= facts.now:
        yield f"{certificate.where}: got one that ended on {certificate.ends:%Y-%m-%d}; browsers refuse it; renew it"
    if certificate.begins > facts.now:
        begins = f"{certificate.begins:%Y-%m-%d}"
        yield f"{certificate.where}: got one that begins on {begins}; browsers refuse it; give another"


def _kernel(facts: HostFacts) -> Iterator[str]:
    if facts.overcommit_memory not in (None, 1):
        yield (
            f"vm.overcommit_memory: got {facts.overcommit_memory}; Redis saves by a fork that needs 1; "
            "`sysctl -w vm.overcommit_memory=1`, and the same line in /etc/sysctl.d"
        )
    if facts.somaxconn is not None and facts.somaxconn < 4096:
        yield (
            f"net.core.somaxconn: got {facts.somaxconn}; connections wait in a queue of 4096; "
            "`sysctl -w net.core.somaxconn=4096`, and the same line in /etc/sysctl.d"
        )
    if facts.transparent_huge_pages == "always":
        yield (
            "transparent huge pages: got always; Redis answers late with them; "
            "`echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` at each start"
        )


def _untried(plan: HostPlan, facts: HostFacts) -> Iterator[str]:
    if facts.open_files is not None and facts.open_files.given is None:
        yield (
            f"open files: Docker could not be asked for {plan.open_files} ({facts.open_files.why}); "
            f"`docker run --rm --ulimit nofile={plan.open_files} IMAGE true` tells whether it gives them"
        )


def _ending(facts: HostFacts) -> Iterator[str]:
    certificate = facts.certificate
    if certificate and certificate.unreadable is None and facts.now < certificate.ends <= facts.now + SOON:
        days = (certificate.ends - facts.now).days
        yield f"{certificate.where}: ends in {days} days, on {certificate.ends:%Y-%m-%d}; renew it"


def _unwatched(plan: HostPlan) -> Iterator[str]:
    if not plan.watched:
        yield (
            "dify:alarms: got nobody to tell; a host that is unwell, or gone, tells nobody; name email, webhookFile or "
            f"heartbeatFile, and call `operations watch {plan.stack}` by a timer"
        )


def covers(name: str, domain: str) -> bool:
    """Whether a certificate's `name` is that of `domain`; a star stands for one label (RFC 6125, section 6.4.3)."""
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    return name == domain or (name.startswith("*.") and name[2:] == domain.partition(".")[2])


def _meet(planned: str, listening: str) -> bool:
    """Whether two sockets on one port are in each other's way."""
    anywhere = ("0.0.0.0", "::", "")  # noqa: S104  addresses are compared, none is bound
    return planned == listening or planned in anywhere or listening in anywhere


def _numbers(version: str) -> tuple[int, ...]:
    """`20.10.24+dfsg1` -> (20, 10, 24)."""
    parts: list[int] = []
    for part in version.replace("+", ".").replace("-", ".").split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _gib(count: int) -> str:
    return f"{count / 1024**3:.1f} GiB"
