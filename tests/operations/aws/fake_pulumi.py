"""Stands in for the user's Pulumi: answers `stack output` from `outputs.json` in its folder, writes `config set` into
the stack file and each call into `pulumi-calls.jsonl`. A file `pulumi-fails` with a word makes that command fail; one
like `pulumi-preview.json` or `pulumi-stack-history.json` is what that command answers."""

import json
import re
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """One call."""
    with Path("pulumi-calls.jsonl").open("a") as calls:
        calls.write(json.dumps(arguments) + "\n")
    fails = Path("pulumi-fails")
    if fails.exists() and fails.read_text().strip() in arguments:
        print("error: update failed", file=sys.stderr)
        return 255
    if arguments[:2] == ["stack", "output"]:
        print(Path("outputs.json").read_text())
    answer = Path("-".join(["pulumi", *(word for word in arguments[:2] if not word.startswith("-"))]) + ".json")
    if answer.exists():
        print(answer.read_text())
    if arguments[:2] == ["config", "set"]:
        stack = arguments[arguments.index("--stack") + 1]
        key, value = arguments[2:4]
        file = Path(f"Pulumi.{stack}.yaml")
        file.write_text(re.sub(rf"(?m)^  {re.escape(key)}: .*$", f"  {key}: {value}", file.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
