"""Looks at a Docker host and leaves it as it was: what preflight.py judges."""

import ipaddress
import platform
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations.host.certificate import facts_of
from operations.host.docker_host import DockerHost
from operations.host.open_files import ask_for
from operations.host.part import MIGRATION, PART
from operations.host.postgres_pair import DATA_FOLDER, NODES
from operations.host.preflight import CertificateFacts, HostFacts, Listener
from operations.outcome import FailedError

POSTGRES_MAJOR = "dify.postgres-major"
"""Label of a volume with PostgreSQL's data."""

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp (Linux, include/net/tcp_states.h)."""


def read_facts(
    address: str, stack: str, certificate: tuple[Path, Path] | None = None, *, open_files: int | None = None
) -> HostFacts:
    """Facts of the host at `address`. `certificate` are the files of certificate and key on this machine. Docker is
    asked for a container with `open_files`, unless that is None.

    What only the host's own kernel can say is None where Docker is not this machine's.
    """
    given = _given(*certificate) if certificate else None
    now = datetime.now(UTC)
    try:
        with DockerHost.reach(address, stack) as host:
            return _facts(host, now, given, open_files)
    except FailedError as error:
        return HostFacts(now=now, unreachable=_said(error, address), certificate=given)


def _facts(host: DockerHost, now: datetime, given: CertificateFacts | None, open_files: int | None) -> HostFacts:
    info: dict[str, Any] = host.info()
    local = _is_here(host.address, info)
    published = list(_published(host))
    taken = {listener.port for listener in published}
    others = [] if not local else [one for one in _listening() if one.port not in taken]
    migration = host.find(MIGRATION)
    return HostFacts(
        now=now,
        docker_version=info["ServerVersion"],
        memory=info["MemTotal"],
        cpus=info["NCPU"],
        disk_free=_free(info["DockerRootDir"]) if local else None,
        docker_folder=info["DockerRootDir"],
        listeners=(*published, *others),
        postgres_majors=dict(_majors(host)),
        data_release=migration.release if migration and migration.exit_code == 0 and migration.started else None,
        certificate=given,
        overcommit_memory=_number("/proc/sys/vm/overcommit_memory") if local else None,
        somaxconn=_number("/proc/sys/net/core/somaxconn") if local else None,
        nr_open=_number("/proc/sys/fs/nr_open") if local else None,
        open_files=None if open_files is None else ask_for(open_files, host),
        transparent_huge_pages=_chosen("/sys/kernel/mm/transparent_hugepage/enabled") if local else None,
    )


def _majors(host: DockerHost) -> Iterator[tuple[str, int]]:
    """Volumes with PostgreSQL's data and its major version: as the volume's label says, else the data themselves."""
    for volume, labels in host.volumes().items():
        part = labels.get(PART, "")
        if labels.get(POSTGRES_MAJOR, "").isdigit():
            yield volume, int(labels[POSTGRES_MAJOR])
        elif part in NODES and host.find(part) and (said := host.read(part, f"{DATA_FOLDER}/pgdata/PG_VERSION")):
            yield volume, int(said)


def _given(certificate: Path, key: Path) -> CertificateFacts | None:
    """None where the files are not on this machine: then they are the Docker host's."""
    if not certificate.exists() and not key.exists():
        return None
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            return CertificateFacts(where=f"certificate {file}", unreadable=f"got {error.strerror}")
    return facts_of(f"certificate {certificate}", certificate.read_bytes(), key.read_bytes())


def _is_here(address: str, info: dict[str, Any]) -> bool:
    """A socket on this machine may lead into a virtual machine, whose kernel is another."""
    return address.startswith("unix://") and info["KernelVersion"] == platform.release()


def _published(host: DockerHost) -> Iterator[Listener]:
    for name, stack, address, port in host.published():
        yield Listener(address=address, port=port, who=f"container {name}", ours=stack == host.stack)


def _listening() -> Iterator[Listener]:
    """TCP sockets that listen on this machine (proc(5), /proc/net/tcp)."""
    for file in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _lines(file)[1:]:
            columns = line.split()
            if columns[3] == _LISTEN:
                address, _, port = columns[1].partition(":")
                yield Listener(address=_address(address), port=int(port, 16), who="a program", ours=False)


def _address(text: str) -> str:
    """The kernel prints words in the machine's own byte order; all that Docker runs on is little-endian."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))


def _free(folder: str) -> int | None:
    """Docker's folder may be closed to us; the nearest parent that is there is on the same disk or root's."""
    place = Path(folder)
    for candidate in (place, *place.parents):
        try:
            return shutil.disk_usage(candidate).free
        except OSError:
            continue
    return None


def _number(file: str) -> int | None:
    lines = _lines(file)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _chosen(file: str) -> str | None:
    """`always [madvise] never` -> madvise."""
    lines = _lines(file)
    return lines[0].partition("[")[2].partition("]")[0] or None if lines else None


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _said(error: FailedError, address: str) -> str:
    """The cause alone: preflight says the rest."""
    return str(error).removeprefix(f"Docker at {address}: ").removeprefix("got ").partition(";")[0]
