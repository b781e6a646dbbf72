"""Set-up with the standard library alone: the locked Python environment and the Pulumi engine.

Every step says what it does and how long it will take, and costs nothing when its result is there already.
"""

# ruff: noqa: S603  the commands are this module's own

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  a newcomer may start this with any Python
    sys.exit("Python 3.11 or newer is needed; this is %d.%d. Set PYTHON=/path/to/python3.11" % sys.version_info[:2])  # noqa: UP031

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sandbox import engine_build

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"

_LAUNCHER = """#!/bin/sh
# Made by sandbox/setup: the language host of the engine that is linked beside this file.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "$here/python" "$here/../../sandbox/language_host.py" "$@"
"""


def find_uv(cache: Path) -> str:
    """uv from PATH, or from a private environment in the cache (the system's Python may be closed to pip, PEP 668)."""
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return found
    home = cache / "uv"
    tool = home / "bin" / "uv"
    if not tool.exists():
        _say("uv: not on PATH, installing it into the user's cache (about 10 s)")
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"])
    return str(tool)


def sync_environment(cache: Path) -> None:
    """`.venv` as uv.lock says; skipped while the lock is that of the last time."""
    wanted = hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest()
    stamp = VENV / ".locked"
    if (VENV / "bin" / "python").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    _say("Python environment: uv sync --frozen into .venv (about 20 s, a minute with an empty cache)")
    command = [find_uv(cache), "sync", "--frozen", "--quiet"]
    if not (VENV / "bin" / "python").exists():
        command += ["--python", getattr(sys, "_base_executable", sys.executable)]
    _run(command, UV_PYTHON_DOWNLOADS="never", VIRTUAL_ENV="")
    stamp.write_text(wanted)


def link_engine(cache: Path) -> None:
    """Make `pulumi` and its language host available in `.venv/bin`, unless the user's own CLI fits."""
    names = ("pulumi", "pulumi-language-python-exec", "pulumi-language-python")
    own = engine_build.fitting_cli(os.environ.get("PATH", ""), except_in=VENV / "bin")
    if own is not None:
        for name in names:
            (VENV / "bin" / name).unlink(missing_ok=True)
        return
    binaries = engine_build.ensure(ROOT / "sandbox" / "engine", cache, _say, lambda: find_uv(cache))
    for name in names[:2]:
        _place(VENV / "bin" / name, binaries / name)
    launcher = VENV / "bin" / names[2]
    if not launcher.exists() or launcher.read_text() != _LAUNCHER:
        launcher.write_text(_LAUNCHER)
        launcher.chmod(0o755)


def _place(place: Path, source: Path) -> None:
    """A hard link where the file system allows, else a copy: the engine looks for its language host beside its own real
    path, which a symbolic link would leave in the cache."""
    if place.exists() and not place.is_symlink() and place.stat().st_mtime_ns == source.stat().st_mtime_ns:
        return
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copy2(source, fresh)
    fresh.replace(place)


def _run(command: list[str], **environment: str) -> None:
    merged = {name: value for name, value in {**os.environ, **environment}.items() if value}
    if subprocess.run(command, cwd=ROOT, env=merged, check=False).returncode:
        sys.exit(f"set-up failed at: {' '.join(command)}")


def _say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def main() -> None:
    started = time.monotonic()
    cache = engine_build.cache_folder(os.environ)
    sync_environment(cache)
    link_engine(cache)
    if (spent := time.monotonic() - started) > 2:
        _say(f"done in {spent:.0f} s")


if __name__ == "__main__":
    main()
