"""IAM policy documents, which a program may give as an object and which AWS takes as JSON text."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from sandbox.check import Failure
from sandbox.properties import Properties, has_unknown
from sandbox.schema import ResourceSchema, alternatives

_DOCUMENT = "PolicyDocumentArgs"


def transformed(schema: ResourceSchema, inputs: Mapping[str, Any]) -> tuple[Properties, list[Failure]]:
    """`inputs` with every document as text. As in the official provider (TransformJSONDocument of its bridge), a
    document with an unknown part is unknown as a whole. A text that is not JSON is a mistake."""
    found: Properties = dict(inputs)
    failures: list[Failure] = []
    for name, value in inputs.items():
        if name not in schema.inputs or value is None or not _takes_document(schema, name):
            continue
        if has_unknown(value):
            found[name] = UNKNOWN
        elif isinstance(value, Mapping):
            found[name] = json.dumps(value, sort_keys=True, separators=(",", ":"))
        elif not _is_json(value):
            failures.append(Failure(name, "is not a JSON document"))
    return found, failures


def _takes_document(schema: ResourceSchema, name: str) -> bool:
    return any(getattr(one.hint, "__name__", "") == _DOCUMENT for one in alternatives(schema.inputs[name]))


def _is_json(text: object) -> bool:
    try:
        json.loads(str(text))
    except ValueError:
        return False
    return True
