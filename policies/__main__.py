"""Starts the pack. The engine runs this directory, which need not be a package on anyone's path."""

import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

PACK = str(Path(__file__).resolve().parent)
if PACK not in sys.path:
    sys.path.insert(0, PACK)

from guardrails import ALL  # noqa: E402  the path comes first

PolicyPack(name="dify-guardrails", policies=list(ALL), enforcement_level=EnforcementLevel.MANDATORY)
