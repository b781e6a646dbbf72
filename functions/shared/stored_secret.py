"""Versions of one Secrets Manager secret, whose text is a JSON object of fields."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError
from errors import FunctionError, error_code, refusal

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class SecretsManager(Protocol):
    """The part of the Secrets Manager client that the functions use."""

    def describe_secret(self, **parameters: str) -> dict[str, Any]: ...
    def get_secret_value(self, **parameters: str) -> dict[str, Any]: ...
    def put_secret_value(self, **parameters: Any) -> dict[str, Any]: ...
    def update_secret_version_stage(self, **parameters: str) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True, repr=False)
class Version:
    """One stored version and its staging labels. No repr: fields hold values."""

    arn: str
    identity: str
    fields: Mapping[str, Any]
    stages: frozenset[str]

    def text(self, field: str) -> str:
        """A field that its reader cannot do without. Raises FunctionError."""
        value = self.fields.get(field)
        if not isinstance(value, str) or not value:
            raise FunctionError(f"secret {self.arn}: field {field} must be non-empty text")
        return value


def find_version(client: SecretsManager, arn: str, **which: str) -> Version | None:
    """The version that `which` names (VersionId, VersionStage); None where there is none. Raises FunctionError.

    Secrets Manager answers the same for a secret that does not exist at all.
    """
    try:
        answer = client.get_secret_value(SecretId=arn, **which)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise refusal(f"secret {arn}", "GetSecretValue", error) from None
    except BotoCoreError as error:
        raise refusal(f"secret {arn}", "GetSecretValue", error) from None
    try:
        fields: object = json.loads(answer.get("SecretString") or "")
    except ValueError:
        # The decoder's message is dropped together with its traceback, which holds the document.
        fields = None
    if not isinstance(fields, dict):
        raise FunctionError(f"secret {arn}: what is stored is not a JSON object; it is left as it is")
    return Version(
        arn=arn,
        identity=str(answer["VersionId"]),
        fields=cast("dict[str, Any]", fields),
        stages=frozenset(answer.get("VersionStages", [])),
    )


def current_version(client: SecretsManager, arn: str) -> Version:
    """The version in use. Raises FunctionError, also where nothing is stored."""
    version = find_version(client, arn, VersionStage=CURRENT)
    if version is None:
        raise FunctionError(f"secret {arn}: does not exist or holds nothing yet; deploy the stack again to fill it")
    return version


def put_version(
    client: SecretsManager, arn: str, fields: Mapping[str, Any], token: str, stages: Sequence[str] = (CURRENT,)
) -> bool:
    """Store a version called `token`; False when another version of that name exists. Raises FunctionError."""
    try:
        client.put_secret_value(
            SecretId=arn, SecretString=json.dumps(fields), ClientRequestToken=token, VersionStages=list(stages)
        )
    except ClientError as error:
        if error_code(error) == "ResourceExistsException":
            return False
        raise refusal(f"secret {arn}", "PutSecretValue", error) from None
    except BotoCoreError as error:
        raise refusal(f"secret {arn}", "PutSecretValue", error) from None
    return True
