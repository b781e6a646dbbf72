"""`python -m sandbox.servers`: the servers that the tests start, from Debian packages; nothing to do where they are.

No service of the machine is started: the tests start their own, on free ports.
"""

# ruff: noqa: S603  the commands are this module's own

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

PACKAGES: Mapping[str, str] = MappingProxyType(
    {
        "postgres": "postgresql",
        "redis-server": "redis-server",
        "squid": "squid",
        "nginx": "nginx",
        "dockerd": "docker.io",
        "busybox": "busybox-static",
        "mmdebstrap": "mmdebstrap",
        "ip": "iproute2",
    }
)
"""Program -> Debian package that brings it."""

ROOT_ONLY = frozenset({"dockerd", "busybox", "mmdebstrap", "ip"})
"""Programs that serve nobody but root: the Docker Engine of the tests, its network and what its images are made of."""

_LIBRARIES = Path("/usr/lib/postgresql")
"""Debian keeps one folder a version here, off everybody's path."""

_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"
"""Servers of Debian that are on root's path only."""


def find(program: str) -> str | None:
    """The full path of a server's program, the newest version first; None where it is not installed."""
    versions = [(float(path.parts[-3]), str(path)) for path in _LIBRARIES.glob(f"[0-9]*/bin/{program}")]
    if versions:
        return max(versions)[1]
    return shutil.which(program) or shutil.which(program, path=_SYSTEM)


def missing() -> list[str]:
    """Debian packages of the programs that are not installed and that this user can run."""
    useful = PACKAGES.keys() - (frozenset[str]() if os.geteuid() == 0 else ROOT_ONLY)
    return [package for program, package in PACKAGES.items() if program in useful and find(program) is None]


_INSTALL = r"""
set -eu
refuse=/usr/sbin/policy-rc.d
if [ ! -e "$refuse" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$refuse"
    chmod 755 "$refuse"
    trap 'rm -f "$refuse"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=120 update
apt-get -qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
"""
"""Package scripts ask policy-rc.d before they start a service; 101 means no (Debian, invoke-rc.d manual page)."""


def install(packages: Sequence[str]) -> str | None:
    """Install `packages`, as root or through a sudo that asks nothing. Gives what went wrong, in one line."""
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    for needed in (*become[:1], "apt-get"):
        if shutil.which(needed) is None:
            return f"{needed} is not there"
    done = subprocess.run([*become, "sh", "-c", _INSTALL, "sh", *packages], text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return None
    said = re.findall(r"^(?:E:|sudo:) *(.+)", done.stderr, re.MULTILINE)
    return said[0] if said else f"apt-get ended with {done.returncode}"


def main() -> int:
    """Install what is missing. 1 where that is impossible."""
    packages = missing()
    if not packages:
        return 0
    sys.stdout.write(f"Installing {', '.join(packages)} for the tests (about a minute)\n")
    sys.stdout.flush()
    started = time.monotonic()
    if why := install(packages):
        sys.stderr.write(f"These Debian packages are missing: {' '.join(packages)}. Install them by hand: {why}\n")
        return 1
    if still := missing():
        sys.stderr.write(f"These Debian packages did not bring their programs: {' '.join(still)}\n")
        return 1
    sys.stdout.write(f"Installed in {time.monotonic() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
