"""What the program hands to a function, read by the function's own code."""

import hashlib
import importlib
import json
import re
import sys
from typing import Any, cast

from components.function import FUNCTIONS
from tests.components.component_graphs import ACCOUNT, REGION

_INVENTED = re.compile(r"[\w-]+-(?:arn|secretArn)")


def module_of(folder: str, name: str) -> Any:
    """A module of a function's package, found as Lambda finds it: beside its own and the shared modules."""
    for place in (folder, "shared"):
        if (found := str(FUNCTIONS / place)) not in sys.path:
            sys.path.append(found)
    return importlib.import_module(name)


def on_aws(text: str) -> Any:
    """JSON of a recorded input, with every invented ARN of a secret as long and of the form that AWS gives it."""
    return _dressed(json.loads(text))


def secret_arn(invented: str) -> str:
    """The ARN on AWS of a secret that the recorder calls `invented`."""
    name = invented.removesuffix("-arn").removesuffix("-secretArn")
    unlike = hashlib.sha256(name.encode()).hexdigest()
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{unlike[:7]}-{unlike[7:13]}"


def _dressed(value: object) -> Any:
    if isinstance(value, dict):
        return {_dressed(key): _dressed(entry) for key, entry in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_dressed(entry) for entry in cast("list[object]", value)]
    return secret_arn(value) if isinstance(value, str) and _INVENTED.fullmatch(value) else value
