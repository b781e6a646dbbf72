"""Stand-ins for the images of a Docker host, under their very names: Debian's own PostgreSQL, Redis, nginx and squid,
and for Dify's services a program that shows how they are wired (dify_stand_in.py).

`python -m tests.servers.host_images unix:///var/run/docker.sock` puts them into that Docker Engine.
"""

# ruff: noqa: S603  the commands are this module's own

import fcntl
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import ImageNotFound

from dify.releases import NGINX, POSTGRESQL, REDIS, RELEASES, SQUID, Release
from sandbox.engine_build import cache_folder
from tests.servers.process import ServerFailedError, find_program

BASE = "dify-host-base"
"""The image that all others are made from; its tag is a digest of how it is built."""

_SUITE = "trixie"
"""The first Debian that has pgvector."""

_POSTGRESQL = "/usr/lib/postgresql/17"
_PATH = f"{_POSTGRESQL}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PACKAGES = (
    *("postgresql-17", "postgresql-17-pgvector", "redis-server", "nginx", "squid", "curl", "ca-certificates", "procps"),
    *("python3", "python3-psycopg2", "python3-redis", "python3-cryptography"),
)

_USERS = {"postgres": 999, "nginx": 101, "dify": 1001}
"""Users of the published images; squid's, 13, is Debian's own. Redis and PostgreSQL are both 999, each in its image."""

_LEFT_OUT = (
    *("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/i18n/*"),
    # A third of everything, for the just-in-time compiler that PostgreSQL does without where it is missing.
    *("/usr/lib/x86_64-linux-gnu/libLLVM*", f"{_POSTGRESQL}/lib/llvmjit*", f"{_POSTGRESQL}/lib/bitcode/*"),
)

_BEFORE_PACKAGES = r"""
printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
chmod 755 "$1/usr/sbin/policy-rc.d"
mkdir -p "$1/etc/postgresql-common"
echo 'create_main_cluster = false' > "$1/etc/postgresql-common/createcluster.conf"
"""
"""No service starts and no cluster is made while packages are installed (Debian: invoke-rc.d, pg_createcluster)."""

_AFTER_PACKAGES = r'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/*/* "$1"/var/log/*.log "$1"/etc/machine-id'

_LABEL = "made"
_STAND_IN = Path(__file__).with_name("dify_stand_in.py")


def published(release: Release | None = None) -> Mapping[str, str]:
    """Names of the published images and what each stand-in adds to the base, as lines of a Dockerfile."""
    chosen = release or next(iter(RELEASES.values()))
    names, version = chosen.images, f"ENV VERSION={chosen.version}"
    return {
        POSTGRESQL: "ENV PGDATA=/var/lib/postgresql/data\nSTOPSIGNAL SIGINT",
        REDIS: 'WORKDIR /data\nCMD ["redis-server"]',
        NGINX: 'STOPSIGNAL SIGQUIT\nCMD ["nginx", "-g", "daemon off;"]',
        SQUID: 'CMD ["squid", "-N"]',
        names["api"]: f'WORKDIR /app/api\nENV MODE=api\n{version}\nENTRYPOINT ["/bin/bash", "/entrypoint.sh"]',
        names["web"]: f'{_NODE}\nWORKDIR /app/web\nENV MODE=web\n{version}\nENTRYPOINT ["/bin/sh", "./entrypoint.sh"]',
        names["plugin-daemon"]: 'WORKDIR /app\nENV MODE=plugin-daemon\nCMD ["/bin/bash", "-c", "/app/entrypoint.sh"]',
        names["sandbox"]: 'WORKDIR /\nENV MODE=sandbox\nENTRYPOINT ["/main"]',
    }


_NODE = (
    "RUN printf '#!/bin/sh\\nexec curl -fsS -o /dev/null http://127.0.0.1:3000/\\n' > /bin/node && chmod 755 /bin/node"
)
"""In place of Node.js, which the health check of web asks the first page with."""

_ENTRIES = ("entrypoint.sh", "app/web/entrypoint.sh", "app/entrypoint.sh", "main")
"""Where the published images of Dify have their entry points (their Dockerfiles)."""


def load(host: str, release: Release | None = None) -> None:
    """Put every image into the Docker Engine at `host`; what is there already is left as it is.

    The first time on a machine takes a minute and a Debian mirror, later only as long as Docker needs to read 350 MB.
    Raises ServerMissingError, ServerFailedError.
    """
    api: Any = APIClient(base_url=host, version="auto", timeout=600)
    try:
        base = f"{BASE}:{_digest()[:12]}"
        if not _has(api, base):
            with archive().open("rb") as root:
                api.import_image_from_data(
                    root, repository=BASE, tag=base.rpartition(":")[2], changes=[f"ENV PATH={_PATH}"]
                )
        for name, lines in published(release).items():
            _derive(api, base, name, lines)
    finally:
        api.close()


def _derive(api: Any, base: str, name: str, lines: str) -> None:
    """Build `name`, unless it comes from this very base and program already."""
    files = _files() if "MODE" in lines else {}
    copied = "COPY files /\n" if files else ""
    content = f"FROM {base}\n{copied}{lines}\n"
    made = hashlib.sha256(b"\0".join([content.encode(), *files.values()])).hexdigest()
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as tar:
            _add(tar, "Dockerfile", f"{content}LABEL {_LABEL}={made}\n".encode())
            for name_inside, file in files.items():
                _add(tar, f"files/{name_inside}", file)
        if _has(api, name) and f"{_LABEL}={made}" in _labels(api, name):
            return
        context.seek(0)
        steps: list[dict[str, str]] = list(
            api.build(fileobj=context, custom_context=True, tag=name, rm=True, decode=True)
        )
    failed = [step["error"] for step in steps if "error" in step]
    if failed:
        raise ServerFailedError(f"{name} was not built: {failed[0]}")


def _files() -> dict[str, bytes]:
    """What stands in for Dify, by path: the program, and the entry points that start it."""
    start = b'#!/bin/sh\nexec python3 /opt/dify_stand_in.py "$@"\n'
    return {**dict.fromkeys(_ENTRIES, start), "opt/dify_stand_in.py": _STAND_IN.read_bytes()}


def _labels(api: Any, name: str) -> list[str]:
    given: Mapping[str, str] = api.inspect_image(name)["Config"]["Labels"] or {}
    return [f"{label}={value}" for label, value in given.items()]


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    tar.addfile(entry, io.BytesIO(content))


def _has(api: Any, name: str) -> bool:
    try:
        api.inspect_image(name)
    except ImageNotFound:
        return False
    return True


def archive() -> Path:
    """The base's root file system in the user's cache, made where it is missing: once, by whoever comes first. Raises
    ServerMissingError, ServerFailedError."""
    cache = cache_folder(os.environ)
    place = cache / f"host-image-{_digest()[:12]}.tar"
    if place.exists():
        return place
    find_program("mmdebstrap")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "host-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _make(place)
        for old in cache.glob("host-image-*.tar"):
            if old != place:
                old.unlink(missing_ok=True)
    return place


def _make(place: Path) -> None:
    """All of it or nothing. One that was interrupted begins anew."""
    fresh = place.with_suffix(".part")
    done = subprocess.run([*_command(), str(fresh)], text=True, capture_output=True, check=False)
    if done.returncode:
        fresh.unlink(missing_ok=True)
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or [done.stderr[-300:]]
        raise ServerFailedError(f"the stand-in images were not built: {said[0]}")
    fresh.rename(place)


def _command() -> list[str]:
    """mmdebstrap's command line without the file that it writes."""
    users = "".join(
        f'echo "{name}:x:{number}:" >> "$1/etc/group"\n'
        f'echo "{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin" >> "$1/etc/passwd"\n'
        for name, number in _USERS.items()
    )
    return [
        *("mmdebstrap", "--quiet", "--variant=apt"),
        *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
        *('--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"'),
        f"--essential-hook={_BEFORE_PACKAGES}{users}",
        f"--customize-hook={_AFTER_PACKAGES}",
        f"--include={','.join(_PACKAGES)}",
        _SUITE,
        "--format=tar",
    ]


def _digest() -> str:
    return hashlib.sha256("\0".join(_command()).encode()).hexdigest()


def main() -> int:
    started = time.monotonic()
    load(sys.argv[1])
    print(f"{', '.join(published())}: {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
