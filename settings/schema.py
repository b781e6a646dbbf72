"""`python -m settings.schema` writes docs/stack.schema.json and docs/host.schema.json: editors complete and check the
stack files of AWS and of a Docker host with them."""

import json
from pathlib import Path
from typing import cast

from settings.checked import NAMESPACE
from settings.host.stack import HostSettings
from settings.section import Section
from settings.stack import Settings

_DOCS = Path(__file__).parents[1] / "docs"
FILE = _DOCS / "stack.schema.json"
HOST_FILE = _DOCS / "host.schema.json"
"""Where the schemas are kept."""


def stack_schema(root: type[Section] = Settings) -> dict[str, object]:
    """JSON schema of a whole stack file; rules that need the rest of the file are checked by `parse` only."""
    model = cast("dict[str, object]", root.model_json_schema(by_alias=True))
    properties = cast("dict[str, object]", model["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of Dify in production",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "description": model["description"],
                "required": [f"{NAMESPACE}{key}" for key in cast("list[str]", model["required"])],
                "properties": {f"{NAMESPACE}{key}": value for key, value in properties.items()},
                "patternProperties": {f"^(?!{NAMESPACE})[^:]+:": {}},
                "additionalProperties": False,
            }
        },
        "$defs": model["$defs"],
    }


def rendered(root: type[Section] = Settings) -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_schema(root), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(rendered(), encoding="utf-8")
    HOST_FILE.write_text(rendered(HostSettings), encoding="utf-8")
