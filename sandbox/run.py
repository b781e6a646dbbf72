"""`python -m sandbox.run preview|up|destroy|rehearse STACK`: a stack on the real engine without an AWS account.

`--settings FILE` takes another stack file than Pulumi.STACK.yaml. `preview` also leaves what the policies found in
build/STACK.sarif and build/STACK.policies.md, or where `--sarif` and `--summary` say.

Ends with one line of summary. The exit code is the engine's, 1 for wrong settings and 2 for a wrong call.
"""

import argparse
import sys
import time
from pathlib import Path

from policies.guardrails import ALL
from policies.guardrails.configuration import file_of
from sandbox import policy_report
from sandbox.events import summarise
from sandbox.workspace import ONE_CHECKPOINT, Workspace, providers
from settings.mistake import ConfigurationError
from settings.stack_file import parse_any_file

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


def preview(stack: str, settings: Path, sarif: Path | None = None, summary: Path | None = None) -> int:
    """Show what an empty account would get, and report what the policies found."""
    started = time.monotonic()
    place = _workspace(stack, "preview", settings)
    with providers() as provider:
        place.environment.update(provider)
        place.create()
        code = place.show_tree(["preview", *_pack(stack), "--event-log", str(place.event_log)])
    policy_report.write(stack, place.event_log, sarif, summary)
    _summary(place, started)
    return code


def up(stack: str, settings: Path) -> int:
    """Bring the sandbox's stack to what the program says; it is kept for the next `up` and `destroy`."""
    started = time.monotonic()
    place = _workspace(stack, "up", settings)
    place.open()
    with providers() as provider:
        place.environment.update(provider)
        code = place.stream(["up", "--yes", "--skip-preview", *_pack(stack), "--event-log", str(place.event_log)])
    _summary(place, started)
    return code


def destroy(stack: str, settings: Path) -> int:
    """Destroy what `up` made, after a preview: without it the engine deletes what it can before it meets protection."""
    started = time.monotonic()
    place = _workspace(stack, "up", settings)
    place.open()
    with providers() as provider:
        place.environment.update(provider)
        code = place.stream(["destroy", "--yes", "--event-log", str(place.event_log)])
    _summary(place, started)
    return code


def rehearse(stack: str, settings: Path) -> int:
    """Up, preview without changes, policies over the exported state; leaves build/STACK.state.json."""
    started = time.monotonic()
    place = _workspace(stack, "rehearsal", settings)
    state = BUILD / f"{stack}.state.json"
    log = ["--event-log", str(place.event_log)]
    with providers() as provider:
        place.environment.update({**provider, **ONE_CHECKPOINT})
        place.create()
        _say(f"{stack}: bringing the stack up in the sandbox (about 15 s)")
        if code := place.stream(["up", "--yes", "--skip-preview", *_pack(stack), *log]):
            return code
        brought = summarise(place.event_log)
        _say(f"{stack}: a second preview must find nothing to do (about 8 s)")
        if code := place.stream(["preview", "--expect-no-changes", *_pack(stack), "--suppress-outputs"]):
            return code
    if code := place.stream(["stack", "export", "--file", str(state)]):
        return code
    _say(f"{stack}: policies over the exported state (about 5 s)")
    if code := place.stream(["policy", "analyze", *_pack(stack), "--file", str(state)]):
        return code
    _say(f"{stack}: rehearsed, no changes on the second preview; state in {state.relative_to(ROOT)}")
    _say(brought.line(stack, len(ALL), time.monotonic() - started))
    return 0


_COMMANDS = {"preview": preview, "up": up, "destroy": destroy, "rehearse": rehearse}


def _pack(stack: str) -> list[str]:
    return ["--policy-pack", "policies", "--policy-pack-config", str(file_of(stack))]


def _workspace(stack: str, purpose: str, settings: Path) -> Workspace:
    return Workspace(ROOT, stack, BUILD / "sandbox" / stack / purpose, settings)


def _summary(place: Workspace, started: float) -> None:
    _say(summarise(place.event_log).line(place.stack, len(ALL), time.monotonic() - started))


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Check the settings, then run the command; nothing is started for a stack file with mistakes."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.run", description="a stack on the real engine without an AWS account"
    )
    parser.add_argument("command", choices=sorted(_COMMANDS))
    parser.add_argument("stack")
    parser.add_argument("--settings", type=Path, help="another stack file than Pulumi.STACK.yaml")
    policy_report.add_files(parser)
    chosen = parser.parse_args(arguments)
    reports = {"sarif": chosen.sarif, "summary": chosen.summary} if chosen.command == "preview" else {}
    if not reports and (chosen.sarif or chosen.summary):
        parser.error("--sarif and --summary belong to preview")
    settings = chosen.settings or ROOT / f"Pulumi.{chosen.stack}.yaml"
    try:
        parse_any_file(settings, chosen.stack)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return _COMMANDS[chosen.command](chosen.stack, settings, **reports)


if __name__ == "__main__":
    sys.exit(main())
