"""Starts the pack. The engine runs this directory, which need not be a package on anyone's path."""

import gc
import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

PACK = str(Path(__file__).resolve().parent)
if PACK not in sys.path:
    sys.path.insert(0, PACK)

from conversion import convert_once  # noqa: E402  the path comes first
from guardrails import ALL  # noqa: E402

convert_once()

# Most of what a pack makes lives until its stack is judged: looking for garbage in it costs more than it finds.
gc.disable()

PolicyPack(name="dify-guardrails", policies=list(ALL), enforcement_level=EnforcementLevel.MANDATORY)
