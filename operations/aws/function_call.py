"""A call of one of the stack's functions, answered when it has done its work."""

import json
from collections.abc import Mapping
from typing import Any, cast

import boto3
from botocore.config import Config

from operations.aws.calls import asking
from operations.aws.deployed import Deployed
from operations.outcome import FailedError

_PATIENT = Config(read_timeout=900, retries={"total_max_attempts": 1})
"""As long as Lambda lets a function run. boto3 by itself asks again after a minute, while the first call is at work."""


def invoke(deployed: Deployed, function: str, request: str) -> Any:
    """What `function`, by its name in the output `functions`, answers to the JSON text `request`. Raises FailedError
    with what the function says of itself, which names no value of a secret."""
    name = deployed.outputs["functions"][function]
    client = cast("Any", boto3).client("lambda", region_name=deployed.settings.region, config=_PATIENT)
    with asking("lambda:InvokeFunction"):
        answer = client.invoke(FunctionName=name, Payload=request.encode())
        said = cast("object", json.loads(answer["Payload"].read() or b"null"))
    if "FunctionError" in answer:
        told = cast("Mapping[str, str]", said) if isinstance(said, Mapping) else dict[str, str]()
        why = told.get("errorMessage", "it does not say why")
        raise FailedError(f"function {name}: {why}; its log is /aws/lambda/{name}")
    return said
