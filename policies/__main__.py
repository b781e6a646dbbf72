"""Starts the pack. The engine runs this directory, which need not be a package on anyone's path."""

import gc
import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

PACK = str(Path(__file__).resolve().parent)
if PACK not in sys.path:
    sys.path.insert(0, PACK)

from conversion import convert_once  # noqa: E402  the path comes first
from guardrails import ALL, exemptions  # noqa: E402
from guardrails.configuration import keep_bounds  # noqa: E402

# A pack that does not start stops the engine, and what it writes here is shown.
if mistakes := exemptions.ACTIVE.mistakes([policy.name for policy in ALL]):
    sys.exit("\n".join(mistakes))

convert_once()
keep_bounds()

# Most of what a pack makes lives until its stack is judged: looking for garbage in it costs more than it finds.
gc.disable()

PolicyPack(name="dify-guardrails", policies=list(ALL), enforcement_level=EnforcementLevel.MANDATORY)
