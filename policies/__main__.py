"""Starts the pack. The engine runs this directory, which need not be a package on anyone's path."""

import gc
import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

PACK = str(Path(__file__).resolve().parent)
if PACK not in sys.path:
    sys.path.insert(0, PACK)

# As a module (`python -m dify_guardrails`) it is not run by the engine: it says what `--policy-pack` wants to know.
if __package__:
    print(PACK)
    sys.exit()

from guardrails import ALL, exemptions  # noqa: E402  the path comes first
from guardrails.advice import advise  # noqa: E402
from guardrails.audience import is_installed, served  # noqa: E402
from guardrails.configuration import keep_bounds  # noqa: E402
from guardrails.serving import read_once  # noqa: E402

policies = [*served(ALL, installed=is_installed())]

# A pack that does not start stops the engine, and what it writes here is shown.
if mistakes := exemptions.ACTIVE.mistakes([policy.name for policy in policies]):
    sys.exit("\n".join(mistakes))

read_once()
keep_bounds()
advise()

# Most of what a pack makes lives until its stack is judged: looking for garbage in it costs more than it finds.
gc.disable()

PolicyPack(name="dify-guardrails", policies=policies, enforcement_level=EnforcementLevel.MANDATORY)
