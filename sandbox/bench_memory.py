"""The highest memory that processes of a measurement had. Linux only; elsewhere 0."""

import re
import threading
from pathlib import Path
from typing import Self

_SAMPLE_SECONDS = 0.05


def peak_mb(process: Path) -> float:
    """The peak memory (VmHWM) in MB of the process whose folder in /proc this is; 0 where there is none."""
    try:
        peak = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    except OSError:
        return 0.0
    return int(peak[1]) / 1024 if peak else 0.0


class MemoryWatch:
    """Samples the peak memory of the Python processes that belong to one sandbox."""

    def __init__(self, home: Path) -> None:
        self._mark = f"PULUMI_HOME={home}/".encode()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.program_mb = 0.0
        self.pack_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process)

    def _look(self, process: Path) -> None:
        try:
            command = (process / "cmdline").read_bytes()
            is_program, is_pack = b"pulumi-language-python-exec" in command, b"\0pulumi.policy\0" in command
            if not (is_program or is_pack) or self._mark not in (process / "environ").read_bytes():
                return
        except OSError:
            return
        megabytes = peak_mb(process)
        if is_program:
            self.program_mb = max(self.program_mb, megabytes)
        else:
            self.pack_mb = max(self.pack_mb, megabytes)
