"""Builds the wheel of the policy pack into build/: `python -m sandbox.wheel`."""

# ruff: noqa: S603  the command is this module's own

import os
import subprocess
import sys
from pathlib import Path

from sandbox.engine_build import cache_folder
from sandbox.install import ROOT, find_uv


def build(folder: Path) -> Path:
    """The wheel, made in `folder`. Raises CalledProcessError, with uv's words on stderr, where uv cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [find_uv(cache_folder(os.environ)), "build", "--quiet", "--wheel", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT / "policies")], check=True)
    return max(folder.glob("dify_guardrails-*.whl"), key=lambda wheel: wheel.stat().st_mtime_ns)


if __name__ == "__main__":
    try:
        print(build(ROOT / "build"))
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
