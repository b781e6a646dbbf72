"""What tests of backups do to a world: look at what is kept, let it grow old, and put other programs in the way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.docker_host.postgres_world import World


def snapshots(world: World) -> list[Path]:
    """Snapshots of files, oldest first."""
    return [world.backups / "files" / name for name in world.whole("files")]


def age(path: Path, days: float) -> Path:
    """Let a backup look as if it had been made `days` ago."""
    return path.rename(path.with_name((datetime.now(UTC) - timedelta(days=days)).strftime("%Y%m%dT%H%M%SZ")))


def with_program(world: World, name: str, script: str) -> None:
    """Backups find another program of this name first; PATH without its first folder leads to the real one."""
    world.write(f"bin/{name}", f"#!/bin/sh\n{script}\n")
    (world.folder / "bin" / name).chmod(0o755)
    world.backup_extra.setdefault("PATH", f"{world.folder / 'bin'}:{world.backup_environment['PATH']}")
