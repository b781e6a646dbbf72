"""`python -m settings.schema` writes docs/stack.schema.json, which editors use to complete and check stack files."""

import json
from pathlib import Path
from typing import cast

from settings.load import NAMESPACE
from settings.stack import Settings

FILE = Path(__file__).parents[1] / "docs" / "stack.schema.json"
"""Where the schema is kept."""


def stack_schema() -> dict[str, object]:
    """JSON schema of a whole stack file; rules that need the rest of the file are checked by `parse` only."""
    model = cast("dict[str, object]", Settings.model_json_schema(by_alias=True))
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


def rendered() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(rendered(), encoding="utf-8")
